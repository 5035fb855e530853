//! The options of an import.

use domain::SlugLetters;
use importer::markdown::Settings;

/// The options of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The name of the source. A file is identified by this name and its path.
    pub source: String,
    /// How files are read.
    pub settings: Settings,
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
    /// What to do with a file without a date.
    pub undated: Undated,
    /// Refuse files with content that is dropped.
    pub is_strict: bool,
}

impl ImportOptions {
    /// Returns the default options for a source.
    #[must_use]
    pub fn new(source: impl Into<String>, settings: Settings) -> Self {
        Self {
            source: source.into(),
            settings,
            dry_run: false,
            without_alt: WithoutAlt::LeaveOut,
            overwrite: false,
            slugs: SlugLetters::default(),
            missing: MissingFiles::default(),
            undated: Undated::default(),
            is_strict: false,
        }
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

/// What to do with a file without a date, if its article is not public yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undated {
    /// Save the article as a draft.
    #[default]
    Draft,
    /// Refuse the file.
    Refuse,
    /// Publish the article with the current date.
    Now,
}
