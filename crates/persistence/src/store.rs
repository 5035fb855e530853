//! The database: connecting, migrating, beginning to read or write.

use std::sync::Arc;
use std::time::{Duration, Instant};

use migrations::Migrator;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as SeaDatabase, DatabaseConnection,
    DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::{Articles, EditionTx, Editions, Keys, Previews, Snapshot, StoreError, Tx};

/// How many connections read from one SQLite file at once.
const SQLITE_READERS: u32 = 4;
/// How many connections one node holds to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection, and a writer on SQLite for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Held by the node that migrates. The number is ours alone: "greymatt" in ASCII.
const MIGRATION_LOCK: i64 = 0x6772_6579_6d61_7474;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file beside the program.
    Sqlite,
    /// A server, for several nodes.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    readers: DatabaseConnection,
    writer: DatabaseConnection,
    editions: Arc<Editions>,
}

impl Store {
    /// Connects to `sqlite:PATH` (the file is made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// When the address is unknown, the file is not a database or the server does not answer.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let connection = SeaDatabase::connect(options(url, POSTGRES_CONNECTIONS))
                .await
                .map_err(|error| unreachable_server(error.into(), url))?;
            return Ok(Self {
                database: Database::Postgres,
                readers: connection.clone(),
                writer: connection,
                editions: Arc::default(),
            });
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(|| StoreError::Address(redact(url)))?;
        if path.trim_start_matches('/').is_empty() || path.contains(":memory:") {
            return Err(StoreError::Address(url.to_owned()));
        }
        // The writer comes first: it makes the file and puts it into write-ahead mode.
        let writer = sqlite(url, 1).await.map_err(|error| not_a_database(error, path))?;
        let readers = sqlite(url, SQLITE_READERS).await?;
        Ok(Self { database: Database::Sqlite, readers, writer, editions: Arc::default() })
    }

    /// Which database this is.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database
    }

    pub(crate) fn readers(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// What this node knows of editions.
    #[must_use]
    pub fn editions(&self) -> &Editions {
        &self.editions
    }

    /// Brings the schema up to date, and answers how many migrations that took. Safe when several
    /// nodes do it at once: one does, the others wait and find nothing left to do.
    ///
    /// # Errors
    /// When the database refuses; then nothing has changed.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        if self.check_migrated().await.is_ok() {
            return Ok(0);
        }
        let tx = self.begin_write().await?;
        if self.database == Database::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        let pending = Migrator::get_pending_migrations(&tx).await?.len();
        if pending > 0 {
            Migrator::up(&tx, None).await?;
        }
        tx.commit().await?;
        Ok(pending)
    }

    /// Makes sure that the schema is the one that this program knows.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] when it is not.
    pub async fn check_migrated(&self) -> Result<(), StoreError> {
        match Migrator::get_pending_migrations_read_only(&self.readers).await?.len() {
            0 => Ok(()),
            pending => Err(StoreError::NotMigrated(pending)),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.readers.execute_unprepared("SELECT 1").await.map(|_| ())?)
    }

    /// API keys. They belong to no edition, so they are read without a snapshot.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, DatabaseConnection> {
        Keys(&self.readers)
    }

    /// Preview links. They belong to no edition either.
    #[must_use]
    pub fn previews(&self) -> Previews<'_, DatabaseConnection> {
        Previews(&self.readers)
    }

    /// Articles, for looking up what falls due: it is looked up again where it is done.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, DatabaseConnection> {
        Articles(&self.readers)
    }

    /// Begins to read: everything read through the answer belongs to one edition.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let options = match self.database {
            // A deferred transaction reads from one state of the file from its first read on.
            Database::Sqlite => TransactionOptions::default(),
            Database::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let snapshot = Snapshot::read(begin(&self.readers, options).await?, None).await?;
        self.editions.learn(snapshot.head());
        Ok(snapshot)
    }

    /// Begins to write what the public does not see.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.begin_write().await?, self.database))
    }

    /// Begins to write what the public sees. Such transactions come one after the other: each waits
    /// for the one before it, from here on until that one commits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_edition(&self) -> Result<EditionTx, StoreError> {
        EditionTx::lock(self.begin().await?, Arc::clone(&self.editions)).await
    }

    /// Begins to try out what the public would see. It is never kept: [`EditionTx::try_out`] makes a
    /// snapshot of it, and dropping that undoes it. Nobody else sees any of it, and readers do not wait
    /// for it; writers of what the public sees do, as it takes the edition counter like they do.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_trial(&self) -> Result<EditionTx, StoreError> {
        let tx = match self.database {
            Database::Sqlite => self.begin_write().await?,
            Database::Postgres => {
                let options = TransactionOptions {
                    isolation_level: Some(IsolationLevel::RepeatableRead),
                    ..TransactionOptions::default()
                };
                let tx = begin(&self.writer, options).await?;
                // Before the first read: what was published while it waited belongs to what it sees.
                tx.execute_unprepared("LOCK TABLE edition_counter IN EXCLUSIVE MODE").await?;
                tx
            }
        };
        EditionTx::lock(Tx::new(tx, self.database), Arc::clone(&self.editions)).await
    }

    async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        // Without IMMEDIATE, SQLite refuses a transaction that read before it wrote, at once and
        // without waiting, when another process has written in between.
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.database == Database::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        begin(&self.writer, options).await
    }
}

/// Begins a transaction, in a task of its own: were it given up half-way, as happens to a request whose
/// client goes away, sqlx would put the connection back with the transaction still open. A transaction
/// that nobody takes is rolled back.
async fn begin(
    connection: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, StoreError> {
    let connection = connection.clone();
    match tokio::spawn(async move { connection.begin_with_options(options).await }).await {
        Ok(begun) => Ok(begun?),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

async fn sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let mut options = options(url, connections);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            // A commit that was acknowledged outlives a power cut, not only a crash.
            .pragma("synchronous", "FULL")
            .busy_timeout(PATIENCE)
    });
    let started = Instant::now();
    loop {
        match SeaDatabase::connect(options.clone()).await {
            // Putting a new file into write-ahead mode does not wait for others that do the same.
            Err(error)
                if error.to_string().contains("database is locked") && started.elapsed() < PATIENCE =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            connected => return Ok(connected?),
        }
    }
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging_level(log::LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, Duration::from_secs(2));
    options
}

/// SQLite notices only when it first reads that a file is not a database.
fn not_a_database(error: StoreError, path: &str) -> StoreError {
    let path = path.split('?').next().unwrap_or(path).to_owned();
    if error.to_string().contains("file is not a database") {
        return StoreError::NotADatabase { path };
    }
    match error {
        StoreError::Unavailable(cause) | StoreError::Refused(cause) => {
            let hint = "does its folder exist, and may it be written?";
            StoreError::Unavailable(format!("{cause}: `{path}`; {hint}"))
        }
        other => other,
    }
}

/// A server that cannot be reached is tried until the patience is over, and then only that is said.
fn unreachable_server(error: StoreError, url: &str) -> StoreError {
    match error {
        StoreError::Unavailable(cause) if cause.contains("timed out") => StoreError::Unavailable(format!(
            "no connection to {} within {} seconds; is the server running, and the address right?",
            redact(url),
            PATIENCE.as_secs()
        )),
        other => other,
    }
}

/// Leaves the password out of an address that is shown.
fn redact(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}
