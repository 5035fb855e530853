//! Adds the mark of edition 0, the empty edition. Edition 0 has no row in `edition`, and the counter holds the marks of
//! later editions. The new column keeps the mark of edition 0, so that a client that requires at least edition 0 of
//! another history gets an error. It stays null in databases that had editions before this migration.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 2] = [
    "ALTER TABLE edition_counter ADD COLUMN empty_mark {bigint}",
    "UPDATE edition_counter SET empty_mark = mark WHERE number = 0",
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
