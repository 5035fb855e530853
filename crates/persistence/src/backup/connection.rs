//! Connections of their own for backups and restores: each holds one transaction from its beginning to its end, for
//! as long as that takes.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as SeaDatabase, DatabaseConnection,
    DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::BackupError;
use crate::store::redact;
use crate::{Database, StoreError, private_file};

/// How long it waits for the database, and for others that write.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, and the one transaction on it.
pub(crate) struct Begun {
    pub(crate) database: Database,
    pub(crate) connection: DatabaseConnection,
    pub(crate) tx: DatabaseTransaction,
}

/// Begins to read the database as it is at one instant.
pub(crate) async fn begin_to_read(url: &str) -> Result<Begun, BackupError> {
    let connection = connect(url, false).await?;
    let options = TransactionOptions {
        isolation_level: is_postgres(url).then_some(IsolationLevel::RepeatableRead),
        access_mode: is_postgres(url).then_some(AccessMode::ReadOnly),
        ..TransactionOptions::default()
    };
    begin(url, connection, options).await
}

/// Begins to write, beside nobody.
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
        // It takes its time.
        let patient = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        tx.execute_unprepared(patient).await?;
    }
    Ok(Begun { database, connection, tx })
}

async fn connect(url: &str, create: bool) -> Result<DatabaseConnection, BackupError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(PATIENCE).sqlx_logging(false);
    // Poolers refuse settings that they do not know, and have sessions in which others have prepared statements.
    options.map_sqlx_postgres_opts(|postgres| postgres.extra_float_digits(None).statement_cache_capacity(0));
    if !is_postgres(url) {
        let unusable = || BackupError::Store(StoreError::Address(redact(url)));
        if !url.starts_with("sqlite:") {
            return Err(unusable());
        }
        let address = SqliteConnectOptions::from_str(url).map_err(|_| unusable())?;
        let path = address.get_filename().to_owned();
        // What a database in memory holds is gone with the program.
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(unusable());
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
            sqlite.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").busy_timeout(PATIENCE)
        });
    }
    Ok(SeaDatabase::connect(options).await?)
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
