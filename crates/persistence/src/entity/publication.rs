//! Table `publication`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) article: Uuid,
    pub(crate) version: i32,
    pub(crate) from_edition: i64,
    pub(crate) until_edition: Option<i64>,
    pub(crate) slug: String,
    pub(crate) locale: String,
    pub(crate) title: String,
    pub(crate) title_key: String,
    pub(crate) deck: Option<String>,
    pub(crate) excerpt: String,
    pub(crate) hero_url: Option<String>,
    pub(crate) hero_alt: Option<String>,
    pub(crate) hero_caption: Option<String>,
    pub(crate) hero_credit: Option<String>,
    pub(crate) hero_width: Option<i64>,
    pub(crate) hero_height: Option<i64>,
    pub(crate) seo_title: Option<String>,
    pub(crate) seo_description: Option<String>,
    pub(crate) external_ref: Option<String>,
    pub(crate) authors: Vec<u8>,
    pub(crate) topics: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    pub(crate) aliases: String,
    pub(crate) published_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
