//! Writing and publishing articles.

use std::collections::BTreeSet;

use domain::{
    Article, ArticleId, Body, Content, Edition, EditionNumber, LabelId, Publication, Revision, Scope, Slug,
    Taxonomy, Timestamp, UserError, UserErrorCode, Version, WithdrawReason,
};
use persistence::{Articles, EditionTx};

use crate::error::retry;
use crate::input::Applied;
use crate::labels::slug_taken;
use crate::{App, ArticleInput, Caller, StoreError, WriteError, WriteResult, env, render};

/// An article as a write left it.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The article.
    pub article: Article,
    /// Its working copy.
    pub revision: Revision,
    /// The edition that shows it to the public as it is now, when the write was about that.
    pub edition: Option<Edition>,
}

impl App {
    /// Makes an article; nothing of it is public yet.
    ///
    /// # Errors
    /// Everything that is wrong with the input, at once.
    pub async fn create_article(&self, caller: &Caller, input: &ArticleInput) -> WriteResult<Saved> {
        caller.require(Scope::ContentWrite)?;
        retry!({
            let taxonomy = self.current_taxonomy().await?;
            let applied = input.clone().apply(None, &taxonomy).map_err(WriteError::User)?;
            let tx = self.store().begin().await?;
            let saved = create(&tx.articles(), applied, env::now(), &caller.actor).await?;
            tx.commit().await?;
            Ok(saved)
        })
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
            let taxonomy = self.current_taxonomy().await?;
            let tx = self.store().begin().await?;
            let (article, revision) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            let current = (revision.content.clone(), article.external_ref.clone());
            let applied = input.clone().apply(Some(current), &taxonomy).map_err(WriteError::User)?;
            let saved = save(&tx.articles(), article, revision, applied, env::now(), &caller.actor).await?;
            tx.commit().await?;
            Ok(saved)
        })
    }

    /// Makes the working copy public. Publishing what is public already changes nothing and answers
    /// the edition that made it so.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, or it lacks what readers need.
    pub async fn publish_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        retry!({
            let (mut tx, taxonomy) = self.begin_edition().await?;
            let now = env::now();
            let (article, revision) = load(&tx.articles(), id).await?;
            article.expect(expected)?;
            if let Some(number) = article.published_as_is() {
                drop(tx);
                let edition = self.edition(number).await?;
                return Ok(Saved { article, revision, edition });
            }
            let body = render::body(&revision.content.body).await;
            let article = publish(&mut tx, &taxonomy, article, &revision.content, &body, now, now).await?;
            let number = tx.commit(now, &caller.actor).await?;
            Ok(Saved { article, revision, edition: Some(Edition { number, at: now }) })
        })
    }

    /// Takes an article from the public. With `redirect_to`, the slug of a published article, readers
    /// who ask for this one get that one.
    ///
    /// # Errors
    /// When there is no such article, it has changed since, is not public, or the redirect leads
    /// nowhere or in a circle.
    pub async fn withdraw_article(
        &self,
        caller: &Caller,
        id: ArticleId,
        expected: Version,
        redirect_to: Option<&str>,
    ) -> WriteResult<Saved> {
        caller.require(Scope::ContentPublish)?;
        retry!({
            let (mut tx, _) = self.begin_edition().await?;
            let now = env::now();
            let (article, revision) = load(&tx.articles(), id).await?;
            let reason = match redirect_to {
                None => WithdrawReason::Gone,
                Some(slug) => WithdrawReason::Redirect(redirect_target(&tx, id, slug).await?),
            };
            let article = article.withdraw(expected, reason)?;
            tx.withdraw(id).await?;
            tx.articles().update(&article).await?;
            if let WithdrawReason::Redirect(target) = reason {
                tx.articles().follow_redirects(id, target).await?;
            }
            let number = tx.commit(now, &caller.actor).await?;
            Ok(Saved { article, revision, edition: Some(Edition { number, at: now }) })
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
        Ok(revision.map(|revision| Saved { article, revision, edition: None }))
    }

    async fn current_taxonomy(&self) -> Result<std::sync::Arc<Taxonomy>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        self.taxonomy_of(&snapshot).await
    }

    async fn edition(&self, number: EditionNumber) -> Result<Option<Edition>, StoreError> {
        Ok(self.store().snapshot().await?.editions(&[number]).await?.pop())
    }
}

