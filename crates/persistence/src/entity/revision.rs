//! Table `revision`, and the conversions of its rows to domain values and back.

use domain::{ArticleId, Content, Id, Revision, Seo, Slug};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use crate::StoreError;
use crate::convert::{self, HeroColumns, id_bytes, ids, instant, micros, parsed};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) article: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i32,
    pub(crate) slug: String,
    pub(crate) locale: String,
    pub(crate) title: String,
    pub(crate) deck: Option<String>,
    pub(crate) excerpt: Option<String>,
    pub(crate) body: String,
    pub(crate) hero_url: Option<String>,
    pub(crate) hero_alt: Option<String>,
    pub(crate) hero_caption: Option<String>,
    pub(crate) hero_credit: Option<String>,
    pub(crate) hero_width: Option<i64>,
    pub(crate) hero_height: Option<i64>,
    pub(crate) seo_title: Option<String>,
    pub(crate) seo_description: Option<String>,
    pub(crate) authors: Vec<u8>,
    pub(crate) topics: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    pub(crate) aliases: String,
    pub(crate) published_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) actor: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The revision of a row.
pub(crate) fn revision_from_row(row: Model) -> Result<Revision, StoreError> {
    let Model {
        article,
        version,
        slug,
        locale,
        title,
        deck,
        excerpt,
        body,
        hero_url,
        hero_alt,
        hero_caption,
        hero_credit,
        hero_width,
        hero_height,
        seo_title,
        seo_description,
        authors,
        topics,
        tags,
        aliases,
        published_at,
        created_at,
        actor,
    } = row;
    let hero = HeroColumns {
        url: hero_url,
        alt: hero_alt,
        caption: hero_caption,
        credit: hero_credit,
        width: hero_width,
        height: hero_height,
    };
    Ok(Revision {
        article: ArticleId::from_uuid(article),
        version,
        content: Content {
            slug: parsed(Slug::parse(&slug))?,
            locale: parsed(locale.parse::<domain::Locale>())?,
            title,
            deck,
            excerpt,
            body,
            hero_image: hero.into(),
            seo: Seo { title: seo_title, description: seo_description },
            authors: ids(&authors)?,
            topics: ids(&topics)?,
            tags: ids(&tags)?,
            aliases: convert::from_json(&aliases)?,
            published_at: published_at.map(instant).transpose()?,
        },
        created_at: instant(created_at)?,
        actor,
    })
}

/// The row of a revision.
pub(crate) fn revision_row(revision: &Revision) -> Result<ActiveModel, StoreError> {
    let Revision { article, version, content, created_at, actor } = revision;
    let Content {
        slug,
        locale,
        title,
        deck,
        excerpt,
        body,
        hero_image,
        seo: Seo { title: seo_title, description: seo_description },
        authors,
        topics,
        tags,
        aliases,
        published_at,
    } = content;
    let hero = HeroColumns::from(hero_image.clone());
    let model = Model {
        article: article.uuid(),
        version: *version,
        slug: slug.to_string(),
        locale: locale.to_string(),
        title: title.clone(),
        deck: deck.clone(),
        excerpt: excerpt.clone(),
        body: body.clone(),
        hero_url: hero.url,
        hero_alt: hero.alt,
        hero_caption: hero.caption,
        hero_credit: hero.credit,
        hero_width: hero.width,
        hero_height: hero.height,
        seo_title: seo_title.clone(),
        seo_description: seo_description.clone(),
        authors: id_bytes(authors),
        topics: id_bytes(topics),
        tags: id_bytes(tags),
        aliases: convert::json(aliases)?,
        published_at: published_at.map(micros),
        created_at: micros(*created_at),
        actor: actor.clone(),
    };
    Ok(model.into_active_model())
}
