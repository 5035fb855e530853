//! API keys that end, can be revoked, and tell when they were last used.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Keys that were made before have none of these; `prefix` is the beginning of the secret, by which
/// people tell keys apart.
const COLUMNS: [&str; 5] =
    ["prefix TEXT", "expires_at {bigint}", "last_used_at {bigint}", "revoked_at {bigint}", "created_by TEXT"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for column in COLUMNS {
            let column = types(&format!("ALTER TABLE api_key ADD COLUMN {column}"), sqlite);
            manager.get_connection().execute_unprepared(&column).await?;
        }
        Ok(())
    }
}
