//! Importing folders of Markdown files from another system.
//!
//! Files are imported in batches. A batch is one transaction and one edition. Slow work, such as parsing and rendering,
//! is done before the transaction begins. A file is imported completely or refused with a reason. If the database fails,
//! the batch is rolled back. Importing the same files again changes nothing, because each article stores the digest of
//! its file.

mod file;
mod labels;
mod prepared;

use std::collections::BTreeMap;

use domain::{Edition, EditionNumber, Scope};
use importer::markdown::{KeyMap, KeyMapError};
use persistence::retry_conflicts;

use crate::{App, Caller, WriteResult, env};
use file::Batch;
use labels::Labels;
use prepared::PreparedFile;

pub use importer::markdown::Note;

/// The number of files in a batch.
const BATCH: usize = 50;

/// A file to import.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// The path relative to the folder, with `/` as separator.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The options of an import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The name of the source. A file without an id of its own is identified by this name and its path.
    pub source: String,
    /// The front-matter keys of each field.
    pub keys: KeyMap,
    /// Import and report as usual, then roll back.
    pub dry_run: bool,
    /// What to do with a hero image that has no alternative text.
    pub without_alt: WithoutAlt,
    /// Replace articles that were edited here since the last import.
    pub overwrite: bool,
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

/// The outcome of importing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new article was published.
    Imported,
    /// An article was saved and is not public, because the file says `draft` or its date is in the future.
    Draft,
    /// A new version of an article was published.
    Updated,
    /// The file has not changed since the last import.
    Unchanged,
    /// The file was not imported.
    Refused {
        /// The line of the problem, if it is known.
        line: Option<u32>,
        /// What is wrong and how to fix it.
        reason: String,
    },
}

/// The report about one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The path of the file.
    pub path: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Notes about content that was left out.
    pub notes: Vec<Note>,
}

/// The report about an import.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// The reports about all files, in the order of the input.
    pub files: Vec<FileReport>,
    /// The numbers of created labels, by kind: `tag`, `topic`, `author`.
    pub created: BTreeMap<&'static str, usize>,
    /// The last edition that the import made. `None` when nothing public has changed.
    pub edition: Option<EditionNumber>,
}

impl ImportReport {
    /// Counts the files with a matching outcome.
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.files.iter().filter(|file| wanted(&file.outcome)).count()
    }
}

impl App {
    /// Imports Markdown files with front matter. A file `taxonomy.yaml` or `taxonomy.yml` lists topics, authors and tags.
    /// Labels that are named there or in an article, and do not exist yet, are created. `progress` receives the reports
    /// of each batch.
    ///
    /// # Errors
    /// When the caller lacks a scope, or the database fails. Earlier batches stay imported.
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
        // A dry run is one transaction, so that each file sees the effects of the files before it.
        let size = if options.dry_run { articles.len().max(1) } else { BATCH };
        let mut batches: Vec<&[&ImportFile]> = articles.chunks(size).collect();
        if batches.is_empty() {
            batches.push(&[]);
        }
        for (number, batch) in batches.into_iter().enumerate() {
            let taxonomies: &[&ImportFile] = if number == 0 { &taxonomies } else { &[] };
            let mut files = self.prepare_batch(batch, options).await?;
            let done = loop {
                let imported = retry_conflicts(|| self.import_batch(caller, taxonomies, &files, options));
                if let Some(done) = imported.await? {
                    break done;
                }
                // An article has changed since the files were prepared, so that a body is needed that was not rendered.
                for file in &mut files {
                    file.render(options, env::now()).await;
                }
            };
            progress(&done.files);
            report.files.extend(done.files);
            for (kind, count) in done.created {
                *report.created.entry(kind).or_default() += count;
            }
            report.edition = done.edition.or(report.edition);
        }
        Ok(report)
    }

    /// Parses the files of a batch, and renders the bodies of those that have changed since their last import.
    async fn prepare_batch<'f>(
        &self,
        files: &[&'f ImportFile],
        options: &ImportOptions,
    ) -> WriteResult<Vec<PreparedFile<'f>>> {
        let mut prepared: Vec<_> = files.iter().map(|file| PreparedFile::parse(file, options)).collect();
        let names: Vec<_> = prepared.iter().filter_map(PreparedFile::external_ref).collect();
        let known = self.store().articles().find_all_by_external_ref(&names).await?;
        let now = env::now();
        for file in &mut prepared {
            if !file.is_unchanged(&known, options) {
                file.render(options, now).await;
            }
        }
        Ok(prepared)
    }

    /// Imports a batch. `None` when a body is needed that was not rendered.
    async fn import_batch(
        &self,
        caller: &Caller,
        taxonomies: &[&ImportFile],
        articles: &[PreparedFile<'_>],
        options: &ImportOptions,
    ) -> WriteResult<Option<ImportReport>> {
        let mut steps = self.store().begin_steps(caller.origin()).await?;
        let taxonomy = self.taxonomy_for(&mut steps).await?;
        let edition = steps.next_edition(env::new_mark(), env::now()).await?;
        let labels = Labels::new(taxonomy, &caller.actor, edition.number);
        let mut batch = Batch { steps, labels, options, actor: &caller.actor, edition };
        let mut files = Vec::with_capacity(articles.len());
        for file in taxonomies {
            let outcome = match importer::taxonomy::parse(&file.bytes) {
                Ok(source) => {
                    batch.labels.create_listed(&source);
                    batch.write_labels().await?;
                    continue;
                }
                Err(refusal) => file::refused(refusal),
            };
            files.push(FileReport { path: file.path.clone(), outcome, notes: Vec::new() });
        }
        for file in articles {
            let Some(report) = batch.import(file, env::now()).await? else { return Ok(None) };
            files.push(report);
        }
        let Batch { steps, labels, options, actor, edition } = batch;
        let mut report = ImportReport { files, created: labels.created, edition: None };
        if !options.dry_run {
            let edition = Edition { at: env::now(), ..edition };
            let is_made = steps.commit(edition, actor).await?;
            report.edition = is_made.then_some(edition.number);
        }
        Ok(Some(report))
    }
}

/// Whether a file lists topics, authors and tags, and is not an article.
#[must_use]
pub fn is_taxonomy(path: &str) -> bool {
    matches!(path, "taxonomy.yaml" | "taxonomy.yml")
}
