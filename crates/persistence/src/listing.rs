//! The listing: live articles by label and date; and how many there are of each label and each day. Derived from the
//! live publications, and kept in step with them in the same transaction.

use std::collections::BTreeSet;

use domain::{ArticleId, Body, Change, Id, LabelId, Publication, Subject, TagId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait, Statement,
};

use crate::batch::Batch;
use crate::convert::micros;
use crate::entity::{day_count, label_count, listing};
use crate::sizes::day;
use crate::{EditionTx, StoreError};

impl EditionTx {
    /// Makes a publication live in this edition, in place of the article's last one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn publish(&mut self, publication: &Publication, body: &Body) -> Result<(), StoreError> {
        self.flush().await?;
        let article = publication.article;
        if let Some(dated) = self.publications().end(article, self.edition()).await? {
            self.listing().remove(article, dated).await?;
        }
        let mut batch = Batch::default();
        let key = self.publications().insert(publication, body, &mut batch).await?;
        add(publication, key, &publication.labels().collect(), &mut batch);
        self.later(batch);
        self.record(Change::upserted(Subject::Article(article)));
        Ok(())
    }

    /// Takes an article from the public in this edition.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn withdraw(&mut self, article: ArticleId) -> Result<(), StoreError> {
        self.flush().await?;
        if let Some(dated) = self.publications().end(article, self.edition()).await? {
            self.listing().remove(article, dated).await?;
        }
        self.record(Change::removed(Subject::Article(article)));
        Ok(())
    }

    /// Lists under `target` whatever is listed under `source`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn relabel(&mut self, source: TagId, target: TagId) -> Result<(), StoreError> {
        self.flush().await?;
        self.listing().relabel(source.into(), target.into()).await
    }
}

/// Lists a publication under its labels, and counts it.
pub(crate) fn add(publication: &Publication, key: i64, labels: &BTreeSet<LabelId>, batch: &mut Batch) {
    let count = day_count::ActiveModel { day: Set(day(micros(publication.published_at))), articles: Set(1) };
    let one_more = Expr::col((day_count::Entity, day_count::Column::Articles)).add(1);
    let count = day_count::Entity::insert(count).on_conflict(
        OnConflict::column(day_count::Column::Day).value(day_count::Column::Articles, one_more).to_owned(),
    );
    batch.push(count.into_query());
    if labels.is_empty() {
        return;
    }
    let rows = labels.iter().map(|label| listing::ActiveModel {
        label: Set(label.0),
        published_at: Set(micros(publication.published_at)),
        article: Set(publication.article.uuid()),
        publication: Set(key),
    });
    batch.push(listing::Entity::insert_many(rows).into_query());
    let counts =
        labels.iter().map(|label| label_count::ActiveModel { label: Set(label.0), articles: Set(1) });
    let one_more = Expr::col((label_count::Entity, label_count::Column::Articles)).add(1);
    let counts = label_count::Entity::insert_many(counts).on_conflict(
        OnConflict::column(label_count::Column::Label)
            .value(label_count::Column::Articles, one_more)
            .to_owned(),
    );
    batch.push(counts.into_query());
}

/// The rows of the listing.
pub(crate) struct Listing<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Listing<'_, C> {
    /// Takes an article off the listing, and off the counts; `dated` is the date of its publication.
    async fn remove(&self, article: ArticleId, dated: i64) -> Result<(), StoreError> {
        day_count::Entity::update_many()
            .col_expr(day_count::Column::Articles, Expr::col(day_count::Column::Articles).sub(1))
            .filter(day_count::Column::Day.eq(day(dated)))
            .exec(self.0)
            .await?;
        let labels: Vec<uuid::Uuid> = listing::Entity::find()
            .select_only()
            .column(listing::Column::Label)
            .filter(listing::Column::Article.eq(article.uuid()))
            .into_tuple()
            .all(self.0)
            .await?;
        if labels.is_empty() {
            return Ok(());
        }
        listing::Entity::delete_many()
            .filter(listing::Column::Article.eq(article.uuid()))
            .exec(self.0)
            .await?;
        label_count::Entity::update_many()
            .col_expr(label_count::Column::Articles, Expr::col(label_count::Column::Articles).sub(1))
            .filter(label_count::Column::Label.is_in(labels))
            .exec(self.0)
            .await?;
        Ok(())
    }

    async fn relabel(&self, source: LabelId, target: LabelId) -> Result<(), StoreError> {
        let backend = self.0.get_database_backend();
        self.0
            .execute_raw(Statement::from_sql_and_values(
                backend,
                "INSERT INTO listing (label, published_at, article, publication) \
                 SELECT $1, l.published_at, l.article, l.publication FROM listing l WHERE l.label = $2 \
                 AND NOT EXISTS (SELECT 1 FROM listing x \
                 WHERE x.label = $1 AND x.published_at = l.published_at AND x.article = l.article)",
                [target.0.into(), source.0.into()],
            ))
            .await?;
        listing::Entity::delete_many().filter(listing::Column::Label.eq(source.0)).exec(self.0).await?;
        #[derive(FromQueryResult)]
        struct Count {
            articles: i64,
        }
        let count = listing::Entity::find()
            .select_only()
            .column_as(listing::Column::Article.count(), "articles")
            .filter(listing::Column::Label.eq(target.0))
            .into_model::<Count>()
            .one(self.0)
            .await?;
        label_count::Entity::delete_many()
            .filter(label_count::Column::Label.is_in([source.0, target.0]))
            .exec(self.0)
            .await?;
        label_count::Entity::insert(label_count::ActiveModel {
            label: Set(target.0),
            articles: Set(count.map_or(0, |count| count.articles)),
        })
        .exec_without_returning(self.0)
        .await?;
        Ok(())
    }
}
