//! Writing and publishing articles: one file per thing that is done with them. Each reads through an attempt, decides,
//! and hands over what is to be written.

mod archive;
mod checks;
pub(crate) mod deadlines;
mod publish;
pub(crate) mod rendered;
mod review;
mod slugs;
mod withdraw;

use domain::{
    Action, Article, ArticleId, AuditAction, AuditRecord, AuditSubject, Content, Edition, EditionNumber, Id,
    Revision, Scope, Taxonomy, Timestamp, UserError, UserErrorCode, Version,
};
use editorial::checks::Issue;
use persistence::{Articles, Attempt, Decided, IdempotentRequest, SlugClaim, Write, WriteKind, WriteSet};

use crate::input::Applied;
use crate::{App, ArticleInput, Caller, Idempotency, StoreError, WriteError, WriteResult, env, idempotency};

pub use checks::ArticleCheck;
pub use publish::PublishInput;
pub(crate) use publish::{Publishing, publication};
pub use review::EditorialReviewInput;
pub(crate) use slugs::{check_slug, free_slug};
pub use withdraw::WithdrawInput;

/// An article as a write left it.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The article.
    pub article: Article,
    /// Its working copy.
    pub revision: Revision,
    /// The edition that shows it to the public as it is now, when the write was about that.
    pub edition: Option<Edition>,
    /// What the checks before publishing found, when the write was about that.
    pub issues: Vec<Issue>,
}

impl Saved {
    fn new(article: Article, revision: Revision) -> Self {
        Self { article, revision, edition: None, issues: Vec::new() }
    }
}

impl App {
    /// Makes an article; nothing of it is public yet.
    ///
    /// # Errors
    /// Everything that is wrong with the input, at once.
    pub async fn create_article(
        &self,
        caller: &Caller,
        input: &ArticleInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let request = request.as_ref();
        let decide = |mut attempt: Attempt| async move {
            if let Some(saved) = created_before(&mut attempt, request).await? {
                return Ok(Decided::nothing(attempt, saved));
            }
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            let applied = input.clone().apply(None, &taxonomy).map_err(WriteError::User)?;
            let writer = Writer::new(&caller.actor, env::now());
            let id = env::new_id(writer.now);
            let (saved, rest) = match create(&attempt, id, applied, writer).await {
                Ok(created) => created,
                // The same request may have been done meanwhile, and have taken the slug.
                Err(refusal) => match created_before(&mut attempt, request).await? {
                    Some(saved) => return Ok(Decided::nothing(attempt, saved)),
                    None => return Err(refusal),
                },
            };
            let mut writes = WriteSet::new();
            writes.extend(idempotency::creation(request, id, None, writer.now));
            writes.push(Write::NewArticle(saved.article.clone()));
            writes.extend(rest);
            Ok(attempt.commit(writes, saved))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Saves a new working copy. What is public stays as it is. An input that changes nothing makes
    /// no new version.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or something is wrong with the input.
    pub async fn update_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        input: &ArticleInput,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            let taxonomy = self.taxonomy_for(&mut attempt).await?;
            article.expect(expected)?;
            article.require(Action::Update)?;
            let current = (revision.content.clone(), article.external_ref.clone());
            let applied = input.clone().apply(Some(current), &taxonomy).map_err(WriteError::User)?;
            let writer = Writer::new(&caller.actor, env::now());
            commit_saved(attempt, article, revision, applied, writer).await
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Makes an old revision the working copy, as a new version: nothing is overwritten.
    ///
    /// # Errors
    /// When there is no such article or version, it has changed since, or the slug of that version
    /// belongs to another article by now.
    pub async fn restore_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        to: Version,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            article.expect(expected)?;
            article.require(Action::Restore)?;
            let Some(old) = attempt.articles().revision(id, to).await? else {
                let message = format!("the article has no version {to}: it has 1 to {}", article.version);
                return Err(UserError::at("toVersion", UserErrorCode::NotFound, message).into());
            };
            let applied = Applied {
                content: old.content,
                external_ref: article.external_ref.clone(),
                slug_is_free: false,
            };
            let writer = Writer { restores: Some(to), ..Writer::new(&caller.actor, env::now()) };
            commit_saved(attempt, article, revision, applied, writer).await
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// The article and its working copy, as they are now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_article(&self, id: ArticleId) -> Result<Option<Saved>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        let Some(article) = snapshot.articles().find(id).await? else { return Ok(None) };
        let revision = snapshot.articles().revision(id, article.version).await?;
        Ok(revision.map(|revision| Saved::new(article, revision)))
    }

    /// Whether everything that was ever saved of an article is by this caller.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wrote_alone(&self, caller: &Caller, id: ArticleId) -> Result<bool, StoreError> {
        let writers = self.store().snapshot().await?.articles().writers_since(id, 0).await?;
        Ok(writers.iter().eq([&caller.actor]))
    }

