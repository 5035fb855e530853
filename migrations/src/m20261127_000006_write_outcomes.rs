//! Adds the request id and the write id to the audit log. With them the outcome of a write can be looked up when its
//! response was lost. Both are null for older entries.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 3] = [
    "ALTER TABLE audit ADD COLUMN request_id TEXT",
    "ALTER TABLE audit ADD COLUMN write_id {bigint}",
    // There is no index on `write_id`, because only very recent writes are looked up by it.
    "CREATE INDEX audit_request ON audit (request_id, id) WHERE request_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(&types(statement, sqlite)).await?;
        }
        Ok(())
    }
}
