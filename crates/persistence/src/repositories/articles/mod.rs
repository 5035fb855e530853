//! Articles as editors see them.

mod desk;
mod imported;
mod revisions;
mod row;
mod slugs;

use domain::{Article, ArticleId, Id, OverduePolicy, Slug, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use imported::ImportedArticle;
pub(crate) use revisions::{delete_content, insert_revision};
pub(crate) use row::{article_from_row, delete_article, insert_article, update_article};
pub(crate) use slugs::{SlugUse, claim_slug, mark_former_slugs, move_redirects, release_slugs};

use crate::StoreError;
use crate::convert::{instant, micros};
use crate::entity::{article, article_slug};

/// Articles as editors see them.
#[derive(Debug)]
pub struct Articles<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Articles<'_, C> {
    /// The article with this id.
    pub async fn find(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        article::Entity::find_by_id(id.uuid()).one(self.0).await?.map(article_from_row).transpose()
    }

    /// The articles with these ids, in no particular order.
    pub async fn find_all(&self, ids: &[ArticleId]) -> Result<Vec<Article>, StoreError> {
        let query = article::Entity::find().filter(article::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        query.all(self.0).await?.into_iter().map(article_from_row).collect()
    }

    /// The article with this name in another system.
    pub async fn find_by_external_ref(&self, external_ref: &str) -> Result<Option<Article>, StoreError> {
        let query = article::Entity::find().filter(article::Column::ExternalRef.eq(external_ref));
        query.one(self.0).await?.map(article_from_row).transpose()
    }

    /// The article that owns this slug.
    pub async fn slug_owner(&self, slug: &Slug) -> Result<Option<ArticleId>, StoreError> {
        let found = article_slug::Entity::find_by_id(slug.as_str()).one(self.0).await?;
        Ok(found.map(|row| ArticleId::from_uuid(row.article)))
    }

    /// The articles with a deadline at `now` or before, the earliest first, at most `limit` of them.
    pub async fn due(
        &self,
        now: Timestamp,
        overdue: OverduePolicy,
        limit: u64,
    ) -> Result<Vec<ArticleId>, StoreError> {
        let now = micros(now);
        let mut found = Vec::new();
        for (column, live) in Self::deadlines(overdue) {
            let mut query = article::Entity::find()
                .select_only()
                .column(article::Column::Id)
                .column(column)
                .filter(column.lte(now));
            if live {
                query = query.filter(article::Column::State.eq("PUBLISHED"));
            }
            let rows: Vec<(uuid::Uuid, Option<i64>)> =
                query.order_by_asc(column).limit(limit).into_tuple().all(self.0).await?;
            found.extend(rows.into_iter().map(|(id, at)| (at, ArticleId::from_uuid(id))));
        }
        found.sort_unstable();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// The next deadline.
    pub async fn next_due(&self, overdue: OverduePolicy) -> Result<NextDue, StoreError> {
        let (mut next, mut end): (Option<i64>, Option<i64>) = (None, None);
        for (column, live) in Self::deadlines(overdue) {
            let mut query = article::Entity::find().select_only().column(column).filter(column.is_not_null());
            if live {
                query = query.filter(article::Column::State.eq("PUBLISHED"));
            }
            let first: Option<i64> = query.order_by_asc(column).into_tuple().one(self.0).await?;
            next = next.into_iter().chain(first).min();
            if live {
                end = end.into_iter().chain(first).min();
            }
        }
        Ok(NextDue { any: next.map(instant).transpose()?, end: end.map(instant).transpose()? })
    }

    /// The columns of the deadlines, and whether a deadline applies only to public articles.
    fn deadlines(overdue: OverduePolicy) -> impl Iterator<Item = (article::Column, bool)> {
        let withdraw = overdue == OverduePolicy::Withdraw;
        [(article::Column::ScheduleAt, false), (article::Column::ExpiresAt, true)]
            .into_iter()
            .chain(withdraw.then_some((article::Column::ReviewDueAt, true)))
    }
}

/// The next deadline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NextDue {
    /// Of any kind.
    pub any: Option<Timestamp>,
    /// The end of a public article.
    pub end: Option<Timestamp>,
}
