//! The statements that write publications.

use domain::{ArticleId, EditionNumber, Id};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
};

use super::body::body_row;
use crate::entity::{publication, publication_body};
use crate::write::{Batch, Place};
use crate::{NewPublication, StoreError};

/// Ends the live publication of an article.
pub(crate) fn end_publication(article: ArticleId, edition: EditionNumber) -> UpdateStatement {
    publication::Entity::update_many()
        .set(publication::ActiveModel { until_edition: Set(Some(edition)), ..Default::default() })
        .filter(publication::Column::Article.eq(article.uuid()))
        .filter(publication::Column::UntilEdition.is_null())
        .into_query()
}

/// Inserts a publication and its body. An article has at most one live publication, so this comes after `ended`, which
/// ends the previous one. Returns the key of the publication.
pub(crate) fn insert_publication(
    publication: &NewPublication,
    ended: Option<Place>,
    batch: &mut Batch,
) -> Result<PublicationKey, StoreError> {
    let row = publication::row(publication)?;
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in publication::Column::iter() {
        let Some(value) = row.get(column).into_value() else { continue };
        let mut value = Expr::val(value);
        if let (publication::Column::FromEdition, Some(ended), true) =
            (column, ended, batch.is_one_statement())
        {
            // The parts of one statement have no order, unless one part reads the result of another one.
            value = value.add(Expr::cust(format!("0 * (SELECT count(*) FROM {})", ended.name())));
        }
        columns.push(column);
        values.push(value);
    }
    let mut insert = Query::insert();
    insert.into_table(publication::Entity).columns(columns);
    insert.values(values).map_err(|error| StoreError::Refused(error.to_string()))?;
    let key = if batch.is_one_statement() {
        insert.returning(Query::returning().column(publication::Column::Id));
        PublicationKey::ReturnedBy(batch.push(insert))
    } else {
        batch.push(insert);
        PublicationKey::LiveOf(publication.article)
    };
    let body = body_row(&publication.body)?;
    let (mut columns, mut values) = (vec![publication_body::Column::Publication], vec![key.expression()]);
    for column in publication_body::Column::iter() {
        if let Some(value) = body.get(column).into_value() {
            columns.push(column);
            values.push(Expr::val(value));
        }
    }
    let mut insert = Query::insert();
    insert.into_table(publication_body::Entity).columns(columns);
    insert.values(values).map_err(|error| StoreError::Refused(error.to_string()))?;
    batch.push(insert);
    Ok(key)
}

/// The key of a publication that the same batch inserts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PublicationKey {
    /// The key that this part of the statement returns.
    ReturnedBy(Place),
    /// The key of the live publication of this article, after it was inserted.
    LiveOf(ArticleId),
}

impl PublicationKey {
    pub(crate) fn expression(self) -> Expr {
        match self {
            Self::ReturnedBy(place) => Expr::cust(format!("(SELECT id FROM {})", place.name())),
            Self::LiveOf(article) => {
                let live = Query::select()
                    .column(publication::Column::Id)
                    .from(publication::Entity)
                    .and_where(publication::Column::Article.eq(article.uuid()))
                    .and_where(publication::Column::UntilEdition.is_null())
                    .to_owned();
                Expr::SubQuery(None, Box::new(live.into()))
            }
        }
    }
}
