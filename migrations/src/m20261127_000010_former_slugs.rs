//! Adds a column that marks former slugs: the article was public under the slug and is not any more. The list of
//! redirects is read from an index of these slugs. The transactions that publish and withdraw update the column.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 3] = [
    "ALTER TABLE article_slug ADD COLUMN former {bool} NOT NULL DEFAULT FALSE",
    "UPDATE article_slug SET former = TRUE WHERE public AND NOT EXISTS (SELECT 1 FROM publication \
     WHERE publication.article = article_slug.article AND publication.until_edition IS NULL \
     AND publication.slug = article_slug.slug)",
    "CREATE INDEX article_slug_former ON article_slug (slug) WHERE former",
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