    async fn current_taxonomy(&self) -> Result<std::sync::Arc<Taxonomy>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        self.taxonomy_of(&snapshot).await
    }

    pub(crate) async fn edition(&self, number: EditionNumber) -> Result<Option<Edition>, StoreError> {
        Ok(self.store().snapshot().await?.editions(&[number]).await?.pop())
    }
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    now: Timestamp,
    actor: &'a str,
    /// The old version that this one repeats.
    restores: Option<Version>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(actor: &'a str, now: Timestamp) -> Self {
        Self { now, actor, restores: None }
    }

    fn record(self, action: AuditAction, article: &Article) -> AuditRecord {
        let Self { now, actor, restores } = self;
        record(actor, now, action, article).with("restoredVersion", restores)
    }
}

/// What the audit log is told of something done to an article, at the version of its working copy.
pub(crate) fn record(actor: &str, now: Timestamp, action: AuditAction, article: &Article) -> AuditRecord {
    AuditRecord::new(now, actor, action, AuditSubject::Article(article.id)).of_version(article.version)
}

/// Keeps an article as a transition left it, and what the audit log is told of that.
fn keep(article: &Article, record: AuditRecord) -> WriteSet {
    WriteSet::new().with(Write::Article(article.clone())).audit(record)
}

/// The article and its working copy.
async fn load(attempt: &mut Attempt, id: ArticleId) -> WriteResult<(Article, Revision)> {
    load_at(attempt, id, "id").await
}

/// The same, of an article that is named in another argument.
pub(crate) async fn load_at(
    attempt: &mut Attempt,
    id: ArticleId,
    path: &str,
) -> WriteResult<(Article, Revision)> {
    let missing =
        || UserError::at(path, UserErrorCode::NotFound, format!("there is no article `{id}`")).into();
    attempt.article(id).await?.ok_or_else(missing)
}

/// A revision that must be there.
pub(crate) async fn revision_of<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
    version: Version,
) -> Result<Revision, StoreError> {
    let found = articles.revision(id, version).await?;
    found.ok_or_else(|| StoreError::Damaged(format!("{id} has no revision {version}")))
}

/// A new article with its first revision, and what is to be written after the article's own row.
pub(crate) async fn create(
    attempt: &Attempt,
    id: ArticleId,
    applied: Applied,
    writer: Writer<'_>,
) -> WriteResult<(Saved, Vec<Write>)> {
    let Applied { mut content, external_ref, slug_is_free } = applied;
    check_external_ref(attempt, external_ref.as_deref(), id).await?;
    if slug_is_free {
        content.slug = free_slug(attempt, content.slug, id).await?;
    } else {
        check_slug(attempt, &content.slug, id).await?;
    }
    let saved = first(id, external_ref, content, writer);
    let writes = new_revision(&saved, writer.record(AuditAction::ArticleCreated, &saved.article));
    Ok((saved, writes))
}

/// The article that a repeated request has created before, as it is now.
async fn created_before(
    attempt: &mut Attempt,
    request: Option<&IdempotentRequest>,
) -> WriteResult<Option<Saved>> {
    let Some(creation) = idempotency::created_before(attempt, request).await? else { return Ok(None) };
    let id = ArticleId::from_uuid(creation.id);
    let (article, revision) = attempt.article(id).await?.ok_or_else(|| idempotency::gone(id))?;
    Ok(Some(Saved::new(article, revision)))
}

