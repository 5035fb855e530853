//! SQL that bypasses the program under test.

use std::sync::OnceLock;

use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;

use super::Kind;

/// The runtime of all functions here.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    })
}

/// Runs statements on PostgreSQL.
pub(crate) fn postgres(url: &str, statements: &str) -> Result<(), sqlx::Error> {
    runtime().block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await;
        connection.close().await?;
        done.map(|_| ())
    })
}

/// Returns the number that a query on PostgreSQL selects.
pub(crate) fn number(url: &str, query: &str) -> Result<i64, sqlx::Error> {
    runtime().block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        let number = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await;
        connection.close().await?;
        number
    })
}

/// Returns the texts that a query on PostgreSQL selects.
pub(crate) fn texts(url: &str, query: &str) -> Vec<String> {
    runtime().block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let texts = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        texts
    })
}

/// Runs statements on SQLite.
pub(crate) fn sqlite(url: &str, statements: &str) -> Result<(), sqlx::Error> {
    runtime().block_on(async {
        let mut connection = SqliteConnection::connect(url).await?;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await;
        connection.close().await?;
        done.map(|_| ())
    })
}

/// Returns the rows of a text, a number and a text that a query on SQLite selects.
pub(crate) fn rows(url: &str, query: &str) -> Result<Vec<(String, i64, String)>, sqlx::Error> {
    runtime().block_on(async {
        let mut connection = SqliteConnection::connect(url).await?;
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_all(&mut connection).await;
        connection.close().await?;
        rows
    })
}

/// A lock on PostgreSQL. Dropping it releases the lock.
pub(crate) struct PostgresLock(Option<PgConnection>);

impl PostgresLock {
    /// Locks a table exclusively.
    pub(crate) fn of(url: &str, table: &str) -> Self {
        Self::taken_by(url, &format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    }

    /// Takes the lock that every maker of an edition needs.
    pub(crate) fn of_writers(url: &str) -> Self {
        Self::taken_by(url, "SELECT number FROM edition_counter FOR UPDATE")
    }

    fn taken_by(url: &str, statement: &str) -> Self {
        Self(Some(runtime().block_on(async {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let lock = format!("BEGIN; {statement}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut connection).await.unwrap();
            connection
        })))
    }
}

impl Drop for PostgresLock {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            let _ = runtime().block_on(connection.close());
        }
    }
}

/// The write lock of an SQLite file. Dropping it releases the lock.
pub(crate) struct SqliteLock(Option<SqliteConnection>);

impl SqliteLock {
    pub(crate) fn of(url: &str) -> Self {
        Self(Some(runtime().block_on(async {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            connection
        })))
    }
}

impl Drop for SqliteLock {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            let _ = runtime().block_on(connection.close());
        }
    }
}

/// Returns the number of the latest edition.
pub(crate) fn edition(kind: Kind, url: &str) -> Result<i64, sqlx::Error> {
    number_in(kind, url, "SELECT number FROM edition_counter")
}

/// Returns the number that a query selects.
pub(crate) fn number_in(kind: Kind, url: &str, query: &str) -> Result<i64, sqlx::Error> {
    if kind == Kind::Postgres {
        return number(url, query);
    }
    runtime().block_on(async {
        let mut connection = SqliteConnection::connect(url).await?;
        let number = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await;
        connection.close().await?;
        number
    })
}
