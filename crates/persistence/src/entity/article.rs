//! Table `article`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) external_ref: Option<String>,
    pub(crate) version: i32,
    pub(crate) state: String,
    pub(crate) published_version: Option<i32>,
    pub(crate) published_edition: Option<i64>,
    pub(crate) redirect_to: Option<Uuid>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) first_published_at: Option<i64>,
    pub(crate) source_digest: Option<Vec<u8>>,
    pub(crate) source_version: Option<i32>,
    pub(crate) title: String,
    pub(crate) title_folded: String,
    pub(crate) title_sort: Vec<u8>,
    pub(crate) review: Option<String>,
    pub(crate) review_version: Option<i32>,
    pub(crate) review_by: Option<String>,
    pub(crate) review_at: Option<i64>,
    pub(crate) review_comment: Option<String>,
    pub(crate) schedule_version: Option<i32>,
    pub(crate) schedule_by: Option<String>,
    pub(crate) schedule_at: Option<i64>,
    pub(crate) schedule_zone: Option<String>,
    pub(crate) schedule_resolution: Option<String>,
    pub(crate) schedule_expires_at: Option<i64>,
    pub(crate) schedule_expires_zone: Option<String>,
    pub(crate) schedule_expires_resolution: Option<String>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) expires_zone: Option<String>,
    pub(crate) expires_resolution: Option<String>,
    pub(crate) archived_at: Option<i64>,
    pub(crate) withdrawn_at: Option<i64>,
    pub(crate) redirect_url: Option<String>,
    pub(crate) last_reviewed_at: Option<i64>,
    pub(crate) review_due_at: Option<i64>,
    pub(crate) reviewer: Option<Uuid>,
    pub(crate) import_source: Option<String>,
    pub(crate) import_path: Option<String>,
    pub(crate) import_id: Option<String>,
    pub(crate) import_bytes: Option<Vec<u8>>,
    pub(crate) withdraw_note: Option<String>,
    pub(crate) schedule_note: Option<String>,
    pub(crate) corrections: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
