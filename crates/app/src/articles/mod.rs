//! Writing and publishing articles, one file for each kind of action. Each use case reads through an attempt, decides,
//! and returns what to write.

mod archive;
mod checks;
pub(crate) mod due;
mod publish;
pub(crate) mod rendered;
mod review;
mod slugs;
mod withdraw;

use domain::{
    Action, Article, ArticleId, AuditAction, AuditRecord, AuditSubject, Content, Edition, EditionNumber, Id,
    Revision, Scope, Timestamp, UserError, UserErrorCode, Version,
};
use editorial::checks::{Issue, deleted_labels};
use persistence::{Articles, Attempt, Decided, IdempotentRequest, SlugClaim, Write, WriteKind, WriteSet};

use crate::input::Applied;
use crate::{App, ArticleInput, Caller, Idempotency, StoreError, WriteError, WriteResult, env, idempotency};

pub use checks::ArticleCheck;
pub use publish::PublishInput;
pub(crate) use publish::{Publishing, publication};
pub use review::EditorialReviewInput;
pub(crate) use slugs::{check_slug, free_slug};
pub use withdraw::{Tombstone, WithdrawInput};

/// An article after a write.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The article.
    pub article: Article,
    /// The working copy.
    pub revision: Revision,
    /// The edition that the write made, or that had already published this version.
    pub edition: Option<Edition>,
    /// The issues that the checks before publication found. Restoring a revision only finds deleted labels; other writes
    /// find nothing.
    pub issues: Vec<Issue>,
}

impl Saved {
    fn new(article: Article, revision: Revision) -> Self {
        Self { article, revision, edition: None, issues: Vec::new() }
    }
}

impl App {
    /// Creates an article, which is not public yet.
    ///
    /// # Errors
    /// When the input is wrong. All problems are reported together.
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
                // The same request may have run on another node meanwhile, and may have taken the slug.
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

    /// Saves a new version of the working copy. The publication does not change. An input without changes makes no new
    /// version.
    ///
    /// # Errors
    /// When the article does not exist or has another version, or the input is wrong.
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

    /// Makes an old revision the working copy, as a new version. The result has an issue for each label of the revision
    /// that was deleted since.
    ///
    /// # Errors
    /// When the article or the old version does not exist, the article has another version than `expected`, or the old
    /// slug belongs to another article now.
    pub async fn restore_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        to_version: Version,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        let decide = |mut attempt: Attempt| async move {
            let (article, revision) = load(&mut attempt, id).await?;
            article.expect(expected)?;
            article.require(Action::Restore)?;
            let Some(old) = attempt.articles().revision(id, to_version).await? else {
                let message =
                    format!("the article has no version {to_version}: it has 1 to {}", article.version);
                return Err(UserError::at("toVersion", UserErrorCode::NotFound, message).into());
            };
            let applied = Applied {
                content: old.content,
                external_ref: article.external_ref.clone(),
                is_slug_generated: false,
            };
            let writer = Writer { restores: Some(to_version), ..Writer::new(&caller.actor, env::now()) };
            commit_saved(attempt, article, revision, applied, writer).await
        };
        let mut saved = self.commit(caller.origin(), WriteKind::Private, decide).await?;
        saved.issues = deleted_labels(&saved.revision.content, &*self.current_taxonomy().await?);
        Ok(saved)
    }

    /// Finds an article and its working copy.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_article(&self, id: ArticleId) -> Result<Option<Saved>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        let Some(article) = snapshot.articles().find(id).await? else { return Ok(None) };
        let revision = snapshot.articles().revision(id, article.version).await?;
        Ok(revision.map(|revision| Saved::new(article, revision)))
    }

    /// Whether this caller saved all revisions of an article.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wrote_alone(&self, caller: &Caller, id: ArticleId) -> Result<bool, StoreError> {
        let writers = self.store().snapshot().await?.articles().writers_since(id, 0).await?;
        Ok(writers.iter().eq([&caller.actor]))
    }

    pub(crate) async fn edition(&self, number: EditionNumber) -> Result<Option<Edition>, StoreError> {
        Ok(self.store().snapshot().await?.editions(&[number]).await?.pop())
    }
}

/// The actor and the time of a write.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    now: Timestamp,
    actor: &'a str,
    /// The old version that the new version restores.
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

/// Makes an entry of the audit log about an article, with the version of its working copy.
pub(crate) fn record(actor: &str, now: Timestamp, action: AuditAction, article: &Article) -> AuditRecord {
    AuditRecord::new(now, actor, action, AuditSubject::Article(article.id)).of_version(article.version)
}

