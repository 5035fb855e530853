//! The tables and columns of a backup.
//!
//! There is no list of them in the program. The migrations create the schema in a database in memory, and the backup
//! contains all tables and columns of that schema. So it contains new ones automatically.

use std::collections::HashMap;

use migrations::Migrator;
use sea_orm::{ConnectOptions, ConnectionTrait, Database as SeaDatabase, DbBackend, Statement, Value};
use sea_orm_migration::MigratorTrait;

use super::BackupError;

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type in SQLite: `INTEGER`, `TEXT` or `BLOB`.
    pub(crate) declared: String,
    /// Its position in the primary key, starting with 1. 0 if it is not a part of the key.
    key: i64,
}

/// The type of a column in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    BigInteger,
    Boolean,
    Text,
    Bytes,
    Uuid,
}

/// The tables that the first `migrations` migrations create, in the order of their names.
pub(crate) async fn tables(migrations: usize) -> Result<Vec<Table>, BackupError> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let memory = SeaDatabase::connect(options).await?;
    let steps = u32::try_from(migrations).unwrap_or(u32::MAX);
    Migrator::up(&memory, Some(steps)).await?;
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 AND name <> 'seaql_migrations' ORDER BY name";
    let mut tables = Vec::new();
    for name in texts(&memory, names).await? {
        tables.push(Table { columns: columns(&memory, &name).await?, name });
    }
    memory.close().await?;
    Ok(tables)
}

async fn columns<C: ConnectionTrait>(memory: &C, table: &str) -> Result<Vec<Column>, BackupError> {
    let query = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid";
    let query = Statement::from_sql_and_values(DbBackend::Sqlite, query, [Value::from(table)]);
    let rows = memory.query_all_raw(query).await?;
    let mut columns = Vec::new();
    for row in rows {
        let read = || -> Result<Column, sea_orm::DbErr> {
            Ok(Column {
                name: row.try_get_by_index(0)?,
                declared: row.try_get_by_index(1)?,
                key: row.try_get_by_index(2)?,
            })
        };
        columns.push(read()?);
    }
    Ok(columns)
}

impl Table {
    /// The types of the columns in a database.
    pub(crate) async fn types<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<Type>, BackupError> {
        let backend = connection.get_database_backend();
        let query = match backend {
            DbBackend::Postgres => {
                "SELECT column_name::text, udt_name::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1"
            }
            _ => "SELECT name, type FROM pragma_table_info($1)",
        };
        let query = Statement::from_sql_and_values(backend, query, [Value::from(self.name.as_str())]);
        let mut found = HashMap::new();
        for row in connection.query_all_raw(query).await? {
            let name: String = row.try_get_by_index(0)?;
            let declared: String = row.try_get_by_index(1)?;
            found.insert(name, declared);
        }
        let missing = |name: &str| BackupError::Schema(format!("it has no column `{}.{name}`", self.name));
        let types = self.columns.iter().map(|column| {
            let declared = found.remove(&column.name).ok_or_else(|| missing(&column.name))?;
            type_of(&declared).ok_or_else(|| {
                let Self { name: table, .. } = self;
                BackupError::Schema(format!("`{table}.{}` has the type `{declared}`", column.name))
            })
        });
        let types = types.collect::<Result<Vec<_>, _>>()?;
        match found.into_keys().next() {
            Some(more) => {
                Err(BackupError::Schema(format!("it has an additional column `{}.{more}`", self.name)))
            }
            None => Ok(types),
        }
    }

    /// The statement that reads all rows, in the order of the key.
    pub(crate) fn select(&self, types: &[Type], backend: DbBackend) -> String {
        let mut key: Vec<_> = self.columns.iter().zip(types).filter(|(column, _)| column.key > 0).collect();
        key.sort_unstable_by_key(|(column, _)| column.key);
        // SQLite sorts by bytes.
        let order = key.iter().map(|(column, of)| match (backend, of) {
            (DbBackend::Postgres, Type::Text) => format!("\"{}\" COLLATE \"C\"", column.name),
            _ => format!("\"{}\"", column.name),
        });
        let order = order.collect::<Vec<_>>().join(", ");
        format!("SELECT {} FROM \"{}\" ORDER BY {order}", self.column_list(), self.name)
    }

    /// The statement that inserts this number of rows.
    pub(crate) fn insert(&self, rows: usize, backend: DbBackend) -> String {
        let width = self.columns.len();
        let value = |place: usize| match backend {
            DbBackend::Postgres => format!("${}", place + 1),
            // Without numbers, because SQLite would search all values for each number.
            _ => "?".to_owned(),
        };
        let row = |row: usize| {
            let values = (0..width).map(|place| value(row * width + place));
            format!("({})", values.collect::<Vec<_>>().join(", "))
        };
        let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO \"{}\" ({}) VALUES {rows}", self.name, self.column_list())
    }

    /// The names of the columns. They are quoted, because some are keywords of SQL.
    pub(crate) fn column_list(&self) -> String {
        let names = self.columns.iter().map(|column| format!("\"{}\"", column.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Whether a database has this table.
    pub(crate) async fn exists<C: ConnectionTrait>(&self, connection: &C) -> Result<bool, BackupError> {
        let query = match connection.get_database_backend() {
            DbBackend::Postgres => format!("SELECT count(to_regclass('\"{}\"'))", self.name),
            _ => {
                format!("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '{}'", self.name)
            }
        };
        Ok(number(connection, &query).await? > 0)
    }

    /// The number of rows.
    pub(crate) async fn count<C: ConnectionTrait>(&self, connection: &C) -> Result<u64, BackupError> {
        let count = number(connection, &format!("SELECT count(*) FROM \"{}\"", self.name)).await?;
        Ok(count.unsigned_abs())
    }
}

fn type_of(declared: &str) -> Option<Type> {
    Some(match declared {
        "int4" => Type::Integer,
        "INTEGER" | "int8" => Type::BigInteger,
        "bool" => Type::Boolean,
        "TEXT" | "text" => Type::Text,
        "BLOB" | "bytea" => Type::Bytes,
        "uuid" => Type::Uuid,
        _ => return None,
    })
}

/// The number that a query returns.
pub(crate) async fn number<C: ConnectionTrait>(connection: &C, query: &str) -> Result<i64, BackupError> {
    let query = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(query).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}

/// The texts that a query returns.
pub(crate) async fn texts<C: ConnectionTrait>(
    connection: &C,
    query: &str,
) -> Result<Vec<String>, BackupError> {
    let query = Statement::from_string(connection.get_database_backend(), query);
    let rows = connection.query_all_raw(query).await?;
    let texts = rows.iter().map(|row| row.try_get_by_index(0));
    Ok(texts.collect::<Result<_, _>>()?)
}
