//! [`Store`]: the database, shared by all parts of a node.

mod begin;
mod connect;
mod latest;
mod migrate;
mod schema;
mod settled_audit;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use domain::{ArticleId, Revision, Version};
use sea_orm::ConnectionTrait;
use tokio::sync::Mutex;

pub(crate) use connect::{is_postgres, redact};
pub(crate) use migrate::MIGRATION_LOCK;
pub use schema::Schema;
pub(crate) use schema::{applied_migrations, known_migrations, schema_condition};
pub use settled_audit::SettledAudit;
pub use snapshot::Snapshot;

use crate::connection::Replica;
use crate::page::SqliteReader;
use crate::postgres::Pool;
use crate::sqlite::{SqliteFile, SqlitePool};
use crate::write::DryRuns;
use crate::{Articles, Availability, Editions, Keys, PoolUsage, Previews, StatementPool, StoreError};
use schema::NewerSchema;

/// The kind of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file on the machine of the node.
    Sqlite,
    /// A server, which several nodes can share.
    Postgres,
}

/// Limits for one node.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// The maximum number of connections to PostgreSQL. At least [`StoreOptions::MIN_CONNECTIONS`].
    pub connections: usize,
    /// How long a read may take.
    pub read_timeout: Duration,
    /// The memory for the caches of all connections together: pages of an SQLite file, and prepared statements.
    pub kept_bytes: u64,
}

impl StoreOptions {
    /// The smallest number of connections with which a node can work.
    pub const MIN_CONNECTIONS: usize = 4;
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { connections: 24, read_timeout: Duration::from_secs(5), kept_bytes: 16 << 20 }
    }
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    options: StoreOptions,
    readers: StatementPool,
    writer: StatementPool,
    availability: Arc<Availability>,
    editions: Arc<Editions>,
    dry_runs: Arc<DryRuns>,
    /// Held by a write that makes an edition without locking the edition counter.
    write_turn: Arc<Mutex<()>>,
    replica: Option<Arc<Replica>>,
    newer_schema: Arc<NewerSchema>,
}

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Sqlite { file: Arc<SqliteFile>, readers: Arc<SqlitePool>, pages: Option<Arc<SqliteReader>> },
    Postgres { pool: Pool },
}

impl Store {
    /// Whether the database answers.
    #[must_use]
    pub fn availability(&self) -> &Availability {
        &self.availability
    }

    /// Probes the database and the replica forever. Until the first probe fails, they are assumed to answer.
    pub async fn watch(&self) {
        let primary = async {
            match &self.backend {
                Backend::Sqlite { readers, .. } => self.availability.watch("the database", &**readers).await,
                Backend::Postgres { pool } => {
                    self.availability.watch("the database", &**pool.connector()).await;
                }
            }
        };
        let replica = async {
            if let Some(replica) = &self.replica {
                let pool = &replica.pool;
                pool.availability().watch("the replica of the database", &**pool.connector()).await;
            }
        };
        tokio::join!(primary, replica);
    }

    /// How many connections are in use, by kind.
    #[must_use]
    pub fn usage(&self) -> Vec<(&'static str, PoolUsage)> {
        match &self.backend {
            Backend::Sqlite { .. } => vec![("read", self.readers.usage()), ("write", self.writer.usage())],
            Backend::Postgres { pool } => {
                let replica = self.replica.as_ref().map(|replica| ("replica", replica.pool.usage()));
                [("any", pool.usage())].into_iter().chain(replica).collect()
            }
        }
    }

    /// The kind of the database.
    #[must_use]
    pub fn database(&self) -> Database {
        match &self.backend {
            Backend::Sqlite { .. } => Database::Sqlite,
            Backend::Postgres { .. } => Database::Postgres,
        }
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.backend
    }

    pub(crate) fn writer(&self) -> &StatementPool {
        &self.writer
    }

    pub(crate) fn readers(&self) -> &StatementPool {
        &self.readers
    }

    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.replica.as_deref()
    }

    /// What this node knows about editions.
    #[must_use]
    pub fn editions(&self) -> &Editions {
        &self.editions
    }

    /// Checks that the file of an SQLite database is still the file that the server has opened. If it was deleted or
    /// replaced, this returns [`StoreError::FileLost`], now and always. PostgreSQL has no such file.
    pub fn check_file(&self) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite { file, .. } => file.check(),
            Backend::Postgres { .. } => Ok(()),
        }
    }

    /// Checks the file like [`Store::check_file`], and creates the space reserve again if it was used. Returns
    /// [`StoreError::StorageFull`] while there is no space for it.
    pub async fn maintain_file(&self) -> Result<(), StoreError> {
        let Backend::Sqlite { file, .. } = &self.backend else { return Ok(()) };
        let file = Arc::clone(file);
        // The disk may be slow.
        let checked = tokio::task::spawn_blocking(move || file.check_to_write()).await;
        checked.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    /// Sends a statement, and fails if the database does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.readers.execute_unprepared("SELECT 1").await.map(|_| ())?)
    }

    /// API keys. They do not belong to an edition, so no snapshot is needed. On PostgreSQL they use a connection for
    /// writes, so that a write does not wait for readers.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, StatementPool> {
        Keys(match &self.backend {
            Backend::Sqlite { .. } => &self.readers,
            Backend::Postgres { .. } => &self.writer,
        })
    }

    /// Preview links. They do not belong to an edition, so no snapshot is needed.
    #[must_use]
    pub fn previews(&self) -> Previews<'_, StatementPool> {
        Previews(&self.readers)
    }

    /// Articles, to find what is due. Whoever acts on it reads the article again in its own transaction.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, StatementPool> {
        Articles(&self.readers)
    }

    /// A version of an article, read before an attempt at a write, whose locks others wait for. Returns `None` on
    /// PostgreSQL, where the first attempt holds no locks and reads the version itself.
    pub async fn revision_ahead(
        &self,
        id: ArticleId,
        version: Version,
    ) -> Result<Option<Revision>, StoreError> {
        match self.database() {
            Database::Sqlite => self.articles().revision(id, version).await,
            Database::Postgres => Ok(None),
        }
    }
}
