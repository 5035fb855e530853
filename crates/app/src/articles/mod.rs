//! Writing and publishing articles: one file per thing that is done with them.

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
use persistence::{Articles, IdempotentRequest, Transaction, Tx};

use crate::error::retry;
use crate::input::Applied;
use crate::{App, ArticleInput, Caller, Idempotency, StoreError, WriteError, WriteResult, env, idempotency};
use slugs::{claim_free_slug, claim_slug};

pub use checks::ArticleCheck;
pub use publish::PublishInput;
pub(crate) use publish::make_public;
pub use review::EditorialReviewInput;
pub(crate) use slugs::free_slug;
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
        if let Some(saved) = overtaken(self.create_at_once(caller, input, request.as_ref()).await)? {
            return Ok(saved);
        }
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let write = Write::by(&caller.actor, env::now());
            let id: ArticleId = env::new_id(write.now);
            let keys = tx.idempotency_keys();
            if let Some(creation) = idempotency::note(&keys, request.as_ref(), id, None, write.now).await? {
                return created_before(&tx.articles(), ArticleId::from_uuid(creation.id)).await;
            }
            let taxonomy = self.taxonomy_in(&tx).await?;
            let applied = input.clone().apply(None, &taxonomy).map_err(WriteError::User)?;
            let saved = create(&tx.articles(), id, applied, write).await?;
            tx.commit().await?;
            Ok(saved)
        })
    }

    /// Makes an article in one statement; nothing where that cannot be, or where something looks wrong with
    /// the input: the transaction that comes then tells what.
    async fn create_at_once(
        &self,
        caller: &Caller,
        input: &ArticleInput,
        request: Option<&IdempotentRequest>,
    ) -> WriteResult<Option<Saved>> {
        let Some(mut write) = self.store().at_once(caller.origin()) else { return Ok(None) };
        if let Some(request) = request
            && write.idempotency_keys().find(request).await?.is_some()
        {
            return Ok(None);
        }
        let Some(taxonomy) = self.known_taxonomy(self.latest().taxonomy) else { return Ok(None) };
        let Ok(Applied { mut content, external_ref, slug_is_free }) = input.clone().apply(None, &taxonomy)
        else {
            return Ok(None);
        };
        let by = Write::by(&caller.actor, env::now());
        let id = env::new_id(by.now);
        if slug_is_free {
            content.slug = free_slug(&write.articles(), content.slug, id).await?;
        }
        let saved = first(id, external_ref, content, by);
        write.rest_on_taxonomy(self.latest().taxonomy);
        if let Some(request) = request {
            write.note_idempotency_key(request, id, by.now);
        }
        write.insert(&saved.article);
        write.claim_slug(&saved.revision.content.slug, id, false);
        write.insert_revision(&saved.revision, &by.record(AuditAction::ArticleCreated, &saved.article))?;
        write.commit().await?;
        Ok(Some(saved))
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
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let taxonomy = self.taxonomy_in(&tx).await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            article.require(Action::Update)?;
            let current = (revision.content.clone(), article.external_ref.clone());
            let applied = input.clone().apply(Some(current), &taxonomy).map_err(WriteError::User)?;
            let write = Write::by(&caller.actor, env::now());
            let saved = save(&tx.articles(), article, revision, applied, write).await?;
            tx.commit().await?;
            Ok(saved)
        })
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
        retry!({
            let tx = self.store().begin(caller.origin()).await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            article.require(Action::Restore)?;
            let Some(old) = tx.articles().revision(id, to).await? else {
                let message = format!("the article has no version {to}: it has 1 to {}", article.version);
                return Err(UserError::at("toVersion", UserErrorCode::NotFound, message).into());
            };
            let applied = Applied {
                content: old.content,
                external_ref: article.external_ref.clone(),
                slug_is_free: false,
            };
            let write = Write { now: env::now(), actor: &caller.actor, restores: Some(to) };
            let saved = save(&tx.articles(), article, revision, applied, write).await?;
            tx.commit().await?;
            Ok(saved)
        })
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

    /// The tags, topics and authors as a transaction sees them.
    async fn taxonomy_in(&self, tx: &Tx) -> Result<std::sync::Arc<Taxonomy>, StoreError> {
        match self.known_taxonomy(tx.taxonomy_edition().await?) {
            Some(known) => Ok(known),
            None => Ok(std::sync::Arc::new(tx.taxonomy().load().await?)),
        }
    }

    pub(crate) async fn edition(&self, number: EditionNumber) -> Result<Option<Edition>, StoreError> {
        Ok(self.store().snapshot().await?.editions(&[number]).await?.pop())
    }
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub(crate) struct Write<'a> {
    now: Timestamp,
    actor: &'a str,
    /// The old version that this one repeats.
    restores: Option<Version>,
}

