//! Adds what editors need to correct labels and to explain changes of articles.
//!
//! A label is never erased: a merged label names the label that replaced it, and a deleted one has the time of its
//! deletion. Authors get a version, so that two editors cannot overwrite each other. Topics and authors get the table of
//! former slugs that tags have had from the beginning. Articles and publications get notes for readers.
//! People who have written something get a name.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 9] = [
    "ALTER TABLE tag ADD COLUMN deleted_at {bigint}",
    "ALTER TABLE topic ADD COLUMN merged_into {uuid}",
    "ALTER TABLE topic ADD COLUMN deleted_at {bigint}",
    "ALTER TABLE author ADD COLUMN version {int} NOT NULL DEFAULT 1",
    "ALTER TABLE author ADD COLUMN merged_into {uuid}",
    "ALTER TABLE article ADD COLUMN withdraw_note TEXT",
    "ALTER TABLE article ADD COLUMN schedule_note TEXT",
    // A list as JSON text. Publications contain a copy, so that an old one has the notes of its time.
    "ALTER TABLE article ADD COLUMN corrections TEXT",
    "ALTER TABLE publication ADD COLUMN corrections TEXT",
];

const TABLES: [(&str, &str); 3] = [
    ("topic_redirect", "slug TEXT NOT NULL PRIMARY KEY, topic {uuid} NOT NULL REFERENCES topic (id)"),
    ("author_redirect", "slug TEXT NOT NULL PRIMARY KEY, author {uuid} NOT NULL REFERENCES author (id)"),
    // The names of people with tokens of an OpenID provider who have written something.
    ("person", "actor TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for column in COLUMNS {
            connection.execute_unprepared(&types(column, sqlite)).await?;
        }
        for (name, columns) in TABLES {
            let strict = if sqlite { " STRICT" } else { "" };
            let table = types(&format!("CREATE TABLE {name} ({columns}){strict}"), sqlite);
            connection.execute_unprepared(&table).await?;
        }
        Ok(())
    }
}
