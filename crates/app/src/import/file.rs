//! Imports one prepared file: compares it with the existing article, and writes.

use domain::{
    Article, ArticleId, AuditAction, Content, Edition, Revision, Slug, Source, SourceFile, Timestamp,
    UserError, WithdrawReason,
};
use importer::markdown::{Refusal, SourceArticle};
use persistence::{Steps, Write, WriteSet};

use super::identity::Identity;
use super::labels::Labels;
use super::names::slug_of;
use super::prepared::{Parsed, PreparedFile, Rendered, is_unchanged, refusal};
use super::{FileReport, ImportOptions, Outcome, Undated};
use crate::articles::{Publishing, Writer};
use crate::input::Applied;
use crate::{StoreError, WriteError, WriteResult, articles, env};

/// A batch in progress, and its transaction.
pub(super) struct Batch<'a> {
    pub(super) steps: Steps,
    pub(super) labels: Labels<'a>,
    pub(super) options: &'a ImportOptions,
    pub(super) actor: &'a str,
    /// The edition that the batch makes.
    pub(super) edition: Edition,
}

impl Batch<'_> {
    /// Imports one file. `None` when its body is needed and was not rendered.
    pub(super) async fn import(
        &mut self,
        file: &PreparedFile<'_>,
        now: Timestamp,
    ) -> WriteResult<Option<FileReport>> {
        let mut report = FileReport::new(file.file.path.clone(), Outcome::Unchanged);
        report.outcome = match self.attempt(file, now, &mut report).await {
            Ok(outcome) => outcome,
            Err(Failure::Refused(refusal)) => refused(refusal),
            Err(Failure::NotRendered) => return Ok(None),
            Err(Failure::Write(error)) => return Err(error),
        };
        Ok(Some(report))
    }

    async fn attempt(
        &mut self,
        file: &PreparedFile<'_>,
        now: Timestamp,
        report: &mut FileReport,
    ) -> Result<Outcome, Failure> {
        let Parsed { source, digests, path_ref, rendered } = file.parsed.as_ref().map_err(Refusal::clone)?;
        let Identity { article, moved_from, id: _, same_id: _, bytes: _ } = file.identity;
        let known = match article {
            Some(id) => self.steps.article(*id).await?,
            None => None,
        };
        if let Some((article, _)) = &known {
            report.moved_from.clone_from(moved_from);
            let is_unchanged = is_unchanged(article, digests, self.options);
            if is_unchanged && moved_from.is_none() {
                return Ok(Outcome::Unchanged);
            }
            match &article.source {
                _ if self.options.overwrite => {}
                Some(last) if last.version == article.version => {}
                // The file has only moved, so it replaces nothing.
                _ if is_unchanged => return self.record_move(file, article.clone(), now).await,
                _ => return Err(edited_here(article).into()),
            }
            if article.archived_at.is_some() {
                let reason = "the article was archived here: take it out of the archive and import again, or leave the file out";
                return Err(refusal(reason).into());
            }
        }

        // All problems of the file are found before anything is written.
        let own = known.as_ref().map(|(article, revision)| (article, revision));
        let slug = self.slug(source, own, &mut report.conflicts).await?;
        let external_ref =
            self.external_ref(file.identity, source, path_ref, own, &mut report.conflicts).await?;
        let Some(Rendered { notes, dropped, is_draft, article, publishable, kept }) = rendered else {
            return Err(Failure::NotRendered);
        };
        report.notes.clone_from(notes);
        report.dropped.clone_from(dropped);
        report.kept = *kept;
        let (content, body, named) = article.as_ref().map_err(Refusal::clone)?;
        let is_undated = content.published_at.is_none()
            && known.as_ref().is_none_or(|(article, _)| article.first_published_at.is_none());
        if is_undated && !is_draft && self.options.undated == Undated::Refuse {
            let reason = "there is no date: add `date: 2024-05-31` to the front matter, or import with --undated draft or now";
            return Err(refusal(reason).into());
        }
        report.is_undated = is_undated && !is_draft;
        let is_draft = *is_draft || (is_undated && self.options.undated == Undated::Draft);
        if !is_draft {
            publishable.as_ref().map_err(Refusal::clone)?;
        }
        let mut content = Content { slug, ..content.clone() };
        (content.tags, content.topics, content.authors) = self.labels.ids(named);
        self.write_labels().await?;
        let is_new = known.is_none();
        let applied = Applied { content, external_ref: Some(external_ref), is_slug_generated: false };
        let writer = Writer::new(self.actor, now);
        let before = known.as_ref().map_or(0, |(article, _)| article.version);
        let last_update = match &known {
            // The file is the same, and only the way in which it is imported has changed.
            Some((article, _)) if has_bytes(article, file.identity) => {
                self.steps.publications().find(article.id).await?.map(|publication| publication.updated_at)
            }
            _ => None,
        };
        let (saved, rest) = match known {
            None => articles::create(&self.steps, env::new_id(now), applied, writer).await?,
            Some((article, revision)) => {
                articles::save(&self.steps, article, revision, applied, writer).await?
            }
        };
        let version = saved.article.version;
        let imported = Source { digest: digests.current, version, file: Some(self.source_file(file)) };
        let is_saved = is_new || version != before;
        let article = Article { source: Some(imported), ..saved.article };
        let revision = saved.revision;
        let (article, published, outcome) = if is_draft {
            let (article, writes) = self.withdraw_draft(article, now)?;
            (article, writes, Outcome::Draft)
        } else if article.published_as_is().is_some() {
            // The file has changed, and its content has not.
            let moved = moved_from.as_ref().map(|from| self.moved(&article, from, now));
            let outcome = if is_saved { Outcome::Updated } else { Outcome::Unchanged };
            (article, moved.into_iter().collect(), outcome)
        } else {
            let updated_at = match (source.updated_at, revision.content.published_at) {
                (Some(at), _) => domain::truncate(at).min(now),
                (None, Some(at)) if is_new => at,
                (None, _) => last_update.unwrap_or(now),
            };
            let replaces = article.published_version().is_some();
            let article =
                article.publish(version, revision.content.published_at, now, self.edition.number)?;
            let publishing = Publishing {
                article: &article,
                revision: &revision,
                body: body.clone(),
                replaces,
                updated_at,
            };
            let mut writes = articles::publication(publishing, &self.labels.taxonomy, self.edition.number);
            writes.push(self.record(&article, AuditAction::ArticlePublished, now));
            (article, writes, if is_new { Outcome::Imported } else { Outcome::Updated })
        };
        let mut writes = WriteSet::in_edition(self.edition, self.actor);
        writes.push(if is_new { Write::NewArticle(article) } else { Write::Article(article) });
        writes.extend(merged(rest, published));
        self.steps.apply(writes).await?;
        Ok(outcome)
    }

    /// Records the new path of a file whose article is not written.
    async fn record_move(
        &mut self,
        file: &PreparedFile<'_>,
        article: Article,
        now: Timestamp,
    ) -> Result<Outcome, Failure> {
        let Some(from) = &file.identity.moved_from else { return Ok(Outcome::Unchanged) };
        let record = self.moved(&article, from, now);
        let source = article.source.map(|last| {
            // The digest of an article that was imported before files were recorded has another basis.
            let digest = file.parsed.as_ref().map_or(last.digest, |parsed| parsed.digests.current);
            Source { digest, file: Some(self.source_file(file)), ..last }
        });
        let mut writes = WriteSet::in_edition(self.edition, self.actor);
        writes.push(Write::Article(Article { source, ..article }));
        writes.push(record);
        self.steps.apply(writes).await?;
        Ok(Outcome::Unchanged)
    }

    fn moved(&self, article: &Article, from: &str, now: Timestamp) -> Write {
        let record = articles::record(self.actor, now, AuditAction::ArticleUpdated, article);
        Write::Audit(record.with("movedFrom", Some(from)))
    }

    fn source_file(&self, file: &PreparedFile<'_>) -> SourceFile {
        let Identity { article: _, moved_from: _, id, same_id, bytes } = file.identity;
        SourceFile {
            source: self.options.source.clone(),
            path: file.file.path.clone(),
            id: id.clone().filter(|_| same_id.is_none()),
            bytes: *bytes,
        }
    }

    /// Returns the slug that the file names, or that of the existing article, or one made from the file's name, with a
    /// number when that is taken.
    async fn slug(
        &self,
        source: &SourceArticle,
        known: Option<(&Article, &Revision)>,
        conflicts: &mut Vec<String>,
    ) -> Result<Slug, Failure> {
        let make = |text: &str| slug_of(text, self.options.slugs);
        if let Some(given) = &source.slug {
            let slug = make(given).map_err(|error| refusal(format!("`slug`: {error}")))?;
            return match self.steps.slug_owner(&slug).await? {
                Some(owner) if known.is_none_or(|(article, _)| article.id != owner) => {
                    Err(refusal(format!("the slug `{slug}` belongs to {owner}: name another one in `slug`"))
                        .into())
                }
                _ => Ok(slug),
            };
        }
        if let Some((_, revision)) = known {
            return Ok(revision.content.slug.clone());
        }
        let slug = make(&source.file_slug).or_else(|_| make(&source.title)).map_err(|_| {
            refusal("no slug can be made from the file's name or its title: name one in `slug`")
        })?;
        let free = articles::free_slug(&self.steps, slug.clone(), env::new_id(Timestamp::UNIX_EPOCH)).await?;
        if free != slug {
            conflicts.push(format!(
                "the slug `{slug}` belongs to another article: this one has `{free}`, unless you name one in `slug`"
            ));
        }
        Ok(free)
    }

    /// Returns the external reference: the id in the file, or else the one that the article has, or else source and
    /// path.
    async fn external_ref(
        &self,
        identity: &Identity,
        source: &SourceArticle,
        path_ref: &str,
        known: Option<(&Article, &Revision)>,
        conflicts: &mut Vec<String>,
    ) -> Result<String, Failure> {
        let current = known.and_then(|(article, _)| article.external_ref.clone());
        let own = known.map(|(article, _)| article.id);
        let id = source.external_ref.as_ref().filter(|_| identity.same_id.is_none() || current.is_none());
        if let Some(id) = id {
            if self.is_free(id, own).await? {
                return Ok(id.clone());
            }
            let kept = current.as_deref().unwrap_or(path_ref);
            let reason = match &identity.same_id {
                Some(path) => format!("`{path}` has the same id `{id}`"),
                None => format!("the external reference `{id}` belongs to another article"),
            };
            conflicts.push(format!("{reason}: this one has the external reference `{kept}`"));
        }
        if let Some(current) = current {
            return Ok(current);
        }
        let mut free = path_ref.to_owned();
        let mut number = 1;
        while !self.is_free(&free, own).await? {
            number += 1;
            free = format!("{path_ref}#{number}");
        }
        if number > 1 {
            conflicts.push(format!(
                "the external reference `{path_ref}` belongs to another article: this one has `{free}`"
            ));
        }
        Ok(free)
    }

    async fn is_free(&self, external_ref: &str, own: Option<ArticleId>) -> Result<bool, StoreError> {
        let owner = self.steps.articles().find_by_external_ref(external_ref).await?;
        Ok(owner.is_none_or(|owner| Some(owner.id) == own))
    }

    /// Writes the tags, topics and authors that were created.
    pub(super) async fn write_labels(&mut self) -> Result<(), StoreError> {
        if self.labels.pending.is_empty() {
            return Ok(());
        }
        let mut writes = WriteSet::in_edition(self.edition, self.actor);
        writes.extend(std::mem::take(&mut self.labels.pending));
        self.steps.apply(writes).await
    }

    /// Withdraws the article of a draft, if it is public.
    fn withdraw_draft(&self, article: Article, now: Timestamp) -> Result<(Article, Vec<Write>), Failure> {
        if article.published_version().is_none() {
            return Ok((article, Vec::new()));
        }
        let record = self.record(&article, AuditAction::ArticleWithdrawn, now);
        let (id, version, source) = (article.id, article.version, article.source.clone());
        let article = Article { source, ..article.withdraw(version, WithdrawReason::Gone, None, now)? };
        Ok((article, vec![Write::Withdrawn(id), record]))
    }

    fn record(&self, article: &Article, action: AuditAction, now: Timestamp) -> Write {
        let record = articles::record(self.actor, now, action, article);
        Write::Audit(record.in_edition(self.edition.number))
    }
}

