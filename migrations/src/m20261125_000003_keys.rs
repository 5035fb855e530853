//! Adds expiry, revocation and last use to API keys.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// These columns are null for older keys. `prefix` is the beginning of the secret, by which people recognise a key.
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