impl<'a> Write<'a> {
    pub(crate) fn by(actor: &'a str, now: Timestamp) -> Self {
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
async fn keep(tx: Tx, article: Article, revision: Revision, record: &AuditRecord) -> WriteResult<Saved> {
    tx.articles().update(&article).await?;
    tx.audit().record(record).await?;
    tx.commit().await?;
    Ok(Saved::new(article, revision))
}

/// The article and its working copy, held until the transaction ends.
async fn load<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
) -> WriteResult<(Article, Revision)> {
    load_at(articles, id, "id").await
}

/// The same, of an article that is named in another argument.
pub(crate) async fn load_at<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
    path: &str,
) -> WriteResult<(Article, Revision)> {
    let article = articles
        .find_for_update(id)
        .await?
        .ok_or_else(|| UserError::at(path, UserErrorCode::NotFound, format!("there is no article `{id}`")))?;
    let revision = revision_of(articles, id, article.version).await?;
    Ok((article, revision))
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

/// Keeps a new article and its first revision.
pub(crate) async fn create(
    articles: &Articles<'_, Transaction>,
    id: ArticleId,
    applied: Applied,
    write: Write<'_>,
) -> WriteResult<Saved> {
    let Applied { mut content, external_ref, slug_is_free } = applied;
    check_external_ref(articles, external_ref.as_deref(), id).await?;
    let mut saved = first(id, external_ref, content.clone(), write);
    articles.insert(&saved.article).await?;
    if slug_is_free {
        content.slug = claim_free_slug(articles, content.slug, id).await?;
    } else {
        claim_slug(articles, &content.slug, id, false).await?;
    }
    saved.revision.content = content;
    articles
        .insert_revision(&saved.revision, &write.record(AuditAction::ArticleCreated, &saved.article))
        .await?;
    Ok(saved)
}

/// An article that a repeated request has created before, as it is now.
async fn created_before<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
) -> WriteResult<Saved> {
    let article = articles.find(id).await?.ok_or_else(|| idempotency::gone(id))?;
    let revision = revision_of(articles, id, article.version).await?;
    Ok(Saved::new(article, revision))
}

/// A new article and its first revision.
fn first(id: ArticleId, external_ref: Option<String>, content: Content, write: Write<'_>) -> Saved {
    let Write { now, actor, restores: _ } = write;
    let article = Article::create(id, external_ref, content.title.clone(), now);
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    Saved::new(article, revision)
}

/// What was written at once; nothing when somebody has written in between, and it has to be done again.
fn overtaken<T>(written: WriteResult<Option<T>>) -> WriteResult<Option<T>> {
    match written {
        Err(WriteError::Store(StoreError::Conflict(cause))) => {
            tracing::debug!(cause, "a write lost against another one; trying again in a transaction");
            Ok(None)
        }
        written => written,
    }
}

/// Keeps a new revision of an article, unless it would be the same as the last one.
pub(crate) async fn save(
    articles: &Articles<'_, Transaction>,
    article: Article,
    revision: Revision,
    applied: Applied,
    write: Write<'_>,
) -> WriteResult<Saved> {
    let Applied { content, external_ref, slug_is_free: _ } = applied;
    let Write { now, actor, restores } = write;
    if content == revision.content && external_ref == article.external_ref {
        return Ok(Saved::new(article, revision));
    }
    let id = article.id;
    check_external_ref(articles, external_ref.as_deref(), id).await?;
    claim_slug(articles, &content.slug, id, false).await?;
    let version = article.version;
    let article = Article { external_ref, ..article.edit(version, content.title.clone(), now)? };
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    articles.update(&article).await?;
    let action = if restores.is_some() { AuditAction::ArticleRestored } else { AuditAction::ArticleUpdated };
    articles.insert_revision(&revision, &write.record(action, &article)).await?;
    release_slugs(articles, &article, &revision).await?;
    Ok(Saved::new(article, revision))
}

async fn check_external_ref<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    external_ref: Option<&str>,
    own: ArticleId,
) -> WriteResult<()> {
    let Some(external_ref) = external_ref else { return Ok(()) };
    match articles.find_by_external_ref(external_ref).await? {
        Some(owner) if owner.id != own => {
            let message = "the external reference belongs to another article: update that one";
            let in_full =
                format!("the external reference `{external_ref}` belongs to {}: update that one", owner.id);
            Err(UserError::at("input.externalRef", UserErrorCode::Taken, message).in_full(in_full).into())
        }
        _ => Ok(()),
    }
}

/// Frees the slugs that the article goes by neither now nor, once what is scheduled is public, soon.
async fn release_slugs<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    article: &Article,
    working_copy: &Revision,
) -> Result<(), StoreError> {
    if article.version == 1 {
        // It never went by another.
        return Ok(());
    }
    let scheduled = match &article.schedule {
        Some(schedule) if schedule.version != working_copy.version => {
            articles.revision(article.id, schedule.version).await?
        }
        _ => None,
    };
    let kept = std::iter::once(working_copy).chain(&scheduled).map(|revision| &revision.content.slug);
    articles.release_slugs(article.id, &kept.collect::<Vec<_>>()).await
}
