//! Importing folders of Markdown files from another system.
//!
//! Files are imported in batches. A batch is one transaction and one edition. Slow work, such as parsing and rendering,
//! is done before the transaction begins. A file is imported completely or refused with a reason. If the database fails,
//! the batch is rolled back. Importing the same files again changes nothing, because each article stores the digest of
//! its file.

mod digest;
mod file;
mod identity;
mod labels;
mod missing;
mod names;
mod options;
mod prepared;
mod report;

use std::collections::HashMap;

use domain::{Article, ArticleId, Edition, Scope};
use persistence::retry_conflicts;

use crate::{App, Caller, WriteResult, env};
use file::Batch;
use identity::{Identities, Identity, RunFile};
use labels::Labels;
use prepared::PreparedFile;

pub use importer::markdown::{Dropped, KeyMap, Note, Settings, TagMap};
pub use options::{ImportOptions, MissingFiles, Undated, WithoutAlt};
pub use report::{
    DroppedContent, FileReport, ImportReport, KeptContent, LabelConflict, MissingFile, MissingOutcome,
    Outcome,
};

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
        let Identities { files: identities, missing } = self.identify(&articles, options).await?;
        let articles: Vec<_> = articles.into_iter().zip(&identities).collect();
        // A dry run is one transaction, so that each file sees the effects of the files before it.
        let size = if options.dry_run { articles.len().max(1) } else { BATCH };
        let mut batches: Vec<&[(&ImportFile, &Identity)]> = articles.chunks(size).collect();
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
            report.add(done);
        }
        for missing in missing.chunks(BATCH) {
            let done = retry_conflicts(|| self.import_missing(caller, missing, options));
            report.add(done.await?);
        }
        Ok(report)
    }

    /// Finds the articles that earlier imports made from these files.
    async fn identify(&self, files: &[&ImportFile], options: &ImportOptions) -> WriteResult<Identities> {
        let known = self.store().articles().imported_from(&options.source).await?;
        let files: Vec<RunFile> = files
            .iter()
            .map(|file| {
                let facts = importer::markdown::identify(&file.bytes, &options.settings.keys);
                RunFile {
                    path: file.path.clone(),
                    id: facts.id,
                    title: facts.title,
                    bytes: digest::of_bytes(file),
                    digest_before: digest::before(file, options),
                }
            })
            .collect();
        Ok(identity::resolve(&options.source, &files, known))
    }

    /// Parses the files of a batch, and renders the bodies of those that have changed since their last import.
    async fn prepare_batch<'f>(
        &self,
        files: &[(&'f ImportFile, &'f Identity)],
        options: &ImportOptions,
    ) -> WriteResult<Vec<PreparedFile<'f>>> {
        let mut prepared: Vec<_> =
            files.iter().map(|(file, identity)| PreparedFile::parse(file, identity, options)).collect();
        let ids: Vec<ArticleId> = files.iter().filter_map(|(_, identity)| identity.article).collect();
        let mut known: HashMap<ArticleId, Article> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(500) {
            let found = self.store().articles().find_all(ids).await?;
            known.extend(found.into_iter().map(|article| (article.id, article)));
        }
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
        let labels = Labels::new(taxonomy, &caller.actor, edition.number, options.slugs);
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
            files.push(FileReport::new(file.path.clone(), outcome));
        }
        for file in articles {
            let Some(report) = batch.import(file, env::now()).await? else { return Ok(None) };
            files.push(report);
        }
        let Batch { steps, labels, options, actor, edition } = batch;
        let Labels { created, conflicts, .. } = labels;
        let mut report = ImportReport { files, created, labels: conflicts, ..ImportReport::default() };
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
