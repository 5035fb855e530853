//! Taking over what another system published: folders of Markdown files.
//!
//! Files are imported in batches, each one transaction and one edition. What takes long, reading and rendering, is done
//! before the transaction begins. A file is imported whole or refused with its reason; a batch that the database refuses
//! leaves nothing behind. The same files
//! again change nothing: each article remembers the file that it came from.

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
            let mut files = self.prepare_batch(batch, options).await?;
            let done = loop {
                let imported = retry_conflicts(|| self.import_batch(caller, taxonomies, &files, options));
                if let Some(done) = imported.await? {
                    break done;
                }
                // An article has changed since, by somebody else's hand or by another file of the batch.
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

    /// Reads the files of a batch, and renders the texts of those that have changed since they were last imported.
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

    /// Imports a batch; `None` when the text of a file is wanted that was not rendered.
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
                    batch.labels.take(&source);
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

/// Whether a file lists topics, authors and tags rather than being an article.
#[must_use]
pub fn is_taxonomy(path: &str) -> bool {
    matches!(path, "taxonomy.yaml" | "taxonomy.yml")
}
