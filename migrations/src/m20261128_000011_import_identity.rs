//! Adds the file that an article was imported from: name of the source, path, id in the front matter, and digest of the
//! bytes. Source and path identify the article for the next import. Articles that were imported before have no file here;
//! the next import recognises them by their external reference.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 5] = [
    "ALTER TABLE article ADD COLUMN import_source TEXT",
    "ALTER TABLE article ADD COLUMN import_path TEXT",
    "ALTER TABLE article ADD COLUMN import_id TEXT",
    "ALTER TABLE article ADD COLUMN import_bytes {bytes}",
    "CREATE UNIQUE INDEX article_import_path ON article (import_source, import_path) \
     WHERE import_source IS NOT NULL",
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
