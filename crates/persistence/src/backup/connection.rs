//! The connections of backups and restores. Each has one transaction from its beginning to its end, without a time
//! limit.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as SeaDatabase, DatabaseConnection,
    DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::BackupError;
use crate::store::{is_postgres, redact};
use crate::{Database, StoreError, private_file};

/// How long it waits for the database, and for other writers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection, and its only transaction.
pub(crate) struct Begun {
    pub(crate) database: Database,
    pub(crate) connection: DatabaseConnection,
    pub(crate) tx: DatabaseTransaction,
}

/// Begins a transaction that sees the database at one instant.
pub(crate) async fn begin_to_read(url: &str) -> Result<Begun, BackupError> {
    let connection = connect(url, false).await?;
    let options = TransactionOptions {
        isolation_level: is_postgres(url).then_some(IsolationLevel::RepeatableRead),
        access_mode: is_postgres(url).then_some(AccessMode::ReadOnly),
        ..TransactionOptions::default()
    };
    begin(url, connection, options).await
}

/// Begins a transaction that writes.
pub(crate) async fn begin_to_write(url: &str) -> Result<Begun, BackupError> {
    let connection = connect(url, true).await?;
    let options = TransactionOptions {
        sqlite_transaction_mode: (!is_postgres(url)).then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    begin(url, connection, options).await
}

async fn begin(
    url: &str,
    connection: DatabaseConnection,
    options: TransactionOptions,
) -> Result<Begun, BackupError> {
    let tx = connection.begin_with_options(options).await?;
    let database = if is_postgres(url) { Database::Postgres } else { Database::Sqlite };
    if database == Database::Postgres {
        // A backup may take long.
        let no_timeouts =
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        tx.execute_unprepared(no_timeouts).await?;
    }
    Ok(Begun { database, connection, tx })
}

async fn connect(url: &str, create: bool) -> Result<DatabaseConnection, BackupError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(CONNECT_TIMEOUT).sqlx_logging(false);
    // Poolers refuse settings that they do not know. Their sessions may have prepared statements of others.
    options.map_sqlx_postgres_opts(|postgres| postgres.extra_float_digits(None).statement_cache_capacity(0));
    if !is_postgres(url) {
        let invalid = || BackupError::Store(StoreError::Address(redact(url)));
        if !url.starts_with("sqlite:") {
            return Err(invalid());
        }
        let address = SqliteConnectOptions::from_str(url).map_err(|_| invalid())?;
        let path = address.get_filename().to_owned();
        // A database in memory would be lost with the process.
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(invalid());
        }
        if super::is_backup(&path) {
            return Err(BackupError::Store(StoreError::IsABackup { path: path.display().to_string() }));
        }
        if create {
            private_file::create_if_missing(&path).map_err(|cause| BackupError::File { path, cause })?;
        } else if let Err(cause) = std::fs::metadata(&path) {
            return Err(BackupError::File { path, cause });
        }
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").busy_timeout(CONNECT_TIMEOUT)
        });
    }
    Ok(SeaDatabase::connect(options).await?)
}
