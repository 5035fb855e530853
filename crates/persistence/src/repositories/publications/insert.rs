//! The statements that write publications.

use domain::{ArticleId, Content, EditionNumber, Id, Seo, title_key};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait,
};

use super::body::body_row;
use crate::convert::{self, HeroColumns, id_bytes, micros};
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
    let row = row(publication)?;
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

fn row(publication: &NewPublication) -> Result<publication::ActiveModel, StoreError> {
    let NewPublication {
        article,
        version,
        edition,
        content,
        excerpt,
        body: _,
        external_ref,
        published_at,
        updated_at,
        replaces: _,
    } = publication;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt: _,
        body: _,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at: _,
    } = content;
    let hero = HeroColumns::from(hero_image.clone());
    Ok(publication::ActiveModel {
        id: NotSet,
        article: Set(article.uuid()),
        version: Set(*version),
        from_edition: Set(*edition),
        until_edition: Set(None),
        slug: Set(slug.to_string()),
        locale: Set(locale.to_string()),
        title_key: Set(title_key(title)),
        title: Set(title.clone()),
        deck: Set(deck.clone()),
        excerpt: Set(excerpt.clone()),
        hero_url: Set(hero.url),
        hero_alt: Set(hero.alt),
        hero_caption: Set(hero.caption),
        hero_credit: Set(hero.credit),
        hero_width: Set(hero.width),
        hero_height: Set(hero.height),
        seo_title: Set(seo_title.clone()),
        seo_description: Set(seo_description.clone()),
        external_ref: Set(external_ref.clone()),
        authors: Set(id_bytes(authors)),
        topics: Set(id_bytes(topics)),
        tags: Set(id_bytes(tags)),
        aliases: Set(convert::json(aliases)?),
        published_at: Set(micros(*published_at)),
        updated_at: Set(micros(*updated_at)),
    })
}
