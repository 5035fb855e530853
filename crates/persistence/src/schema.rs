//! Which schema the database has, compared with the one that this program knows.
//!
//! A node of an older version can meet a newer schema: somebody upgrades the nodes one after the other, and the
//! first new one migrates the database. The old node goes on reading, and refuses to write: it does not know what
//! the new schema asks of a row. Every transaction that writes looks first (`ensure_known`), and so does a
//! write of one statement. On PostgreSQL that look also holds a lock on the table of migrations, for which
//! a migration waits; on SQLite there is one writer at a time. So no write is kept beside a migration that it has
//! not seen.

use std::sync::atomic::{AtomicBool, Ordering};

use migrations::Migrator;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::StoreError;

/// How many migrations were applied.
const COUNT: &str = "SELECT count(*) FROM seaql_migrations";

/// The schema of a database, compared with the one that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// It is the same.
    Current,
    /// So many migrations were not applied yet.
    Older(usize),
    /// A later version of the program has applied these migrations, which this one does not know.
    Newer(Vec<String>),
}

impl Schema {
    /// Reads it.
    pub(crate) async fn of<C: ConnectionTrait>(connection: &C) -> Result<Self, StoreError> {
        Ok(Self::after(applied(connection).await?))
    }

    /// The schema after these migrations.
    pub(crate) fn after(applied: Vec<String>) -> Self {
        let known = known();
        let missing = known.iter().filter(|name| !applied.contains(name)).count();
        let unknown: Vec<_> = applied.into_iter().filter(|name| !known.contains(name)).collect();
        match (unknown.is_empty(), missing) {
            (false, _) => Self::Newer(unknown),
            (true, 0) => Self::Current,
            (true, missing) => Self::Older(missing),
        }
    }

    /// Fails unless it is the one that this program knows.
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

/// Whether the database was found to be newer than this program, when somebody last looked.
#[derive(Debug, Default)]
pub(crate) struct KnownToBeNewer(AtomicBool);

impl KnownToBeNewer {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes note of what was found, and logs it when that has changed.
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
                    log::info!("the database is not newer than this program any more: it is written again");
                }
            }
        }
    }
}

/// The names of the migrations that this program knows, the oldest first.
pub(crate) fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// The names of the migrations that were applied, the oldest first; none in a database that is new.
pub(crate) async fn applied<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>, StoreError> {
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

/// Whether as many migrations were applied as this program knows. It is the first look of a transaction that
/// writes, and holds migrations off until that ends.
pub(crate) async fn is_known<C: ConnectionTrait>(transaction: &C) -> Result<bool, StoreError> {
    let count = Statement::from_string(transaction.get_database_backend(), COUNT);
    let row = transaction.query_one_raw(count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(usize::try_from(count) == Ok(Migrator::migrations().len()))
}

/// The same look, as a part of a statement: finds a row when the schema is known, and none when it is not.
pub(crate) fn is_known_condition() -> SelectStatement {
    let condition = format!("({COUNT}) = {}", Migrator::migrations().len());
    Query::select().expr(Expr::cust("1")).and_where(Expr::cust(condition)).to_owned()
}
