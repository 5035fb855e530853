//! Adds reviews, schedules, expiry, the archive, redirects to other sites, editorial reviews, previews and the
//! audit log. The new columns of existing articles are filled in as far as their values are known.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 24] = [
    // The title of the working copy, so that the desk can list articles without reading their revisions.
    // `title_folded` is the title in lower case, for searching and sorting.
    "title TEXT NOT NULL DEFAULT ''",
    "title_folded TEXT {bytewise} NOT NULL DEFAULT ''",
    "review TEXT",
    "review_version {int}",
    "review_by TEXT",
    "review_at {bigint}",
    "review_comment TEXT",
    "schedule_version {int}",
    "schedule_by TEXT",
    "schedule_at {bigint}",
    "schedule_zone TEXT",
    "schedule_resolution TEXT",
    "schedule_expires_at {bigint}",
    "schedule_expires_zone TEXT",
    "schedule_expires_resolution TEXT",
    "expires_at {bigint}",
    "expires_zone TEXT",
    "expires_resolution TEXT",
    "archived_at {bigint}",
    "withdrawn_at {bigint}",
    "redirect_url TEXT",
    "last_reviewed_at {bigint}",
    "review_due_at {bigint}",
    "reviewer {uuid} REFERENCES author (id)",
];

const TABLES: [(&str, &str); 3] = [
    (
        // Append-only, which triggers enforce.
        "audit",
        "id {serial} PRIMARY KEY, at {bigint} NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, \
         subject_type TEXT NOT NULL, subject {uuid} NOT NULL, version {int}, edition {bigint}, details TEXT NOT NULL",
    ),
    (
        // A preview link shows the working copy of an article (`article`), or the publication at an instant (`at`).
        "preview",
        "id {uuid} NOT NULL PRIMARY KEY, article {uuid} REFERENCES article (id), at {bigint}, \
         created_by TEXT NOT NULL, created_at {bigint} NOT NULL, expires_at {bigint} NOT NULL, revoked_at {bigint}",
    ),
    (
        // A table with one row: the key that signs preview links, which all nodes share.
        "signing_key",
        "id {int} NOT NULL PRIMARY KEY CHECK (id = 1), secret {bytes} NOT NULL, created_at {bigint} NOT NULL",
    ),
];

/// The labels of the working copies, which the desk filters by.
const WORKING_LABEL: &str = "label {uuid} NOT NULL, article {uuid} NOT NULL, PRIMARY KEY (label, article)";

const INDEXES: [&str; 9] = [
    "CREATE INDEX working_label_article ON working_label (article)",
    "CREATE INDEX article_updated ON article (updated_at, id)",
    "CREATE INDEX article_created ON article (created_at, id)",
    "CREATE INDEX article_title ON article (title_folded, id)",
    "CREATE INDEX article_scheduled ON article (schedule_at) WHERE schedule_at IS NOT NULL",
    "CREATE INDEX article_expires ON article (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX article_review_due ON article (review_due_at) WHERE review_due_at IS NOT NULL",
    "CREATE INDEX audit_subject ON audit (subject, id)",
    "CREATE INDEX preview_created ON preview (created_at)",
];

const APPEND_ONLY_SQLITE: &[&str] = &[
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
    // `REPLACE` deletes rows without running delete triggers.
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) \
     BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
];

const APPEND_ONLY_POSTGRES: &[&str] = &[
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit \
     FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
];

/// An article was withdrawn when its last publication ended.
const WITHDRAWN_AT: &str = "UPDATE article SET withdrawn_at = COALESCE((SELECT MAX(e.at) FROM publication p \
     JOIN edition e ON e.number = p.until_edition WHERE p.article = article.id), updated_at) WHERE state = 'WITHDRAWN'";

/// The number of articles of one batch.
const BATCH: usize = 1_000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for column in COLUMNS {
            let column = types(&format!("ALTER TABLE article ADD COLUMN {column}"), sqlite);
            connection.execute_unprepared(&column).await?;
        }
        for (name, columns) in TABLES {
            let strict = if sqlite { " STRICT" } else { "" };
            let table = types(&format!("CREATE TABLE {name} ({columns}){strict}"), sqlite);
            connection.execute_unprepared(&table).await?;
        }
        let without_rowid = if sqlite { " STRICT, WITHOUT ROWID" } else { "" };
        let table = types(&format!("CREATE TABLE working_label ({WORKING_LABEL}){without_rowid}"), sqlite);
        connection.execute_unprepared(&table).await?;
        fill_in(connection).await?;
        connection.execute_unprepared(WITHDRAWN_AT).await?;
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        for statement in if sqlite { APPEND_ONLY_SQLITE } else { APPEND_ONLY_POSTGRES } {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Fills in the titles and the labels of working copies.
async fn fill_in(connection: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = connection.get_database_backend();
    let mut last = Uuid::nil();
    loop {
        let rows = connection
            .query_all_raw(Statement::from_sql_and_values(
                backend,
                format!(
                    "SELECT a.id, r.title, r.authors, r.topics, r.tags FROM article a \
                     JOIN revision r ON r.article = a.id AND r.version = a.version \
                     WHERE a.id > $1 ORDER BY a.id LIMIT {BATCH}"
                ),
                [last.into()],
            ))
            .await?;
        for row in &rows {
            let id: Uuid = row.try_get_by_index(0)?;
            let title: String = row.try_get_by_index(1)?;
            let folded = title.to_lowercase();
            let update = "UPDATE article SET title = $1, title_folded = $2 WHERE id = $3";
            let values: [Value; 3] = [title.into(), folded.into(), id.into()];
            connection.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
            for column in 2..5 {
                let ids: Vec<u8> = row.try_get_by_index(column)?;
                for label in ids.as_chunks::<16>().0 {
                    let insert =
                        "INSERT INTO working_label (label, article) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                    let values: [Value; 2] = [Uuid::from_bytes(*label).into(), id.into()];
                    connection.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
                }
            }
            last = id;
        }
        if rows.len() < BATCH {
            return Ok(());
        }
    }
}
