//! The mark of edition 0, in which nothing was published yet. It has no row among the editions, and the counter goes on
//! to the marks of later ones. So the counter keeps it beside them: whoever asks for at least edition 0 of another
//! history is told so. It is not known any more where something was published before.

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
