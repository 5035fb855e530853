//! The bodies of publications.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::{Body, BodyForms, EditionId, Heading, InlineImage};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::entity::publication_body;
use crate::{Publications, StoreError, convert, editions};

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The bodies of these publications, by [`Publication::key`](domain::Publication::key). Only these forms are read,
    /// and the others are empty.
    pub async fn bodies(&self, keys: &[i64], forms: BodyForms) -> Result<HashMap<i64, Body>, StoreError> {
        self.bodies_where(keys, forms, Condition::all()).await
    }

    /// The bodies of publications that were read in this edition. Publications are immutable, but after a restore the
    /// same keys may belong to other ones. Therefore this returns [`StoreError::EditionChanged`] if the database does
    /// not have the edition any more.
    pub async fn bodies_seen_in(
        &self,
        edition: EditionId,
        keys: &[i64],
        forms: BodyForms,
    ) -> Result<HashMap<i64, Body>, StoreError> {
        let bodies = self.bodies_where(keys, forms, editions::exists_condition(edition)).await?;
        if keys.iter().all(|key| bodies.contains_key(key)) {
            Ok(bodies)
        } else {
            Err(StoreError::EditionChanged)
        }
    }

    async fn bodies_where(
        &self,
        keys: &[i64],
        forms: BodyForms,
        condition: Condition,
    ) -> Result<HashMap<i64, Body>, StoreError> {
        use publication_body::Column as C;
        let mut query = publication_body::Entity::find().select_only().columns([
            C::Publication,
            C::WordCount,
            C::ReadingTimeMinutes,
        ]);
        for (form, column) in FORMS {
            let empty = if matches!(column, C::Outline | C::Images) { "'[]'" } else { "''" };
            query = match forms.contains(form) {
                true => query.column(column),
                false => query.column_as(Expr::cust(empty), sea_orm::IdenStatic::as_str(&column)),
            };
        }
        query
            .filter(C::Publication.is_in(keys.iter().copied()))
            .filter(condition)
            .all(self.0)
            .await?
            .into_iter()
            .map(|row| Ok((row.publication, body_from_row(row)?)))
            .collect()
    }

    /// The length in bytes of each form of these bodies, in the order of [`BodyForms::EACH`]. The bodies are not read.
    pub async fn body_lengths(&self, keys: &[i64]) -> Result<HashMap<i64, [u64; 5]>, StoreError> {
        let mut query = Query::select();
        query
            .column(publication_body::Column::Publication)
            .from(publication_body::Entity)
            .and_where(Expr::col(publication_body::Column::Publication).is_in(keys.iter().copied()));
        for (_, column) in FORMS {
            let name = sea_orm::IdenStatic::as_str(&column);
            query.expr(Expr::cust(format!("CAST(octet_length({name}) AS BIGINT)")));
        }
        let rows = self.0.query_all(&query).await?;
        let lengths = rows.iter().map(|row| {
            let mut lengths = [0; 5];
            for (place, length) in lengths.iter_mut().enumerate() {
                *length = row.try_get_by_index::<i64>(1 + place)?.unsigned_abs();
            }
            Ok((row.try_get_by_index(0)?, lengths))
        });
        lengths.collect()
    }
}

/// The columns of the forms, in the order of [`BodyForms::EACH`].
const FORMS: [(BodyForms, publication_body::Column); 5] = [
    (BodyForms::MARKDOWN, publication_body::Column::Markdown),
    (BodyForms::HTML, publication_body::Column::Html),
    (BodyForms::TEXT, publication_body::Column::Text),
    (BodyForms::OUTLINE, publication_body::Column::Outline),
    (BodyForms::IMAGES, publication_body::Column::Images),
];

/// A heading in the column `outline`.
#[derive(Serialize, Deserialize)]
struct HeadingJson<'a> {
    level: u8,
    id: Cow<'a, str>,
    text: Cow<'a, str>,
}

/// A picture in the column `images`.
#[derive(Serialize, Deserialize)]
struct ImageJson<'a> {
    url: Cow<'a, str>,
    alt: Cow<'a, str>,
    title: Option<Cow<'a, str>>,
}

fn body_from_row(row: publication_body::Model) -> Result<Body, StoreError> {
    let publication_body::Model {
        publication: _,
        markdown,
        html,
        text,
        outline,
        images,
        word_count,
        reading_time_minutes,
    } = row;
    let outline: Vec<HeadingJson<'_>> = convert::from_json(&outline)?;
    let images: Vec<ImageJson<'_>> = convert::from_json(&images)?;
    Ok(Body {
        markdown,
        html,
        text,
        outline: outline
            .into_iter()
            .map(|HeadingJson { level, id, text }| Heading {
                level,
                id: id.into_owned(),
                text: text.into_owned(),
            })
            .collect(),
        images: images
            .into_iter()
            .map(|ImageJson { url, alt, title }| InlineImage {
                url: url.into_owned(),
                alt: alt.into_owned(),
                title: title.map(Cow::into_owned),
            })
            .collect(),
        word_count,
        reading_time_minutes,
    })
}

/// The row of a body, without the key of its publication.
pub(super) fn body_row(body: &Body) -> Result<publication_body::ActiveModel, StoreError> {
    let Body { markdown, html, text, outline, images, word_count, reading_time_minutes } = body;
    let outline: Vec<_> = outline
        .iter()
        .map(|Heading { level, id, text }| HeadingJson { level: *level, id: id.into(), text: text.into() })
        .collect();
    let images: Vec<_> = images
        .iter()
        .map(|InlineImage { url, alt, title }| ImageJson {
            url: url.into(),
            alt: alt.into(),
            title: title.as_ref().map(Into::into),
        })
        .collect();
    Ok(publication_body::ActiveModel {
        publication: NotSet,
        markdown: Set(markdown.clone()),
        html: Set(html.clone()),
        text: Set(text.clone()),
        outline: Set(convert::json(&outline)?),
        images: Set(convert::json(&images)?),
        word_count: Set(*word_count),
        reading_time_minutes: Set(*reading_time_minutes),
    })
}
