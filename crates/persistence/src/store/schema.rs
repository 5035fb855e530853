//! The schema of the database, compared with the schema that this program knows.
//!
//! When the nodes of a cluster are upgraded one after the other, the first new node migrates the database, and older
//! nodes meet a newer schema. An older node continues to read, but refuses to write, because it does not know what the
//! new schema requires. Every transaction that writes checks the schema first (`Store::ensure_known_schema`), and so
//! does a write of one statement. On PostgreSQL this read also locks the table of migrations, so that a migration
//! waits for the transaction. On SQLite there is one writer at a time. Therefore no write overlaps a migration.

use std::sync::atomic::{AtomicBool, Ordering};

use migrations::Migrator;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::StoreError;

/// Counts the applied migrations.
const COUNT: &str = "SELECT count(*) FROM seaql_migrations";

/// The schema of a database, compared with the schema that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// The same schema.
    Current,
    /// An older schema, which lacks this number of migrations.
    Older(usize),
    /// A newer schema. A later version of the program has applied these migrations.
    Newer(Vec<String>),
}

impl Schema {
    /// The schema of this database.
    pub(crate) async fn of<C: ConnectionTrait>(connection: &C) -> Result<Self, StoreError> {
        Ok(Self::after(applied_migrations(connection).await?))
    }

    /// The schema after these migrations.
    pub(crate) fn after(applied: Vec<String>) -> Self {
        let known = known_migrations();
        let missing = known.iter().filter(|name| !applied.contains(name)).count();
        let unknown: Vec<_> = applied.into_iter().filter(|name| !known.contains(name)).collect();
        match (unknown.is_empty(), missing) {
            (false, _) => Self::Newer(unknown),
            (true, 0) => Self::Current,
            (true, missing) => Self::Older(missing),
        }
    }

    /// Fails unless the schema is current.
    pub(crate) fn ensure_current(self) -> Result<(), StoreError> {
        match self {
            Self::Current => Ok(()),
            Self::Older(missing) => Err(StoreError::NotMigrated(missing)),
            Self::Newer(unknown) => {
                Err(StoreError::UpgradeRequired(unknown.into_iter().max().unwrap_or_default()))
            }
        }
    }
}

/// Whether the last check has found a schema that is newer than this program.
#[derive(Debug, Default)]
pub(crate) struct NewerSchema(AtomicBool);

impl NewerSchema {
    pub(crate) fn is_known(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Keeps the result of a check, and logs a change.
    pub(crate) fn note(&self, found: &Schema) {
        match found {
            Schema::Newer(unknown) if !self.0.swap(true, Ordering::Relaxed) => log::warn!(
                "the database is newer than this program: a later version has applied {}; this node answers \
                 reads and refuses writes (UPGRADE_REQUIRED) until it is upgraded",
                unknown.join(", ")
            ),
            Schema::Newer(_) => {}
            Schema::Current | Schema::Older(_) => {
                if self.0.swap(false, Ordering::Relaxed) {
                    log::info!(
                        "the database is not newer than this program any more: writes are accepted again"
                    );
                }
            }
        }
    }
}

/// The names of the migrations that this program knows, the oldest first.
pub(crate) fn known_migrations() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// The names of the applied migrations, the oldest first. A new database has none.
pub(crate) async fn applied_migrations<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<String>, StoreError> {
    let backend = connection.get_database_backend();
    let table = match backend {
        DbBackend::Postgres => "SELECT count(to_regclass('seaql_migrations'))",
        _ => "SELECT count(*) FROM sqlite_schema WHERE name = 'seaql_migrations'",
    };
    let found = connection.query_one_raw(Statement::from_string(backend, table)).await?;
    let exists = found.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? > 0;
    if !exists {
        return Ok(Vec::new());
    }
    let names = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
    let rows = connection.query_all_raw(names).await?;
    let mut names: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    names.sort_unstable();
    Ok(names)
}

/// Whether the number of applied migrations is the one that this program knows. On PostgreSQL this also makes
/// migrations wait until the transaction ends.
pub(super) async fn is_known<C: ConnectionTrait>(transaction: &C) -> Result<bool, StoreError> {
    let count = Statement::from_string(transaction.get_database_backend(), COUNT);
    let row = transaction.query_one_raw(count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(usize::try_from(count) == Ok(Migrator::migrations().len()))
}

/// The same check as a condition of a statement: selects one row when the schema is known, and none otherwise.
pub(crate) fn schema_condition() -> SelectStatement {
    let condition = format!("({COUNT}) = {}", Migrator::migrations().len());
    Query::select().expr(Expr::cust("1")).and_where(Expr::cust(condition)).to_owned()
}