/// Merges the writes that save a version with those that publish it, so that no row is written twice. A slug that becomes
/// public is claimed only once and is not released.
fn merged(saved: Vec<Write>, published: Vec<Write>) -> Vec<Write> {
    let public: Vec<Slug> = published.iter().filter_map(claimed).cloned().collect();
    let saved = saved.into_iter().filter_map(|write| match write {
        Write::SlugClaimed(claim) if public.contains(&claim.slug) => None,
        Write::SlugsReleased { owner, mut keep } => {
            keep.extend(public.iter().cloned());
            Some(Write::SlugsReleased { owner, keep })
        }
        write => Some(write),
    });
    let saved: Vec<_> = saved.collect();
    saved.into_iter().chain(published).collect()
}

fn claimed(write: &Write) -> Option<&Slug> {
    match write {
        Write::SlugClaimed(claim) => Some(&claim.slug),
        _ => None,
    }
}

/// Makes the outcome of a refused file.
pub(super) fn refused(refusal: Refusal) -> Outcome {
    let Refusal { line, field, reason } = refusal;
    let reason = match field {
        Some(field) => format!("`{field}`: {reason}"),
        None => reason,
    };
    Outcome::Refused { line, reason }
}

/// Why a file was not imported: a problem of the file, a body that must be rendered first, or a failure that ends the import.
enum Failure {
    Refused(Refusal),
    NotRendered,
    Write(WriteError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Write(error.into())
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::Refused(refusal(error.full_message()))
    }
}

/// Whether an article was imported from a file with the same bytes.
fn has_bytes(article: &Article, identity: &Identity) -> bool {
    let file = article.source.as_ref().and_then(|source| source.file.as_ref());
    file.is_some_and(|file| file.bytes == identity.bytes)
}

fn edited_here(article: &Article) -> Refusal {
    refusal(format!(
        "the article was edited or withdrawn here since the file was imported (it is at version {}): import with \
         --overwrite to replace the edits (they stay in earlier versions), or leave the file out",
        article.version
    ))
}
