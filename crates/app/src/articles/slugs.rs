//! The slugs of articles: each belongs to one article.

use domain::{ArticleId, Slug, UserError, UserErrorCode};
use persistence::Attempt;

use crate::WriteResult;

/// Checks that no other article has the slug.
pub(crate) async fn check_slug(attempt: &Attempt, slug: &Slug, own: ArticleId) -> WriteResult<()> {
    match attempt.other_owner_of(slug, own).await? {
        Some(owner) => Err(slug_taken(slug, owner).into()),
        None => Ok(()),
    }
}

/// Returns the slug, or the first numbered variant that no other article has.
pub(crate) async fn free_slug(attempt: &Attempt, slug: Slug, own: ArticleId) -> WriteResult<Slug> {
    let mut candidate = slug.clone();
    for number in 2..1_000 {
        match attempt.slug_owner(&candidate).await? {
            Some(owner) if owner != own => candidate = slug.numbered(number),
            _ => return Ok(candidate),
        }
    }
    let message = format!(
        "the slug `{slug}`, which is made from the title, belongs to another article, and so do its numbered variants: choose one in `slug`"
    );
    Err(UserError::at("slug", UserErrorCode::SlugTaken, message).into())
}

/// The error for a slug that another article has. Perhaps only editors may know the slug and its owner, so only the full
/// message names them.
fn slug_taken(slug: &Slug, owner: ArticleId) -> UserError {
    let message = "the slug belongs to another article: choose another one";
    let in_full = format!("the slug `{slug}` belongs to {owner}: choose another one");
    UserError::at("slug", UserErrorCode::SlugTaken, message).in_full(in_full)
}
