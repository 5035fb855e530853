//! The targets of former slugs.

use std::collections::HashMap;

use app::FormerSlug;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, SimpleObject};
use domain::{Cursor, CursorList, PageRequest, RedirectTarget, SortKey};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::reader;
use crate::graphql::types::article::Article;
use crate::graphql::types::paging::{ListCursor, neighbours};
use crate::graphql::types::scalar::{DateTime, Slug};

/// The kind of target of a former slug.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    /// A published article: the same one under its current slug, or one that replaces it.
    Article,
    /// A page at another address.
    Url,
    /// Nothing: the article is gone.
    Gone,
}

/// A former slug of an article, and its target.
#[derive(SimpleObject)]
pub(crate) struct Redirect {
    /// The former slug. For a former address, its last part.
    slug: Slug,
    /// The kind of target.
    kind: RedirectKind,
    /// The HTTP status with which a site should answer: 308 (Permanent Redirect), or 410 (Gone).
    http_status: i32,
    /// The article that readers get instead. Null for other kinds of target.
    article: Option<Article>,
    /// The URL that readers get instead. Null for other kinds of target.
    url: Option<String>,
    /// The time at which the article was withdrawn. Null if only its slug has changed.
    withdrawn_at: Option<DateTime>,
    /// Why the article was withdrawn, as plain text for readers. Null if the editor has left no note.
    note: Option<String>,
}

pub(crate) type RedirectConnection = Connection<ListCursor, Redirect, EmptyFields, EmptyFields>;

/// Resolves `redirect`.
pub(crate) async fn redirect(
    ctx: &Context<'_>,
    slug: Option<&str>,
    path: Option<&str>,
) -> Result<Option<Redirect>, ApiError> {
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Articles);
    let found = match (slug, path) {
        (Some(slug), None) => reader.view.redirect(slug).await?,
        (None, Some(path)) => reader.view.redirect_of_address(path).await?,
        (None, None) => {
            return Err(ApiError::argument("path", "`path` is missing: send it, or send `slug`"));
        }
        (Some(_), Some(_)) => {
            return Err(ApiError::argument("path", "send either `slug` or `path`, and not both"));
        }
    };
    Ok(with_articles(ctx, found.into_iter().collect()).await?.pop())
}

/// Resolves `redirects`.
pub(crate) async fn redirects(
    ctx: &Context<'_>,
    request: &PageRequest,
) -> Result<RedirectConnection, ApiError> {
    let span = request.span(CursorList::Redirects)?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Articles);
    let (found, more) = reader.view.redirects(&span).await?;
    let (before, after) = neighbours(&span, more);
    let mut connection = Connection::new(before, after);
    connection.edges = with_articles(ctx, found)
        .await?
        .into_iter()
        .map(|redirect| {
            let (key, id) = (SortKey::Text(redirect.slug.0.clone()), uuid::Uuid::nil());
            Edge::new(ListCursor(Cursor { list: CursorList::Redirects, key, id }), redirect)
        })
        .collect();
    Ok(connection)
}

async fn with_articles(ctx: &Context<'_>, found: Vec<FormerSlug>) -> Result<Vec<Redirect>, ApiError> {
    let reader = reader(ctx).await?;
    let ids: Vec<_> = found
        .iter()
        .filter_map(|former| match former.target {
            Some(RedirectTarget::Article(id)) => Some(id),
            _ => None,
        })
        .collect();
    let publications = reader.view.articles(&ids).await?;
    let names: Vec<_> = publications.iter().map(|publication| publication.article).collect();
    let articles: HashMap<_, _> = names.into_iter().zip(Article::all(publications, &reader)).collect();
    Ok(found
        .into_iter()
        .map(|FormerSlug { slug, target, withdrawn_at, note }| {
            let (article, url) = match target {
                Some(RedirectTarget::Article(id)) => (articles.get(&id).cloned(), None),
                Some(RedirectTarget::Url(url)) => (None, Some(url)),
                None => (None, None),
            };
            let kind = match (&article, &url) {
                (Some(_), _) => RedirectKind::Article,
                (None, Some(_)) => RedirectKind::Url,
                // The target may have been withdrawn since.
                (None, None) => RedirectKind::Gone,
            };
            Redirect {
                slug: (&slug).into(),
                kind,
                http_status: if kind == RedirectKind::Gone { 410 } else { 308 },
                article,
                url,
                withdrawn_at: withdrawn_at.map(DateTime::from),
                note,
            }
        })
        .collect())
}
