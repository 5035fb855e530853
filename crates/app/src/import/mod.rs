//! Taking over what another system published: folders of Markdown files.
//!
//! Files are imported in batches, each one transaction and one edition. A file is imported whole or
//! refused with its reason; a batch that the database refuses leaves nothing behind. The same files
//! again change nothing: each article remembers the file that it came from.

mod file;
mod labels;

use std::collections::BTreeMap;

use domain::{EditionNumber, Scope};
use importer::markdown::{KeyMap, KeyMapError};

use crate::error::retry;
use crate::{App, Caller, WriteResult, env};
use file::Batch;
use labels::Labels;

pub use importer::markdown::Note;

/// How many files make a batch.
const BATCH: usize = 50;

/// A file to import.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its path below the folder, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The name of the source. Together with its path it is what an article remembers of a file that
    /// names no id of its own.
    pub source: String,
    /// Which front-matter key feeds which field.
    pub keys: KeyMap,
    /// Do everything, tell what came of it, and keep nothing.
    pub dry_run: bool,
    /// What to do with a picture that has no alternative text.
    pub without_alt: WithoutAlt,
    /// Replace what was edited here since the last import.
    pub overwrite: bool,
}

impl ImportOptions {
    /// The defaults, for a source. `mapping` holds entries like `title=headline,name`.
    ///
    /// # Errors
    /// When the mapping names a field that there is not.
    pub fn new(source: impl Into<String>, mapping: &[String]) -> Result<Self, KeyMapError> {
        Ok(Self {
            source: source.into(),
            keys: KeyMap::with_overrides(mapping)?,
            dry_run: false,
            without_alt: WithoutAlt::LeaveOut,
            overwrite: false,
        })
    }
}

/// What to do with a picture that has no alternative text: it cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutAlt {
    /// Import the article without the picture, and note it.
    LeaveOut,
    /// Refuse the file.
    Refuse,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new article, published.
    Imported,
    /// A new article, or a new version of one, that is not public: the file says `draft`, or its
    /// date is still to come.
    Draft,
    /// A new version, published.
    Updated,
    /// The same as at the last import.
    Unchanged,
    /// Not imported.
    Refused {
        /// The line in the file.
        line: Option<u32>,
        /// What is wrong and how to mend it.
        reason: String,
    },
}

/// What came of a file, and what there is to say about it.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was left out on the way.
    pub notes: Vec<Note>,
}

/// What came of an import.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// Every file, in the order given.
    pub files: Vec<FileReport>,
    /// What was created besides articles: `tag`, `topic`, `author`, with their numbers.
    pub created: BTreeMap<&'static str, usize>,
    /// The last edition that it made; nothing when nothing public has changed.
    pub edition: Option<EditionNumber>,
}

impl ImportReport {
    /// How many files came to this.
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.files.iter().filter(|file| wanted(&file.outcome)).count()
    }
}

impl App {
    /// Imports Markdown files with front matter. A file `taxonomy.yaml` or `taxonomy.yml` among them
    /// lists topics, authors and tags; what is named there or in an article and does not exist yet is
    /// created. `progress` hears of the files as they are done with.
    ///
    /// # Errors
    /// When the caller may not, or the database refuses; what earlier batches imported stays.
    pub async fn import_markdown(
        &self,
        caller: &Caller,
        files: &[ImportFile],
        options: &ImportOptions,
        mut progress: impl FnMut(&[FileReport]),
    ) -> WriteResult<ImportReport> {
        caller.require(Scope::ContentWrite)?;
        caller.require(Scope::ContentPublish)?;
        let (taxonomies, articles): (Vec<_>, Vec<_>) = files.iter().partition(|file| is_taxonomy(&file.path));
        let mut report = ImportReport::default();
        // A trial run is one transaction, so that each file meets what those before it would have left.
        let size = if options.dry_run { articles.len().max(1) } else { BATCH };
        let mut batches: Vec<&[&ImportFile]> = articles.chunks(size).collect();
        if batches.is_empty() {
            batches.push(&[]);
        }
        for (number, batch) in batches.into_iter().enumerate() {
            let taxonomies: &[&ImportFile] = if number == 0 { &taxonomies } else { &[] };
            let done = retry!({ self.import_batch(caller, taxonomies, batch, options).await })?;
            progress(&done.files);
            report.files.extend(done.files);
            for (kind, count) in done.created {
                *report.created.entry(kind).or_default() += count;
            }
            report.edition = done.edition.or(report.edition);
        }
        Ok(report)
    }

    async fn import_batch(
        &self,
        caller: &Caller,
        taxonomies: &[&ImportFile],
        articles: &[&ImportFile],
        options: &ImportOptions,
    ) -> WriteResult<ImportReport> {
        let (tx, taxonomy) = self.begin_edition(caller.origin()).await?;
        let before = tx.edition() - 1;
        let mut batch =
            Batch { tx, labels: Labels::new(taxonomy, &caller.actor), options, actor: &caller.actor };
        let mut files = Vec::with_capacity(articles.len());
        for file in taxonomies {
            let outcome = match importer::taxonomy::parse(&file.bytes) {
                Ok(source) => {
                    batch.labels.take(&mut batch.tx, &source).await?;
                    continue;
                }
                Err(refusal) => file::refused(refusal),
            };
            files.push(FileReport { path: file.path.clone(), outcome, notes: Vec::new() });
        }
        for file in articles {
            files.push(batch.import(file, env::now()).await?);
        }
        let Batch { tx, labels, options, actor } = batch;
        let mut report = ImportReport { files, created: labels.created, edition: None };
        if !options.dry_run {
            let edition = tx.commit(env::now(), env::new_mark(), actor).await?;
            report.edition = Some(edition.number).filter(|number| *number > before);
        }
        Ok(report)
    }
}

/// Whether a file lists topics, authors and tags rather than being an article.
#[must_use]
pub fn is_taxonomy(path: &str) -> bool {
    matches!(path, "taxonomy.yaml" | "taxonomy.yml")
}
