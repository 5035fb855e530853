//! A pool of connections to an SQLite file.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, Row};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;
use sea_query_sqlx::SqlxValues;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep};

use super::WRITE_LOCK_TIMEOUT;
use super::connection::{InterruptibleConnection, Progress};
use super::file::SqliteFile;
use super::file_error::is_locked;
use super::transaction::SqliteTransaction;
use crate::StoreError;
use crate::connection::{Availability, GaveUp, PoolUsage, Probe, TransactionMode, deadline};
use crate::error::{no_connection, too_slow, wrap};

/// Begins a write transaction. It fails at once if another process is writing: SQLite's own waiting tries only every
/// 100 ms, and would hardly ever find the file free between two writes of a busy process.
///
/// It is `IMMEDIATE`, because SQLite refuses a transaction that has read before it writes, if another process has
/// written in between.
const TRY_TO_BEGIN_WRITE: &str = "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; PRAGMA busy_timeout = 1500";
const _: () = assert!(WRITE_LOCK_TIMEOUT.as_millis() == 1500, "the statement restores this timeout");
/// The pause between two attempts to begin a write transaction.
const WRITE_LOCK_PAUSE: Duration = Duration::from_millis(2);

/// A limited number of connections to one file.
#[derive(Debug)]
pub(crate) struct SqlitePool {
    file: Arc<SqliteFile>,
    permits: Arc<Semaphore>,
    most: usize,
    /// The number of callers that wait for a permit.
    waiting: AtomicUsize,
    idle: Mutex<Vec<InterruptibleConnection>>,
    availability: Arc<Availability>,
    timeouts: Timeouts,
    /// The number of times that another process blocked a writer for too long. When it changes, the waiting writers
    /// give up as well, so that each of them need not wait for the full time.
    blocked: watch::Sender<u64>,
}

/// How long a caller waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// For a connection.
    pub(crate) pool: Duration,
    /// For a statement.
    pub(crate) statement: Duration,
}

/// A waiting caller. It is counted until this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn count(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// Why a transaction could not begin.
struct NotBegun {
    error: StoreError,
    /// Whether another process is writing to the file.
    is_locked: bool,
}

impl SqlitePool {
    /// A pool of at most `most` connections.
    pub(crate) fn new(
        file: &Arc<SqliteFile>,
        most: usize,
        availability: &Arc<Availability>,
        timeouts: Timeouts,
    ) -> Arc<Self> {
        Arc::new(Self {
            file: Arc::clone(file),
            permits: Arc::new(Semaphore::new(most)),
            most,
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            availability: Arc::clone(availability),
            timeouts,
            blocked: watch::Sender::new(0),
        })
    }

    /// Opens all connections. When the file is lost, no new connection can be opened, but reads continue on these.
    pub(crate) async fn open_all(self: Arc<Self>) -> Result<Arc<Self>, StoreError> {
        for _ in 0..self.permits.available_permits() {
            self.put_back(self.connect().await?);
        }
        Ok(self)
    }

    /// How many connections are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        let in_use = self.most - self.permits.available_permits().min(self.most);
        PoolUsage { in_use, most: self.most, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// The file.
    pub(crate) fn file(&self) -> &Arc<SqliteFile> {
        &self.file
    }

    /// Begins a transaction.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        mode: TransactionMode,
    ) -> Result<SqliteTransaction, StoreError> {
        let permit = self.permit().await?;
        let writes = mode != TransactionMode::Snapshot;
        if writes {
            self.file.check_to_write()?;
        }
        let begun = match self.take_idle() {
            None => self.begin_on(self.connect().await?, writes).await,
            Some(idle) => match self.begin_on(idle, writes).await {
                // The failed connection is closed. A new one may work.
                Err(NotBegun { is_locked: false, .. }) => self.begin_on(self.connect().await?, writes).await,
                begun => begun,
            },
        };
        let connection = begun.map_err(|NotBegun { error, is_locked }| {
            if is_locked {
                self.blocked.send_modify(|times| *times += 1);
            }
            error
        })?;
        let is_write = mode == TransactionMode::Write;
        Ok(SqliteTransaction::new(Arc::clone(self), connection, permit, is_write))
    }

    async fn begin_on(
        &self,
        mut connection: InterruptibleConnection,
        writes: bool,
    ) -> Result<InterruptibleConnection, NotBegun> {
        let begun = if writes {
            self.begin_write(&mut connection.connection).await
        } else {
            connection.connection.execute("BEGIN").await.map(drop)
        };
        match begun {
            Ok(()) => Ok(connection),
            Err(error) => {
                let is_locked = is_locked(&error);
                Err(NotBegun { error: self.close_failed(connection, error).await, is_locked })
            }
        }
    }

