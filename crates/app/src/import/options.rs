//! The options of an import.

use domain::SlugLetters;
use importer::markdown::{KeyMap, KeyMapError};

/// The options of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The name of the source. A file is identified by this name and its path.
    pub source: String,
    /// The front-matter keys of each field.
    pub keys: KeyMap,
    /// Import and report as usual, then roll back.
    pub dry_run: bool,
    /// What to do with a hero image that has no alternative text.
    pub without_alt: WithoutAlt,
    /// Replace articles that were edited here since the last import.
    pub overwrite: bool,
    /// The letters of slugs that are made from names and titles.
    pub slugs: SlugLetters,
    /// What to do with public articles whose files are missing.
    pub missing: MissingFiles,
}

impl ImportOptions {
    /// Returns the default options for a source. `mapping` has entries like `title=headline,name`.
    ///
    /// # Errors
    /// When the mapping names an unknown field.
    pub fn new(source: impl Into<String>, mapping: &[String]) -> Result<Self, KeyMapError> {
        Ok(Self {
            source: source.into(),
            keys: KeyMap::with_overrides(mapping)?,
            dry_run: false,
            without_alt: WithoutAlt::LeaveOut,
            overwrite: false,
            slugs: SlugLetters::default(),
            missing: MissingFiles::default(),
        })
    }
}

/// What to do with a hero image that has no alternative text. It cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutAlt {
    /// Import the article without the image, with a note.
    LeaveOut,
    /// Refuse the file.
    Refuse,
}

/// What to do with a public article that was imported from a file of this source, if the file is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingFiles {
    /// Keep the article.
    Keep,
    /// Keep the article, and report it.
    #[default]
    Report,
    /// Withdraw the article, unless it was edited here since the last import.
    Withdraw,
}
