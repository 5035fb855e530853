//! The slugs of articles: each belongs to one article.

use domain::{ArticleId, Slug, UserError, UserErrorCode};
use persistence::Articles;

use crate::{StoreError, WriteResult};

/// Makes a slug an article's own.
pub(super) async fn claim_slug<C: persistence::Connection>(
    articles: &Articles<'_, C>,
    slug: &Slug,
    own: ArticleId,
    public: bool,
) -> WriteResult<()> {
    if articles.claim_slug(slug, own, public).await? {
        return Ok(());
    }
    Err(match articles.slug_owner(slug).await? {
        Some(owner) => slug_taken(slug, owner).into(),
        None => StoreError::Conflict(format!("the slug `{slug}` was taken and freed again")).into(),
    })
}

/// Makes a slug an article's own, or the first numbered one that is free.
pub(super) async fn claim_free_slug<C: persistence::Connection>(
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
    let message = format!(
        "the slug `{slug}`, which the title makes, belongs to another article, and so do its numbered variants: choose one in `slug`"
    );
    Err(UserError::at("input.slug", UserErrorCode::SlugTaken, message).into())
}

/// A slug that another article has. Both the slug and its owner may be known to nobody but editors.
fn slug_taken(slug: &Slug, owner: ArticleId) -> UserError {
    let message = "the slug belongs to another article: choose another one";
    let in_full = format!("the slug `{slug}` belongs to {owner}: choose another one");
    UserError::at("input.slug", UserErrorCode::SlugTaken, message).in_full(in_full)
}
