//! Table `listing`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) label: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) published_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) article: Uuid,
    pub(crate) publication: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
