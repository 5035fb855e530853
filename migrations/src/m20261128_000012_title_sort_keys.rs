//! Adds sort keys of titles, so that lists sort titles as readers expect: `Äpfel, éclair, zebra, Zürich`. Nodes of the
//! previous version still sort by `publication.title_key` and `article.title_folded`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::types::types;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 2] = [
    "ALTER TABLE publication ADD COLUMN title_sort {bytes} NOT NULL DEFAULT {no_bytes}",
    "ALTER TABLE article ADD COLUMN title_sort {bytes} NOT NULL DEFAULT {no_bytes}",
];

const INDEXES: [&str; 2] = [
    "CREATE INDEX publication_live_title_sort ON publication (title_sort, article) WHERE until_edition IS NULL",
    "CREATE INDEX article_title_sort ON article (title_sort, id)",
];

/// The number of rows of one batch.
const BATCH: usize = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let no_bytes = if sqlite { "X''" } else { "''::bytea" };
        for column in COLUMNS {
            let column = types(column, sqlite).replace("{no_bytes}", no_bytes);
            connection.execute_unprepared(&column).await?;
        }
        // Only live publications are sorted.
        fill_in::<i64>(connection, "publication", "until_edition IS NULL AND", i64::MIN).await?;
        fill_in::<Uuid>(connection, "article", "", Uuid::nil()).await?;
        for index in INDEXES {
            connection.execute_unprepared(index).await?;
        }
        Ok(())
    }
}

/// Fills in the sort keys of a table, batch by batch in the order of its ids, which begin after `last`.
async fn fill_in<Id>(
    connection: &SchemaManagerConnection<'_>,
    table: &str,
    condition: &str,
    mut last: Id,
) -> Result<(), DbErr>
where
    Id: Copy + Into<Value> + sea_orm_migration::sea_orm::TryGetable,
{
    let backend = connection.get_database_backend();
    let select = format!("SELECT id, title FROM {table} WHERE {condition} id > $1 ORDER BY id LIMIT {BATCH}");
    loop {
        let select = Statement::from_sql_and_values(backend, &select, [last.into()]);
        let rows = connection.query_all_raw(select).await?;
        let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 2);
        for row in &rows {
            last = row.try_get_by_index(0)?;
            let title: String = row.try_get_by_index(1)?;
            values.extend([last.into(), collation::sort_key(&title).into()]);
        }
        if !rows.is_empty() {
            let place = |row: usize| match backend {
                DbBackend::Postgres => format!("(${}, ${})", 2 * row + 1, 2 * row + 2),
                // Without numbers, because SQLite would search all values for each number.
                _ => "(?, ?)".to_owned(),
            };
            let places = (0..rows.len()).map(place).collect::<Vec<_>>().join(", ");
            let update = format!(
                "WITH keys (id, title_sort) AS (VALUES {places}) \
                 UPDATE {table} SET title_sort = keys.title_sort FROM keys WHERE {table}.id = keys.id"
            );
            connection.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
        }
        if rows.len() < BATCH {
            return Ok(());
        }
    }
}