/// Returns the writes that store an article after a transition, with its entry of the audit log.
fn update(article: &Article, record: AuditRecord) -> WriteSet {
    WriteSet::new().with(Write::Article(article.clone())).audit(record)
}

/// Reads the article, named in `id`, and its working copy.
async fn load(attempt: &mut Attempt, id: ArticleId) -> WriteResult<(Article, Revision)> {
    load_at(attempt, id, "id").await
}

/// Reads the article, named in the field `path`, and its working copy.
pub(crate) async fn load_at(
    attempt: &mut Attempt,
    id: ArticleId,
    path: &str,
) -> WriteResult<(Article, Revision)> {
    let missing =
        || UserError::at(path, UserErrorCode::NotFound, format!("there is no article `{id}`")).into();
    attempt.article(id).await?.ok_or_else(missing)
}

/// Reads a revision that must exist.
pub(crate) async fn revision_of<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
    version: Version,
) -> Result<Revision, StoreError> {
    let found = articles.revision(id, version).await?;
    found.ok_or_else(|| StoreError::Damaged(format!("{id} has no revision {version}")))
}

/// Makes a new article with its first revision. Also returns the writes that follow the one for the article's own row.
pub(crate) async fn create(
    attempt: &Attempt,
    id: ArticleId,
    applied: Applied,
    writer: Writer<'_>,
) -> WriteResult<(Saved, Vec<Write>)> {
    let Applied { mut content, external_ref, is_slug_generated } = applied;
    check_external_ref(attempt, external_ref.as_deref(), id).await?;
    if is_slug_generated {
        content.slug = free_slug(attempt, content.slug, id).await?;
    } else {
        check_slug(attempt, &content.slug, id).await?;
    }
    let saved = new_article(id, external_ref, content, writer);
    let writes = new_revision(&saved, writer.record(AuditAction::ArticleCreated, &saved.article));
    Ok((saved, writes))
}

/// Returns the current state of the article that the same request created earlier.
async fn created_before(
    attempt: &mut Attempt,
    request: Option<&IdempotentRequest>,
) -> WriteResult<Option<Saved>> {
    let Some(creation) = idempotency::created_before(attempt, request).await? else { return Ok(None) };
    let id = ArticleId::from_uuid(creation.id);
    let (article, revision) = attempt.article(id).await?.ok_or_else(|| idempotency::deleted_since(id))?;
    Ok(Some(Saved::new(article, revision)))
}

/// Makes a new article and its first revision.
fn new_article(id: ArticleId, external_ref: Option<String>, content: Content, writer: Writer<'_>) -> Saved {
    let Writer { now, actor, restores: _ } = writer;
    let article = Article::create(id, external_ref, content.title.clone(), now);
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    Saved::new(article, revision)
}

/// Returns the writes that store a new working copy, with its slug and its entry of the audit log.
fn new_revision(saved: &Saved, record: AuditRecord) -> Vec<Write> {
    let claim = SlugClaim {
        slug: saved.revision.content.slug.clone(),
        owner: saved.article.id,
        is_public: false,
        is_required: true,
    };
    vec![Write::SlugClaimed(claim), Write::Revision(saved.revision.clone()), Write::Audit(record)]
}

/// Commits a new revision of an article, unless it equals the last one.
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

/// Makes a new revision of an article. Also returns the writes beside the one for the article's own row. Without changes,
/// there is no new revision and nothing to write.
pub(crate) async fn save(
    attempt: &Attempt,
    article: Article,
    revision: Revision,
    applied: Applied,
    writer: Writer<'_>,
) -> WriteResult<(Saved, Vec<Write>)> {
    let Applied { content, external_ref, is_slug_generated: _ } = applied;
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
    Err(UserError::at("externalRef", UserErrorCode::Taken, message).in_full(in_full).into())
}

/// Returns the write that releases the slugs which neither the working copy nor a scheduled version has.
async fn released_slugs(
    attempt: &Attempt,
    article: &Article,
    working_copy: &Revision,
) -> Result<Option<Write>, StoreError> {
    if article.version == 1 {
        // It never had another slug.
        return Ok(None);
    }
    let scheduled = match &article.schedule {
        Some(schedule) if schedule.version != working_copy.version => {
            attempt.articles().revision(article.id, schedule.version).await?
        }
        _ => None,
    };
    let current = std::iter::once(working_copy).chain(&scheduled);
    let keep = current.map(|revision| revision.content.slug.clone()).collect();
    Ok(Some(Write::SlugsReleased { owner: article.id, keep }))
}
