//! SQL, past the program under test.

use std::sync::OnceLock;

use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;

/// The runtime of everything here.
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

/// Runs statements on SQLite.
pub(crate) fn sqlite(url: &str, statements: &str) -> Result<(), sqlx::Error> {
    runtime().block_on(async {
        let mut connection = SqliteConnection::connect(url).await?;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await;
        connection.close().await?;
        done.map(|_| ())
    })
}