/// The article and its working copy, held until the transaction ends.
async fn load<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    id: ArticleId,
) -> WriteResult<(Article, Revision)> {
    let article = articles
        .find_for_update(id)
        .await?
        .ok_or_else(|| UserError::at("id", UserErrorCode::NotFound, format!("there is no article `{id}`")))?;
    let revision = articles
        .revision(id, article.version)
        .await?
        .ok_or_else(|| StoreError::Damaged(format!("{id} has no revision {}", article.version)))?;
    Ok((article, revision))
}

/// Keeps a new article and its first revision.
pub(crate) async fn create<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    applied: Applied,
    now: Timestamp,
    actor: &str,
) -> WriteResult<Saved> {
    let Applied { mut content, external_ref, slug_is_free } = applied;
    let id = env::new_id(now);
    check_external_ref(articles, external_ref.as_deref(), id).await?;
    let article = Article::create(id, external_ref, now);
    articles.insert(&article).await?;
    content.slug = if slug_is_free {
        claim_free_slug(articles, content.slug, id).await?
    } else {
        claim_slug(articles, &content.slug, id, false).await?;
        content.slug
    };
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    articles.insert_revision(&revision).await?;
    Ok(Saved { article, revision, edition: None })
}

/// Keeps a new revision of an article, unless it would be the same as the last one.
pub(crate) async fn save<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    article: Article,
    revision: Revision,
    applied: Applied,
    now: Timestamp,
    actor: &str,
) -> WriteResult<Saved> {
    let Applied { content, external_ref, slug_is_free: _ } = applied;
    if content == revision.content && external_ref == article.external_ref {
        return Ok(Saved { article, revision, edition: None });
    }
    let id = article.id;
    check_external_ref(articles, external_ref.as_deref(), id).await?;
    claim_slug(articles, &content.slug, id, false).await?;
    let version = article.version;
    let article = Article { external_ref, ..article.edit(version, now)? };
    let revision =
        Revision { article: id, version: article.version, content, created_at: now, actor: actor.to_owned() };
    articles.update(&article).await?;
    articles.insert_revision(&revision).await?;
    articles.release_slugs(id, &revision.content.slug).await?;
    Ok(Saved { article, revision, edition: None })
}

/// Makes content public, all checks included. `updated_at` is what readers see as the last change.
pub(crate) async fn publish(
    tx: &mut EditionTx,
    taxonomy: &Taxonomy,
    article: Article,
    content: &Content,
    body: &Body,
    now: Timestamp,
    updated_at: Timestamp,
) -> WriteResult<Article> {
    let inline = body.images.iter().map(|image| (image.url.as_str(), image.alt.as_str()));
    WriteError::check(content.publish_problems(now, inline))?;
    let id = article.id;
    let version = article.version;
    let article = article.publish(version, content.published_at, now, tx.edition())?;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body: _,
        hero_image,
        seo,
        authors,
        topics,
        tags,
        aliases,
        published_at: _,
    } = content;
    let tags: Vec<_> = taxonomy.resolve_tags(tags).iter().map(|tag| tag.id).collect();
    let labels: BTreeSet<LabelId> = tags
        .iter()
        .map(|id| LabelId::from(*id))
        .chain(topics.iter().map(|id| LabelId::from(*id)))
        .chain(authors.iter().map(|id| LabelId::from(*id)))
        .collect();
    let publication = Publication {
        key: 0,
        article: id,
        version,
        edition: tx.edition(),
        slug: slug.clone(),
        locale: locale.clone(),
        title: title.clone(),
        deck: deck.clone(),
        excerpt: excerpt.clone().unwrap_or_else(|| render::excerpt(body)),
        hero_image: hero_image.clone(),
        seo: seo.clone(),
        external_ref: article.external_ref.clone(),
        authors: authors.clone(),
        topics: topics.clone(),
        tags,
        aliases: aliases.clone(),
        published_at: article.first_published_at.unwrap_or(now),
        updated_at,
    };
    tx.publish(&publication, body, &labels).await?;
    claim_slug(&tx.articles(), slug, id, true).await?;
    for slug in aliases.iter().filter_map(|alias| alias_slug(alias)) {
        // One that belongs to another article stays with it.
        tx.articles().claim_slug(&slug, id, true).await?;
    }
    tx.articles().update(&article).await?;
    Ok(article)
}

