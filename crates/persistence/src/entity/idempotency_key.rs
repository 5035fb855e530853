//! Table `idempotency_key`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) actor: String,
    #[sea_orm(primary_key, auto_increment = false, column_name = "idempotency_key")]
    pub(crate) key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) path: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) created: Uuid,
    pub(crate) edition: Option<i64>,
    pub(crate) created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