    /// Begins a write transaction as soon as no other process is writing. If others hold the lock for
    /// [`WRITE_LOCK_TIMEOUT`] without committing anything, they may be stuck, and this gives up. While they commit,
    /// they only take turns, and this waits for up to the timeout of the pool.
    async fn begin_write(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let last = deadline::earliest(Instant::now() + self.timeouts.pool);
        let mut until = Instant::now() + WRITE_LOCK_TIMEOUT;
        let mut version = None;
        loop {
            let error = match connection.execute(TRY_TO_BEGIN_WRITE).await {
                Ok(_) => return Ok(()),
                Err(error) if is_locked(&error) => error,
                Err(error) => return Err(error),
            };
            sleep(WRITE_LOCK_PAUSE).await;
            let now = Instant::now();
            let current = Some(data_version(connection).await?);
            if std::mem::replace(&mut version, current) != current {
                until = now + WRITE_LOCK_TIMEOUT;
            }
            if now > until.min(last) {
                return Err(error);
            }
        }
    }

    async fn connect(&self) -> Result<InterruptibleConnection, StoreError> {
        match InterruptibleConnection::new(self.file.connect().await?).await {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.file.explain(error).await),
        }
    }

    /// Runs a statement, but stops waiting when it takes too long or when the file cannot be read any more.
    pub(super) async fn run_in_time<T>(
        &self,
        purpose: Purpose,
        progress: &Progress,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<Result<T, sqlx::Error>, DbErr> {
        let (started, limit) = (Instant::now(), self.timeouts.statement);
        let calls = progress.calls();
        let own_end = started + limit;
        let until = deadline::earliest(own_end);
        match self.availability.unless_away(until, statement).await {
            Ok(done) => {
                self.availability.note_answer();
                Ok(done)
            }
            Err(GaveUp::TooLong) => {
                let has_worked = progress.calls() > calls;
                let is_out_of_time = purpose == Purpose::Read && until == own_end && has_worked;
                Err(if is_out_of_time {
                    wrap(StoreError::OutOfTime { limit, taken: started.elapsed() })
                } else {
                    too_slow()
                })
            }
            Err(GaveUp::Away) => Err(no_connection(GaveUp::Away)),
        }
    }

    /// Closes a connection on which something has failed, and returns the error with its cause.
    pub(super) async fn close_failed(
        &self,
        connection: InterruptibleConnection,
        error: sqlx::Error,
    ) -> StoreError {
        let InterruptibleConnection { stop, connection } = connection;
        // The first error is the one that matters.
        let _ = connection.close().await;
        drop(stop);
        self.file.explain(error).await
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let mut blocked = self.blocked.subscribe();
        let until = deadline::earliest(Instant::now() + self.timeouts.pool);
        let permit = async {
            if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
                return Ok(permit);
            }
            let _waiting = Waiting::count(&self.waiting);
            tokio::select! {
                biased;
                _ = blocked.changed() => Err(no_connection(GaveUp::Away)),
                permit = Arc::clone(&self.permits).acquire_owned() => {
                    permit.map_err(|_| no_connection(GaveUp::Away))
                }
            }
        };
        match self.availability.unless_away(until, permit).await {
            Ok(permit) => Ok(permit?),
            Err(why) => Err(no_connection(why).into()),
        }
    }

    fn take_idle(&self) -> Option<InterruptibleConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn take(&self) -> Result<InterruptibleConnection, DbErr> {
        match self.take_idle() {
            Some(idle) => Ok(idle),
            None => self.connect().await.map_err(wrap),
        }
    }

    /// Makes a connection available to the next caller. Everything on it must have succeeded, and it must not be in a
    /// transaction.
    pub(super) fn put_back(&self, connection: InterruptibleConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A number that changes whenever another connection has committed.
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    connection.fetch_one("PRAGMA data_version").await?.try_get(0)
}

/// A statement with its bound values.
pub(super) fn bound(sql: &str, values: Option<Values>) -> Query<'_, Sqlite, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}

/// Statements outside of transactions.
#[async_trait::async_trait]
impl ConnectionTrait for SqlitePool {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        let _permit = self.permit().await.map_err(wrap)?;
        let mut connection = self.take().await?;
        let InterruptibleConnection { stop, connection: open } = &mut connection;
        match self.run_in_time(Purpose::Write, &stop.0, open.execute(bound(&sql, values))).await? {
            Ok(done) => {
                self.put_back(connection);
                Ok(done.into())
            }
            Err(error) => Err(wrap(self.close_failed(connection, error).await)),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        let _permit = self.permit().await.map_err(wrap)?;
        let mut connection = self.take().await?;
        let InterruptibleConnection { stop, connection: open } = &mut connection;
        match self.run_in_time(Purpose::Read, &stop.0, open.fetch_all(bound(&sql, values))).await? {
            Ok(rows) => {
                self.put_back(connection);
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
            Err(error) => Err(wrap(self.close_failed(connection, error).await)),
        }
    }
}

impl Probe for SqlitePool {
    type Connection = InterruptibleConnection;

    async fn probe(
        &self,
        connection: Option<InterruptibleConnection>,
    ) -> Result<Option<InterruptibleConnection>, String> {
        let mut connection = match connection {
            Some(connection) => connection,
            None => match self.connect().await {
                Ok(connection) => connection,
                // The open connections can still read.
                Err(StoreError::FileLost { .. } | StoreError::StorageFull(_)) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            },
        };
        // This reads at least the first page of the file.
        match connection.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").await {
            Ok(_) => Ok(Some(connection)),
            Err(error) => Err(self.close_failed(connection, error).await.to_string()),
        }
    }
}
