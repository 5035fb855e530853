//! Table `edition_counter`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edition_counter")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i32,
    pub(crate) number: i64,
    pub(crate) taxonomy: i64,
    pub(crate) mark: i64,
    pub(crate) taxonomy_mark: i64,
    /// The mark of edition 0. `None` in a database that had editions before there were marks.
    pub(crate) empty_mark: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