/// A new article and its first revision.
fn first(id: ArticleId, external_ref: Option<String>, content: Content, writer: Writer<'_>) -> Saved {
    let Writer { now, actor, restores: _ } = writer;
    let article = Article::create(id, external_ref, content.title.clone(), now);
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    Saved::new(article, revision)
}

/// A new working copy, its slug, and what the audit log is told of it.
fn new_revision(saved: &Saved, record: AuditRecord) -> Vec<Write> {
    let claim = SlugClaim {
        slug: saved.revision.content.slug.clone(),
        owner: saved.article.id,
        is_public: false,
        is_required: true,
    };
    vec![Write::SlugClaimed(claim), Write::Revision(saved.revision.clone()), Write::Audit(record)]
}

/// Commits a new revision of an article, unless it would be the same as the last one.
async fn commit_saved(
    attempt: Attempt,
    article: Article,
    revision: Revision,
    applied: Applied,
    writer: Writer<'_>,
) -> WriteResult<Decided<Saved>> {
    let before = article.version;
    let (saved, rest) = save(&attempt, article, revision, applied, writer).await?;
    if saved.article.version == before {
        return Ok(Decided::nothing(attempt, saved));
    }
    let mut writes = WriteSet::new().with(Write::Article(saved.article.clone()));
    writes.extend(rest);
    Ok(attempt.commit(writes, saved))
}

/// A new revision of an article, and what is to be written beside the article's own row; nothing when it would be the
/// same as the last one.
pub(crate) async fn save(
    attempt: &Attempt,
    article: Article,
    revision: Revision,
    applied: Applied,
    writer: Writer<'_>,
) -> WriteResult<(Saved, Vec<Write>)> {
    let Applied { content, external_ref, slug_is_free: _ } = applied;
    let Writer { now, actor, restores } = writer;
    if content == revision.content && external_ref == article.external_ref {
        return Ok((Saved::new(article, revision), Vec::new()));
    }
    let id = article.id;
    check_external_ref(attempt, external_ref.as_deref(), id).await?;
    check_slug(attempt, &content.slug, id).await?;
    let version = article.version;
    let article = Article { external_ref, ..article.edit(version, content.title.clone(), now)? };
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    let action = if restores.is_some() { AuditAction::ArticleRestored } else { AuditAction::ArticleUpdated };
    let saved = Saved::new(article, revision);
    let mut writes = new_revision(&saved, writer.record(action, &saved.article));
    writes.extend(released_slugs(attempt, &saved.article, &saved.revision).await?);
    Ok((saved, writes))
}

async fn check_external_ref(
    attempt: &Attempt,
    external_ref: Option<&str>,
    own: ArticleId,
) -> WriteResult<()> {
    let Some(external_ref) = external_ref else { return Ok(()) };
    let Some(owner) = attempt.other_with_external_ref(external_ref, own).await? else { return Ok(()) };
    let message = "the external reference belongs to another article: update that one";
    let in_full = format!("the external reference `{external_ref}` belongs to {owner}: update that one");
    Err(UserError::at("input.externalRef", UserErrorCode::Taken, message).in_full(in_full).into())
}

/// Frees the slugs that the article goes by neither now nor, once what is scheduled is public, soon.
async fn released_slugs(
    attempt: &Attempt,
    article: &Article,
    working_copy: &Revision,
) -> Result<Option<Write>, StoreError> {
    if article.version == 1 {
        // It never went by another.
        return Ok(None);
    }
    let scheduled = match &article.schedule {
        Some(schedule) if schedule.version != working_copy.version => {
            attempt.articles().revision(article.id, schedule.version).await?
        }
        _ => None,
    };
    let kept = std::iter::once(working_copy).chain(&scheduled);
    let keep = kept.map(|revision| revision.content.slug.clone()).collect();
    Ok(Some(Write::SlugsReleased { owner: article.id, keep }))
}