/// The slug that a former address ends in: `/blog/2019/flu-shots/` ends in `flu-shots`.
fn alias_slug(alias: &str) -> Option<Slug> {
    let path = alias.split(['?', '#']).next()?.trim_end_matches('/');
    let last = path.rsplit('/').next()?;
    let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
    Slug::parse(stem).ok()
}

/// The article that a redirect ends at.
async fn redirect_target(tx: &EditionTx, from: ArticleId, slug: &str) -> WriteResult<ArticleId> {
    let shown: String = slug.chars().take(100).collect();
    let target = match Slug::parse(slug) {
        Ok(slug) => tx.publications().find_by_slug(&slug).await?,
        Err(_) => None,
    };
    match target {
        None => {
            let message =
                format!("no published article has the slug `{shown}`: name one, or withdraw as `GONE`");
            Err(UserError::at("redirectTo", UserErrorCode::NotFound, message).into())
        }
        Some(target) if target.article == from => {
            let message = format!("`{shown}` leads to the article that is being withdrawn: name another one");
            Err(UserError::at("redirectTo", UserErrorCode::RedirectLoop, message).into())
        }
        Some(target) => Ok(target.article),
    }
}

async fn check_external_ref<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    external_ref: Option<&str>,
    own: ArticleId,
) -> WriteResult<()> {
    let Some(external_ref) = external_ref else { return Ok(()) };
    match articles.find_by_external_ref(external_ref).await? {
        Some(owner) if owner.id != own => {
            let message =
                format!("the external reference `{external_ref}` belongs to {}: update that one", owner.id);
            Err(UserError::at("input.externalRef", UserErrorCode::Taken, message).into())
        }
        _ => Ok(()),
    }
}

/// Makes a slug an article's own.
async fn claim_slug<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    slug: &Slug,
    own: ArticleId,
    public: bool,
) -> WriteResult<()> {
    if articles.claim_slug(slug, own, public).await? {
        return Ok(());
    }
    Err(match articles.slug_owner(slug).await? {
        Some(owner) => slug_taken("input.slug", slug, owner).into(),
        None => StoreError::Conflict(format!("the slug `{slug}` was taken and freed again")).into(),
    })
}

/// Makes a slug an article's own, or the first numbered one that is free.
async fn claim_free_slug<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    slug: Slug,
    own: ArticleId,
) -> WriteResult<Slug> {
    loop {
        let candidate = free_slug(articles, slug.clone(), own).await?;
        // One that somebody else takes in between is not found free again.
        if articles.claim_slug(&candidate, own, false).await? {
            return Ok(candidate);
        }
    }
}

/// The slug, or the first numbered one that is free.
pub(crate) async fn free_slug<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    slug: Slug,
    own: ArticleId,
) -> WriteResult<Slug> {
    let mut candidate = slug.clone();
    for number in 2..1_000 {
        match articles.slug_owner(&candidate).await? {
            Some(owner) if owner != own => candidate = slug.numbered(number),
            _ => return Ok(candidate),
        }
    }
    Err(slug_taken("input.slug", &slug, "another article, and so do its numbered variants").into())
}
