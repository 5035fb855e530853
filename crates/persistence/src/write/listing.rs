//! The statements that update the listing, and the number of articles of each label and each day. The listing contains
//! the live articles by label and date. Both are derived from the live publications, and are updated in the same
//! write.
//!
//! A write uses the functions in the order of this file. All but the last ones come before the statements that end a
//! publication and insert the next one. Each statement has the same effect whether it sees the changes of earlier ones
//! or not.

use std::collections::BTreeSet;

use domain::{ArticleId, Id, LabelId};
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use crate::convert::micros;
use crate::cost::{DAY, day};
use crate::entity::{day_count, label_count, listing, publication};
use crate::repositories::PublicationKey;
use crate::write::Batch;
use crate::{NewPublication, StoreError};

/// Counts an article that becomes public and was not public before.
pub(super) fn count_new(publication: &NewPublication, batch: &mut Batch) {
    let row = day_count::ActiveModel { day: Set(day_of(publication)), articles: Set(1) };
    batch.push(increment_day(day_count::Entity::insert(row).into_query()));
    let labels = labels(publication);
    if labels.is_empty() {
        return;
    }
    let rows = labels.iter().map(|label| label_count::ActiveModel { label: Set(label.0), articles: Set(1) });
    batch.push(increment_label(label_count::Entity::insert_many(rows).into_query()));
}

/// Removes a public article from the listing where its next publication does not belong, and updates the counts.
pub(super) fn remove_outdated(publication: &NewPublication, batch: &mut Batch) {
    let (article, labels, new_day) = (publication.article, labels(publication), day_of(publication));
    let ids = || labels.iter().map(|label| label.0);

    let old_day = || Expr::SubQuery(None, Box::new(day_of_live(article).into()));
    let decremented = Expr::col(day_count::Column::Articles).sub(1);
    let old = day_count::Entity::update_many()
        .col_expr(day_count::Column::Articles, decremented)
        .filter(Expr::col(day_count::Column::Day).eq(old_day()))
        .filter(day_count::Column::Day.ne(new_day));
    batch.push(old.into_query());
    let new = Query::select()
        .expr(Expr::val(new_day))
        .expr(Expr::cust("1"))
        .and_where(old_day().ne(Expr::val(new_day)))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(day_count::Entity).columns([day_count::Column::Day, day_count::Column::Articles]);
    if insert.select_from(new).is_ok() {
        batch.push(increment_day(insert));
    }

    let left = listed_labels(article).and_where(listing::Column::Label.is_not_in(ids())).to_owned();
    let decremented = Expr::col(label_count::Column::Articles).sub(1);
    let counts = label_count::Entity::update_many()
        .col_expr(label_count::Column::Articles, decremented)
        .filter(label_count::Column::Label.in_subquery(left));
    batch.push(counts.into_query());
    if !labels.is_empty() {
        // Both databases use this name for the column.
        let label = || Expr::cust("column1");
        let new = Query::select()
            .exprs([label(), Expr::cust("1")])
            .from_values(ids(), "labels")
            .and_where(label().not_in_subquery(listed_labels(article)))
            .to_owned();
        let mut insert = Query::insert();
        insert
            .into_table(label_count::Entity)
            .columns([label_count::Column::Label, label_count::Column::Articles]);
        if insert.select_from(new).is_ok() {
            batch.push(increment_label(insert));
        }
    }

    let is_listed = listing::Column::Label
        .is_in(ids())
        .and(listing::Column::PublishedAt.eq(micros(publication.published_at)));
    let others = listing::Entity::delete_many()
        .filter(listing::Column::Article.eq(article.uuid()))
        .filter(is_listed.not());
    batch.push(others.into_query());
}

/// Removes an article that is not public any more from the listing and the counts.
pub(super) fn remove_article(article: ArticleId, batch: &mut Batch) {
    let old_day = Expr::SubQuery(None, Box::new(day_of_live(article).into()));
    let decremented = Expr::col(day_count::Column::Articles).sub(1);
    let days = day_count::Entity::update_many()
        .col_expr(day_count::Column::Articles, decremented)
        .filter(Expr::col(day_count::Column::Day).eq(old_day));
    batch.push(days.into_query());
    let decremented = Expr::col(label_count::Column::Articles).sub(1);
    let counts = label_count::Entity::update_many()
        .col_expr(label_count::Column::Articles, decremented)
        .filter(label_count::Column::Label.in_subquery(listed_labels(article)));
    batch.push(counts.into_query());
    let rows = listing::Entity::delete_many().filter(listing::Column::Article.eq(article.uuid()));
    batch.push(rows.into_query());
}

