//! Connecting to the database and to its replica.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx;
use tokio::time::Instant;

use super::{Backend, Database, Store, StoreOptions};
use crate::connection::{Availability, ConnectionMemory, Replica};
use crate::page::SqliteReader;
use crate::postgres::{Connector, Pool, Purpose, Timeouts};
use crate::sqlite::{self, SqliteFile, SqlitePool};
use crate::{StatementPool, StoreError};

/// The number of connections that read from an SQLite file.
const SQLITE_READERS: usize = 4;
/// How long the start of a node waits for the server.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause between two attempts to reach a server that is starting.
const CONNECT_PAUSE: Duration = Duration::from_millis(200);
/// How long a read on SQLite waits for a connection.
const READ_POOL_TIMEOUT: Duration = Duration::from_millis(1900);
/// How long a write on SQLite waits for other writes of the same node.
const WRITE_POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a statement of a write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The number of connections outside of the pool: one for probes and one for notifications.
const EXTRA_CONNECTIONS: usize = 2;

impl Store {
    /// Connects to `sqlite:PATH`, which is created if it does not exist, or to `postgres://…`.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connect_with(url, StoreOptions::default()).await
    }

    /// Connects like [`Store::connect`], with other limits.
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let availability = Arc::<Availability>::default();
        let store = |backend, readers, writer, availability| Self {
            backend,
            options,
            readers,
            writer,
            availability,
            editions: Arc::default(),
            dry_runs: Arc::default(),
            write_turn: Arc::default(),
            replica: None,
            newer_schema: Arc::default(),
        };
        if is_postgres(url) {
            let pool = postgres_pool(url, options, EXTRA_CONNECTIONS, &availability)?;
            wait_for_server(&pool, url).await?;
            let readers = StatementPool::postgres(pool.clone(), Purpose::Read);
            let writer = StatementPool::postgres(pool.clone(), Purpose::Write);
            return Ok(store(Backend::Postgres { pool }, readers, writer, availability));
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(|| StoreError::Address(redact(url)))?;
        if path.trim_start_matches('/').is_empty() || path.contains(":memory:") {
            return Err(StoreError::Address(url.to_owned()));
        }
        // Each thread of the runtime may read pages on its own connection.
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = ConnectionMemory::on_sqlite(options.kept_bytes, SQLITE_READERS + 1 + threads);
        let file = Arc::new(SqliteFile::open(url, memory).await?);
        let timeouts = sqlite::Timeouts { pool: READ_POOL_TIMEOUT, statement: options.read_timeout };
        let readers = SqlitePool::new(&file, SQLITE_READERS, &availability, timeouts).open_all().await?;
        let timeouts = sqlite::Timeouts { pool: WRITE_POOL_TIMEOUT, statement: WRITE_TIMEOUT };
        let writer = SqlitePool::new(&file, 1, &availability, timeouts);
        let pages = SqliteReader::of(url, &file).map(Arc::new);
        let reading = StatementPool::sqlite(Arc::clone(&readers));
        let backend = Backend::Sqlite { file, readers, pages };
        Ok(store(backend, reading, StatementPool::sqlite(writer), availability))
    }

    /// Adds a replica for public reads. This does not wait for the replica, which is used as soon as it answers.
    /// Returns [`StoreError::Replica`] unless both databases are PostgreSQL.
    pub async fn with_replica(self, url: &str) -> Result<Self, StoreError> {
        if self.database() != Database::Postgres || !is_postgres(url) {
            return Err(StoreError::Replica(redact(url)));
        }
        // There are no notifications on a replica.
        let pool = postgres_pool(url, self.options, EXTRA_CONNECTIONS - 1, &Arc::default())?;
        Ok(Self { replica: Some(Arc::new(Replica::new(pool))), ..self })
    }
}

/// Whether an address is one of PostgreSQL.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Replaces user name and password in an address that is shown.
pub(crate) fn redact(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

/// A pool with all connections of the options except `extra` ones.
fn postgres_pool(
    url: &str,
    options: StoreOptions,
    extra: usize,
    availability: &Arc<Availability>,
) -> Result<Pool, StoreError> {
    let StoreOptions { connections, read_timeout, kept_bytes } = options;
    let memory = ConnectionMemory::on_postgres(kept_bytes, connections);
    let timeouts = Timeouts { read: read_timeout, write: WRITE_TIMEOUT };
    let connector =
        Connector::new(url, timeouts, memory).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(Pool::new(Arc::new(connector), Arc::clone(availability), connections.saturating_sub(extra)))
}

/// Waits until the server accepts a connection. It may be starting.
async fn wait_for_server(pool: &Pool, url: &str) -> Result<(), StoreError> {
    let started = Instant::now();
    loop {
        let Err(error) = pool.open_one(started + CONNECT_TIMEOUT).await else { return Ok(()) };
        if started.elapsed() >= CONNECT_TIMEOUT {
            return Err(unreachable_server(url));
        }
        match error {
            // Refused, or starting up.
            sqlx::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {}
            sqlx::Error::Database(refusal) if refusal.code().is_some_and(|code| code == "57P03") => {}
            sqlx::Error::PoolTimedOut => return Err(unreachable_server(url)),
            error => return Err(StoreError::Unavailable(error.to_string())),
        }
        tokio::time::sleep(CONNECT_PAUSE).await;
    }
}

fn unreachable_server(url: &str) -> StoreError {
    StoreError::Unavailable(format!(
        "no connection to {} within {} seconds; is the server running, and is the address correct?",
        redact(url),
        CONNECT_TIMEOUT.as_secs()
    ))
}
