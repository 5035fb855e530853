//! Revisions: all saved versions of working copies.

use std::collections::{BTreeSet, HashMap};

use domain::{ArticleId, Id, LabelId, Revision, Span, Version};
use sea_orm::sea_query::{DeleteStatement, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::convert;
use crate::entity::revision::{revision_from_row, revision_row};
use crate::entity::{article_slug, preview, revision, working_label};
use crate::write::Batch;
use crate::{Articles, StoreError};

impl<C: ConnectionTrait> Articles<'_, C> {
    /// The revision with this version.
    pub async fn revision(&self, id: ArticleId, version: Version) -> Result<Option<Revision>, StoreError> {
        revision::Entity::find_by_id((id.uuid(), version))
            .one(self.0)
            .await?
            .map(revision_from_row)
            .transpose()
    }

    /// The working copies of these articles, by article.
    pub async fn working_copies(
        &self,
        articles: &[(ArticleId, Version)],
    ) -> Result<HashMap<ArticleId, Revision>, StoreError> {
        let mut found = HashMap::with_capacity(articles.len());
        for chunk in articles.chunks(100) {
            let wanted = chunk.iter().fold(Condition::any(), |any, (id, version)| {
                any.add(revision::Column::Article.eq(id.uuid()).and(revision::Column::Version.eq(*version)))
            });
            for row in revision::Entity::find().filter(wanted).all(self.0).await? {
                let revision = revision_from_row(row)?;
                found.insert(revision.article, revision);
            }
        }
        Ok(found)
    }

    /// A part of the revisions of an article, the newest first, and whether there are more. Cursors contain versions.
    pub async fn revisions(&self, id: ArticleId, span: &Span) -> Result<(Vec<Revision>, bool), StoreError> {
        let mut query = revision::Entity::find().filter(revision::Column::Article.eq(id.uuid()));
        if let Some(after) = &span.after {
            query = query.filter(revision::Column::Version.lt(convert::number(after)));
        }
        if let Some(before) = &span.before {
            query = query.filter(revision::Column::Version.gt(convert::number(before)));
        }
        query = match span.backward {
            false => query.order_by_desc(revision::Column::Version),
            true => query.order_by_asc(revision::Column::Version),
        };
        let rows = query.limit(span.limit as u64 + 1).all(self.0).await?;
        let rows = rows.into_iter().map(revision_from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(convert::cut(rows, span))
    }

    /// The actors who have saved revisions after this version.
    pub async fn writers_since(
        &self,
        id: ArticleId,
        version: Version,
    ) -> Result<BTreeSet<String>, StoreError> {
        let actors: Vec<String> = revision::Entity::find()
            .select_only()
            .column(revision::Column::Actor)
            .distinct()
            .filter(revision::Column::Article.eq(id.uuid()))
            .filter(revision::Column::Version.gt(version))
            .into_tuple()
            .all(self.0)
            .await?;
        Ok(actors.into_iter().collect())
    }

    /// The actors who have saved revisions of these articles, each after the version that is given with it.
    pub async fn writers_of(
        &self,
        articles: &[(ArticleId, Version)],
    ) -> Result<HashMap<ArticleId, BTreeSet<String>>, StoreError> {
        if articles.is_empty() {
            return Ok(HashMap::new());
        }
        let since = articles.iter().fold(Condition::any(), |any, (id, version)| {
            let own = revision::Column::Article.eq(id.uuid());
            any.add(own.and(revision::Column::Version.gt(*version)))
        });
        let rows: Vec<(Uuid, String)> = revision::Entity::find()
            .select_only()
            .columns([revision::Column::Article, revision::Column::Actor])
            .distinct()
            .filter(since)
            .into_tuple()
            .all(self.0)
            .await?;
        let mut writers: HashMap<_, BTreeSet<_>> = HashMap::new();
        for (article, actor) in rows {
            writers.entry(ArticleId::from_uuid(article)).or_default().insert(actor);
        }
        Ok(writers)
    }
}

/// Inserts a revision, and updates the labels of the working copy.
pub(crate) fn insert_revision(revision: &Revision, batch: &mut Batch) -> Result<(), StoreError> {
    batch.push(revision::Entity::insert(revision_row(revision)?).into_query());
    let labels: BTreeSet<LabelId> = revision.content.labels().collect();
    let article = revision.article.uuid();
    if revision.version > 1 {
        let others = working_label::Entity::delete_many()
            .filter(working_label::Column::Article.eq(article))
            .filter(working_label::Column::Label.is_not_in(labels.iter().map(|label| label.0)));
        batch.push(others.into_query());
    }
    if !labels.is_empty() {
        let rows = labels
            .into_iter()
            .map(|label| working_label::ActiveModel { label: Set(label.0), article: Set(article) });
        let mut rows = working_label::Entity::insert_many(rows).into_query();
        let known = [working_label::Column::Label, working_label::Column::Article];
        rows.on_conflict(OnConflict::columns(known).do_nothing().to_owned());
        batch.push(rows);
    }
    Ok(())
}

/// Deletes everything of an article except its own row.
pub(crate) fn delete_content(id: ArticleId) -> [DeleteStatement; 4] {
    let id = id.uuid();
    [
        working_label::Entity::delete_many().filter(working_label::Column::Article.eq(id)).into_query(),
        preview::Entity::delete_many().filter(preview::Column::Article.eq(id)).into_query(),
        article_slug::Entity::delete_many().filter(article_slug::Column::Article.eq(id)).into_query(),
        revision::Entity::delete_many().filter(revision::Column::Article.eq(id)).into_query(),
    ]
}
