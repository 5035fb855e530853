//! Former slugs: slugs of articles that were public under them and are not any more.

use domain::{Article, ArticleId, ArticleState, Id, RedirectTarget, Slug, Span, Timestamp, WithdrawReason};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult, Iterable};

use crate::convert::{self, parsed};
use crate::entity::{article as articles, article_slug, publication};
use crate::repositories::article_from_row;
use crate::{Publications, StoreError};

/// A former slug: an article was public under it, and is not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerSlug {
    /// The slug.
    pub slug: Slug,
    /// Where readers are redirected. `None` if the article is gone.
    pub target: Option<RedirectTarget>,
    /// When the article was withdrawn, if it was.
    pub withdrawn_at: Option<Timestamp>,
    /// A note for readers: why the article was withdrawn.
    pub note: Option<String>,
}

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The former slug, if this slug is one.
    pub async fn former_slug(&self, slug: &Slug) -> Result<Option<FormerSlug>, StoreError> {
        Ok(self.former(Some(slug), None).await?.pop())
    }

    /// A part of all former slugs in alphabetical order, and whether there are more.
    pub async fn former_slugs(&self, span: &Span) -> Result<(Vec<FormerSlug>, bool), StoreError> {
        Ok(convert::cut(self.former(None, Some(span)).await?, span))
    }

    async fn former(&self, slug: Option<&Slug>, span: Option<&Span>) -> Result<Vec<FormerSlug>, StoreError> {
        let (s, a) = (Alias::new("s"), Alias::new("a"));
        let name = || Expr::col((s.clone(), article_slug::Column::Slug));
        let mut query = Query::select();
        query
            .expr_as(name(), Alias::new("former_slug"))
            .columns(articles::Column::iter().map(|column| (a.clone(), column)))
            .from_as(article_slug::Entity, s.clone())
            .join_as(
                JoinType::InnerJoin,
                articles::Entity,
                a.clone(),
                Expr::col((a.clone(), articles::Column::Id))
                    .equals((s.clone(), article_slug::Column::Article)),
            )
            // The partial index is used only if the condition is written like its own, and not with a bound value.
            .and_where(Expr::col((s.clone(), article_slug::Column::Former)));
        if let Some(slug) = slug {
            query.and_where(name().eq(slug.as_str()));
        }
        if let Some(span) = span {
            let text = |cursor: &domain::Cursor| match &cursor.key {
                domain::SortKey::Text(text) => text.clone(),
                _ => String::new(),
            };
            if let Some(after) = &span.after {
                query.and_where(name().gt(text(after)));
            }
            if let Some(before) = &span.before {
                query.and_where(name().lt(text(before)));
            }
            let order = if span.backward { Order::Desc } else { Order::Asc };
            query.order_by((s.clone(), article_slug::Column::Slug), order).limit(span.limit as u64 + 1);
        }
        let rows = self.0.query_all(&query).await?;
        rows.iter()
            .map(|row| {
                let slug: String = row.try_get("", "former_slug")?;
                let found = article_from_row(articles::Model::from_query_result(row, "")?)?;
                Ok(former_slug(parsed(Slug::parse(&slug))?, found))
            })
            .collect()
    }

    /// The owners of these slugs, and whether the slug leads readers to a page. Slugs without an owner are omitted.
    pub async fn known_slugs(&self, slugs: &[Slug]) -> Result<Vec<(Slug, ArticleId, bool)>, StoreError> {
        let (s, a, p, t) = (Alias::new("s"), Alias::new("a"), Alias::new("p"), Alias::new("t"));
        let live = |publication: &Alias, owner: articles::Column| {
            Expr::col((publication.clone(), publication::Column::Article))
                .equals((a.clone(), owner))
                .and(Expr::col((publication.clone(), publication::Column::UntilEdition)).is_null())
        };
        // The slug leads to a page if its article is public or redirects to a page.
        let leads_on = Expr::col((p.clone(), publication::Column::Id))
            .is_not_null()
            .or(Expr::col((t.clone(), publication::Column::Id)).is_not_null())
            .or(Expr::col((a.clone(), articles::Column::RedirectUrl)).is_not_null());
        let mut found = Vec::new();
        for chunk in slugs.chunks(500) {
            let query = Query::select()
                .column((s.clone(), article_slug::Column::Slug))
                .column((s.clone(), article_slug::Column::Article))
                .column((s.clone(), article_slug::Column::Public))
                .expr_as(leads_on.clone(), Alias::new("leads_on"))
                .from_as(article_slug::Entity, s.clone())
                .join_as(
                    JoinType::InnerJoin,
                    articles::Entity,
                    a.clone(),
                    Expr::col((a.clone(), articles::Column::Id))
                        .equals((s.clone(), article_slug::Column::Article)),
                )
                .join_as(JoinType::LeftJoin, publication::Entity, p.clone(), live(&p, articles::Column::Id))
                .join_as(
                    JoinType::LeftJoin,
                    publication::Entity,
                    t.clone(),
                    live(&t, articles::Column::RedirectTo),
                )
                .and_where(
                    Expr::col((s.clone(), article_slug::Column::Slug))
                        .is_in(chunk.iter().map(|slug| slug.as_str())),
                )
                .to_owned();
            for row in self.0.query_all(&query).await? {
                let slug: String = row.try_get("", "slug")?;
                let owner: uuid::Uuid = row.try_get("", "article")?;
                let public: bool = row.try_get("", "public")?;
                let leads_on: bool = row.try_get("", "leads_on")?;
                found.push((parsed(Slug::parse(&slug))?, ArticleId::from_uuid(owner), public && leads_on));
            }
        }
        Ok(found)
    }
}

fn former_slug(slug: Slug, article: Article) -> FormerSlug {
    let (target, withdrawn_at, note) = match article.state {
        ArticleState::Published { .. } => (Some(RedirectTarget::Article(article.id)), None, None),
        ArticleState::Withdrawn { reason, at, note } => {
            let target = match reason {
                WithdrawReason::Gone => None,
                WithdrawReason::Redirect(target) => Some(target),
            };
            (target, Some(at), note)
        }
        ArticleState::Draft => (None, None, None),
    };
    FormerSlug { slug, target, withdrawn_at, note }
}