/// Adds a publication to the listing under its labels.
pub(super) fn add(publication: &NewPublication, key: PublicationKey, batch: &mut Batch) {
    use listing::Column as C;
    let labels = labels(publication);
    if labels.is_empty() {
        return;
    }
    let mut insert = Query::insert();
    insert.into_table(listing::Entity).columns([C::Label, C::PublishedAt, C::Article, C::Publication]);
    for label in labels {
        let published_at = Expr::val(micros(publication.published_at));
        let article = Expr::val(publication.article.uuid());
        // This cannot fail, because there are as many values as columns.
        _ = insert.values([Expr::val(label.0), published_at, article, key.expression()]);
    }
    let conflict =
        OnConflict::columns([C::Label, C::PublishedAt, C::Article]).update_column(C::Publication).to_owned();
    batch.push(insert.on_conflict(conflict).to_owned());
}

/// Moves all rows of the label `source` to the label `target`.
pub(super) fn merge_labels(source: LabelId, target: LabelId, batch: &mut Batch) -> Result<(), StoreError> {
    use listing::Column as C;
    let refused = |error: sea_orm::sea_query::error::Error| StoreError::Refused(error.to_string());
    // An article with both labels is counted once.
    let articles = Query::select()
        .expr(Expr::val(target.0))
        .expr(Expr::col(C::Article).count_distinct())
        .from(listing::Entity)
        .and_where(C::Label.is_in([source.0, target.0]))
        .to_owned();
    let mut counts = Query::insert();
    counts
        .into_table(label_count::Entity)
        .columns([label_count::Column::Label, label_count::Column::Articles])
        .select_from(articles)
        .map_err(refused)?;
    let conflict = OnConflict::column(label_count::Column::Label)
        .update_column(label_count::Column::Articles)
        .to_owned();
    batch.push(counts.on_conflict(conflict).to_owned());
    let old = label_count::Entity::delete_many().filter(label_count::Column::Label.eq(source.0));
    batch.push(old.into_query());
    let rows = Query::select()
        .expr(Expr::val(target.0))
        .columns([C::PublishedAt, C::Article, C::Publication])
        .from(listing::Entity)
        .and_where(C::Label.eq(source.0))
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(listing::Entity)
        .columns([C::Label, C::PublishedAt, C::Article, C::Publication])
        .select_from(rows)
        .map_err(refused)?;
    let conflict = OnConflict::columns([C::Label, C::PublishedAt, C::Article]).do_nothing().to_owned();
    batch.push(insert.on_conflict(conflict).to_owned());
    batch.push(listing::Entity::delete_many().filter(C::Label.eq(source.0)).into_query());
    Ok(())
}

fn labels(publication: &NewPublication) -> BTreeSet<LabelId> {
    publication.content.labels().collect()
}

fn day_of(publication: &NewPublication) -> i64 {
    day(micros(publication.published_at))
}

/// The day of the live publication of an article. The division rounds down, also before 1970.
fn day_of_live(article: ArticleId) -> SelectStatement {
    let day = format!("(published_at - ((published_at % {DAY}) + {DAY}) % {DAY}) / {DAY}");
    Query::select()
        .expr(Expr::cust(day))
        .from(publication::Entity)
        .and_where(publication::Column::Article.eq(article.uuid()))
        .and_where(publication::Column::UntilEdition.is_null())
        .to_owned()
}

/// Selects the labels of an article in the listing.
fn listed_labels(article: ArticleId) -> SelectStatement {
    Query::select()
        .column(listing::Column::Label)
        .from(listing::Entity)
        .and_where(listing::Column::Article.eq(article.uuid()))
        .to_owned()
}

fn increment_day(mut insert: InsertStatement) -> InsertStatement {
    let incremented = Expr::col((day_count::Entity, day_count::Column::Articles)).add(1);
    let conflict =
        OnConflict::column(day_count::Column::Day).value(day_count::Column::Articles, incremented).to_owned();
    insert.on_conflict(conflict).to_owned()
}

fn increment_label(mut insert: InsertStatement) -> InsertStatement {
    let incremented = Expr::col((label_count::Entity, label_count::Column::Articles)).add(1);
    let conflict = OnConflict::column(label_count::Column::Label)
        .value(label_count::Column::Articles, incremented)
        .to_owned();
    insert.on_conflict(conflict).to_owned()
}
