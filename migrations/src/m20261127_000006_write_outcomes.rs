//! Which request each entry of the audit log was for, and which write it belongs to: what became of a write that nobody
//! heard the end of can be looked up. Entries from before have neither.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 3] = [
    "ALTER TABLE audit ADD COLUMN request_id TEXT",
    "ALTER TABLE audit ADD COLUMN write_id {bigint}",
    // Of writes, only those of the last moments are looked up.
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
