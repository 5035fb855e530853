//! Adds the objects that requests with an idempotency key have created.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `path` is the path in the response, because one document can create several objects.
const STATEMENTS: [&str; 2] = [
    "CREATE TABLE idempotency_key (actor TEXT NOT NULL, idempotency_key TEXT NOT NULL, path TEXT NOT NULL, \
     fingerprint {bytes} NOT NULL, created {uuid} NOT NULL, edition {bigint}, created_at {bigint} NOT NULL, \
     PRIMARY KEY (actor, idempotency_key, path)){strict}",
    "CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let strict = if sqlite { " STRICT" } else { "" };
        for statement in STATEMENTS {
            let statement = types(statement, sqlite).replace("{strict}", strict);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
