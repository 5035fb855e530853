//! Table `publication_body`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publication_body")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) publication: i64,
    pub(crate) markdown: String,
    pub(crate) html: String,
    pub(crate) text: String,
    pub(crate) outline: String,
    pub(crate) images: String,
    pub(crate) word_count: i32,
    pub(crate) reading_time_minutes: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
