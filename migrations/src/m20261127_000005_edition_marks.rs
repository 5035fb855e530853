//! Adds the marks of editions: random numbers of eight bytes. Number and mark together identify an edition. After
//! a restore, or a failover to a replica that lagged, edition numbers are used a second time, but the marks differ.
//!
//! The columns have no default, so that an older version of the program cannot append an edition without a
//! mark. A mark is an integer in the database, because both databases store and compare integers alike.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A random number of eight bytes.
const RANDOM_SQLITE: &str = "random()";
const RANDOM_POSTGRES: &str = "('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint";

/// SQLite cannot add a column that is not null and has no default, so the tables are recreated. `change` refers
/// to `edition`, and is therefore recreated before the old `edition` is dropped.
const SQLITE: &[&str] = &[
    "CREATE TABLE edition_marked (number INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, \
     mark INTEGER NOT NULL) STRICT",
    "INSERT INTO edition_marked (number, at, actor, mark) SELECT number, at, actor, {random} FROM edition",
    "CREATE TABLE change_marked (edition INTEGER NOT NULL REFERENCES edition_marked (number), \
     position INTEGER NOT NULL, kind TEXT NOT NULL, subject_type TEXT NOT NULL, subject BLOB NOT NULL, \
     PRIMARY KEY (edition, position)) STRICT",
    "INSERT INTO change_marked (edition, position, kind, subject_type, subject) \
     SELECT edition, position, kind, subject_type, subject FROM change",
    "DROP TABLE change",
    "DROP TABLE edition",
    "ALTER TABLE edition_marked RENAME TO edition",
    "ALTER TABLE change_marked RENAME TO change",
    "CREATE TABLE edition_counter_marked (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL, \
     taxonomy INTEGER NOT NULL, mark INTEGER NOT NULL, taxonomy_mark INTEGER NOT NULL) STRICT",
    "INSERT INTO edition_counter_marked (id, number, taxonomy, mark, taxonomy_mark) \
     SELECT id, number, taxonomy, {random}, {random} FROM edition_counter",
    "DROP TABLE edition_counter",
    "ALTER TABLE edition_counter_marked RENAME TO edition_counter",
];

/// A random default gives each existing row its own mark. Then the default is removed.
const POSTGRES: &[&str] = &[
    "ALTER TABLE edition ADD COLUMN mark BIGINT NOT NULL DEFAULT {random}",
    "ALTER TABLE edition ALTER COLUMN mark DROP DEFAULT",
    "ALTER TABLE edition_counter ADD COLUMN mark BIGINT NOT NULL DEFAULT {random}, \
     ADD COLUMN taxonomy_mark BIGINT NOT NULL DEFAULT {random}",
    "ALTER TABLE edition_counter ALTER COLUMN mark DROP DEFAULT, ALTER COLUMN taxonomy_mark DROP DEFAULT",
];

/// The counter has the mark of its edition, and the mark of the last edition that changed a tag, topic or
/// author. Edition 0 has no row in `edition`, so its mark is only in the counter.
const COUNTER: &[&str] = &[
    "UPDATE edition_counter SET mark = (SELECT mark FROM edition WHERE edition.number = edition_counter.number) \
     WHERE number > 0",
    "UPDATE edition_counter \
     SET taxonomy_mark = (SELECT mark FROM edition WHERE edition.number = edition_counter.taxonomy) \
     WHERE taxonomy > 0",
    "UPDATE edition_counter SET taxonomy_mark = mark WHERE number = 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let (statements, random) = if sqlite { (SQLITE, RANDOM_SQLITE) } else { (POSTGRES, RANDOM_POSTGRES) };
        for statement in statements.iter().chain(COUNTER) {
            manager.get_connection().execute_unprepared(&statement.replace("{random}", random)).await?;
        }
        Ok(())
    }
}
