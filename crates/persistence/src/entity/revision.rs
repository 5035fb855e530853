//! Table `revision`.

use sea_orm::entity::prelude::*;

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
