//! Connections to an SQLite file, and transactions on them.
//!
//! On a full disk or a fault of it SQLite rolls back by itself. A library that counts transactions does not see that:
//! sqlx then begins the next one as a savepoint within one that nobody commits, and what it acknowledges from then on
//! is lost. So these transactions are plain statements. `BEGIN` fails on a connection that is not in autocommit mode,
//! and a connection is used again only when everything on it has succeeded, down to `COMMIT` or `ROLLBACK`.
//!
//! Each connection lives in a thread of its own. What it does for somebody who has gone, or for too long, it gives up
//! by itself: it looks every few thousand steps whether it should.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnection, SqliteQueryResult, SqliteRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, Row};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep};

use crate::availability::{Availability, GaveUp, Pulse};
use crate::error::{gave_up, told, too_slow};
use crate::outcome::CommitError;
use crate::sqlite_file::{SqliteFile, is_full_disk, is_held};
use crate::store::LOCK_PATIENCE;
use crate::transaction::Begin;
use crate::{PoolUsage, StoreError};

/// How many steps of SQLite's machine go by between two looks whether to give up.
const STEPS: i32 = 4_000;

/// Begins to write, unless another process does: then it fails at once. SQLite's own waiting looks again every 100 ms,
/// and would hardly ever find the file free between two writes of a busy process.
///
/// Without `IMMEDIATE`, SQLite refuses a transaction that read before it wrote, when another process has written in
/// between.
const TRY_TO_WRITE: &str = "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; PRAGMA busy_timeout = 1500";
const _: () = assert!(LOCK_PATIENCE.as_millis() == 1500, "what is set again is what was set");
/// How long a writer waits before it tries again.
const LOCK_PAUSE: Duration = Duration::from_millis(2);

/// A bounded number of connections to one file.
#[derive(Debug)]
pub(crate) struct SqliteConnections {
    file: Arc<SqliteFile>,
    permits: Arc<Semaphore>,
    most: usize,
    /// How many wait for a permit.
    waiting: AtomicUsize,
    idle: Mutex<Vec<Interruptible>>,
    availability: Arc<Availability>,
    limits: Limits,
    /// How often somebody has found that another process writes to the file for too long: those behind need not find
    /// out as well, one by one.
    held: watch::Sender<u64>,
}

/// How long something may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Waiting for a connection.
    pub(crate) turn: Duration,
    /// A statement.
    pub(crate) statement: Duration,
}

/// A connection that gives up what it does when this is dropped.
#[derive(Debug)]
pub(crate) struct Interruptible {
    stop: Stop,
    connection: SqliteConnection,
}

#[derive(Debug)]
struct Stop(Arc<Steps>);

/// What a connection and its progress handler tell each other.
#[derive(Debug, Default)]
struct Steps {
    /// Whether the statement is to be given up.
    are_over: AtomicBool,
    /// How often the handler was called: while SQLite works, and not while it waits for the disk or for a lock.
    calls: AtomicU64,
}

impl Steps {
    /// Counts a call of the progress handler, and answers whether the statement may go on.
    fn count(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        !self.are_over.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.are_over.store(true, Ordering::Relaxed);
    }
}

/// Somebody who waits, counted until this is dropped.
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
enum For {
    Reading,
    Writing,
}

/// Why a transaction has not begun.
struct NotBegun {
    error: StoreError,
    /// Whether another process writes to the file.
    is_held: bool,
}

impl SqliteConnections {
    /// At most so many.
    pub(crate) fn new(
        file: &Arc<SqliteFile>,
        most: usize,
        availability: &Arc<Availability>,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            file: Arc::clone(file),
            permits: Arc::new(Semaphore::new(most)),
            most,
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            availability: Arc::clone(availability),
            limits,
            held: watch::Sender::new(0),
        })
    }

    /// Opens all of them, so that reading goes on when the file is lost, as no new connection can be opened then.
    pub(crate) async fn opened(self: Arc<Self>) -> Result<Arc<Self>, StoreError> {
        for _ in 0..self.permits.available_permits() {
            self.keep(self.connect().await?);
        }
        Ok(self)
    }

    /// How many of its connections are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        let in_use = self.most - self.permits.available_permits().min(self.most);
        PoolUsage { in_use, most: self.most, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// The file.
    pub(crate) fn file(&self) -> &Arc<SqliteFile> {
        &self.file
    }

    /// Begins a transaction.
    pub(crate) async fn begin(self: &Arc<Self>, begin: Begin) -> Result<SqliteTx, StoreError> {
        let permit = self.permit().await?;
        let writes = begin != Begin::Snapshot;
        if writes {
            self.file.check_to_write()?;
        }
        let begun = match self.idle() {
            None => self.begun(self.connect().await?, writes).await,
            Some(idle) => match self.begun(idle, writes).await {
                // It is closed by now: what was wrong with it alone is over.
                Err(NotBegun { is_held: false, .. }) => self.begun(self.connect().await?, writes).await,
                begun => begun,
            },
        };
        let connection = begun.map_err(|NotBegun { error, is_held }| {
            if is_held {
                self.held.send_modify(|times| *times += 1);
            }
            error
        })?;
        Ok(SqliteTx {
            connections: Arc::clone(self),
            connection: tokio::sync::Mutex::new(Some(connection)),
            permit: Some(permit),
            writes: begin == Begin::Write,
        })
    }

    async fn begun(&self, mut connection: Interruptible, writes: bool) -> Result<Interruptible, NotBegun> {
        let begun = if writes {
            self.write_lock(&mut connection.connection).await
        } else {
            connection.connection.execute("BEGIN").await.map(drop)
        };
        match begun {
            Ok(()) => Ok(connection),
            Err(error) => {
                let is_held = is_held(&error);
                Err(NotBegun { error: self.failed(connection, error).await, is_held })
            }
        }
    }

    /// Begins to write, once no other process does. Gives up when another one has held the file for
    /// [`LOCK_PATIENCE`] without committing anything: it may be stuck. Waits longer, but not for ever, while others
    /// commit: then they only take turns.
    async fn write_lock(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let last = crate::deadline::or(Instant::now() + self.limits.turn);
        let mut until = Instant::now() + LOCK_PATIENCE;
        let mut version = None;
        loop {
            let error = match connection.execute(TRY_TO_WRITE).await {
                Ok(_) => return Ok(()),
                Err(error) if is_held(&error) => error,
                Err(error) => return Err(error),
            };
            sleep(LOCK_PAUSE).await;
            let now = Instant::now();
            let seen = Some(data_version(connection).await?);
            if std::mem::replace(&mut version, seen) != seen {
                until = now + LOCK_PATIENCE;
            }
            if now > until.min(last) {
                return Err(error);
            }
        }
    }

    async fn connect(&self) -> Result<Interruptible, StoreError> {
        let mut connection = self.file.connect().await?;
        let stop = Stop(Arc::default());
        let steps = Arc::clone(&stop.0);
        match connection.lock_handle().await {
            Ok(mut handle) => handle.set_progress_handler(STEPS, move || steps.count()),
            Err(error) => return Err(self.file.explained(error).await),
        }
        Ok(Interruptible { stop, connection })
    }

    /// Does something on a connection, unless it takes too long or the file cannot be read any more.
    async fn in_time<T>(
        &self,
        purpose: For,
        steps: &Steps,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<Result<T, sqlx::Error>, DbErr> {
        let (begun, limit) = (Instant::now(), self.limits.statement);
        let calls = steps.calls.load(Ordering::Relaxed);
        let own_end = begun + limit;
        let until = crate::deadline::or(own_end);
        match self.availability.unless_away(until, work).await {
            Ok(done) => {
                self.availability.heard();
                Ok(done)
            }
            Err(GaveUp::TooLong) => {
                let has_worked = steps.calls.load(Ordering::Relaxed) > calls;
                let is_own_time = purpose == For::Reading && until == own_end && has_worked;
                Err(if is_own_time {
                    told(StoreError::OutOfTime { limit, taken: begun.elapsed() })
                } else {
                    too_slow()
                })
            }
            Err(GaveUp::Away) => Err(gave_up(GaveUp::Away)),
        }
    }

    /// Closes a connection that something has failed on, and answers why.
    async fn failed(&self, connection: Interruptible, error: sqlx::Error) -> StoreError {
        let Interruptible { stop, connection } = connection;
        // What closing fails with is no news.
        let _ = connection.close().await;
        drop(stop);
        self.file.explained(error).await
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let mut held = self.held.subscribe();
        let until = crate::deadline::or(Instant::now() + self.limits.turn);
        let permit = async {
            if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
                return Ok(permit);
            }
            let _waiting = Waiting::count(&self.waiting);
            tokio::select! {
                biased;
                _ = held.changed() => Err(gave_up(GaveUp::Away)),
                permit = Arc::clone(&self.permits).acquire_owned() => permit.map_err(|_| gave_up(GaveUp::Away)),
            }
        };
        match self.availability.unless_away(until, permit).await {
            Ok(permit) => Ok(permit?),
            Err(why) => Err(gave_up(why).into()),
        }
    }

    fn idle(&self) -> Option<Interruptible> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn take(&self) -> Result<Interruptible, DbErr> {
        match self.idle() {
            Some(idle) => Ok(idle),
            None => self.connect().await.map_err(told),
        }
    }

    /// Keeps a connection on which everything has succeeded, and that is in no transaction.
    fn keep(&self, connection: Interruptible) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A number that changes whenever another connection has committed something.
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    connection.fetch_one("PRAGMA data_version").await?.try_get(0)
}

/// A statement with what is bound to it.
fn bound(sql: &str, values: Option<Values>) -> Query<'_, Sqlite, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}

/// Statements that belong to no transaction.
#[async_trait::async_trait]
impl ConnectionTrait for SqliteConnections {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        let _permit = self.permit().await.map_err(told)?;
        let mut connection = self.take().await?;
        let Interruptible { stop, connection: open } = &mut connection;
        match self.in_time(For::Writing, &stop.0, open.execute(bound(&sql, values))).await? {
            Ok(done) => {
                self.keep(connection);
                Ok(done.into())
            }
            Err(error) => Err(told(self.failed(connection, error).await)),
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
        let _permit = self.permit().await.map_err(told)?;
        let mut connection = self.take().await?;
        let Interruptible { stop, connection: open } = &mut connection;
        match self.in_time(For::Reading, &stop.0, open.fetch_all(bound(&sql, values))).await? {
            Ok(rows) => {
                self.keep(connection);
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
            Err(error) => Err(told(self.failed(connection, error).await)),
        }
    }
}

/// A transaction. Dropped without a commit, it is rolled back.
#[derive(Debug)]
pub(crate) struct SqliteTx {
    connections: Arc<SqliteConnections>,
    /// Nothing while a statement runs, and after one that has failed or was given up: its connection is closed then,
    /// which rolls back.
    connection: tokio::sync::Mutex<Option<Interruptible>>,
    permit: Option<OwnedSemaphorePermit>,
    writes: bool,
}

impl SqliteTx {
    /// Keeps everything.
    ///
    /// # Errors
    /// When SQLite refuses, or the file is not the one that the server began with. The connection is closed then.
    pub(crate) async fn commit(mut self) -> Result<(), CommitError> {
        let Some(mut connection) = self.connection.get_mut().take() else {
            return Err(CommitError::refused(ended()));
        };
        let file = self.connections.file();
        if self.writes
            && let Err(lost) = file.check()
        {
            let _ = connection.connection.close().await;
            return Err(CommitError::refused(lost));
        }
        if let Err(error) = connection.connection.execute("COMMIT").await {
            // A disk that is full had no room for the end of the transaction, without which the rest of it is nothing.
            // After other faults, all of it may stand in the write-ahead log.
            let is_open = self.writes && !is_full_disk(&error);
            return Err(CommitError { cause: self.connections.failed(connection, error).await, is_open });
        }
        if self.writes {
            file.check().map_err(CommitError::refused)?;
        }
        self.connections.keep(connection);
        Ok(())
    }

    fn purpose(&self) -> For {
        if self.writes { For::Writing } else { For::Reading }
    }

    async fn run(&self, sql: &str, values: Option<Values>) -> Result<SqliteQueryResult, DbErr> {
        let mut place = self.connection.lock().await;
        let mut connection = place.take().ok_or_else(|| told(ended()))?;
        let Interruptible { stop, connection: open } = &mut connection;
        let statement = open.execute(bound(sql, values));
        match self.connections.in_time(self.purpose(), &stop.0, statement).await? {
            Ok(done) => {
                *place = Some(connection);
                Ok(done)
            }
            Err(error) => Err(told(self.connections.failed(connection, error).await)),
        }
    }

    async fn fetch(&self, sql: &str, values: Option<Values>) -> Result<Vec<SqliteRow>, DbErr> {
        let mut place = self.connection.lock().await;
        let mut connection = place.take().ok_or_else(|| told(ended()))?;
        let Interruptible { stop, connection: open } = &mut connection;
        let statement = open.fetch_all(bound(sql, values));
        match self.connections.in_time(self.purpose(), &stop.0, statement).await? {
            Ok(rows) => {
                *place = Some(connection);
                Ok(rows)
            }
            Err(error) => Err(told(self.connections.failed(connection, error).await)),
        }
    }
}

/// What a statement or commit is told after another statement has failed.
fn ended() -> StoreError {
    StoreError::Unavailable("an earlier statement has ended the transaction".to_owned())
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.get_mut().take() else { return };
        // Without a runtime the connection is closed, which rolls back as well.
        let Ok(runtime) = Handle::try_current() else { return };
        let (connections, permit) = (Arc::clone(&self.connections), self.permit.take());
        runtime.spawn(async move {
            match connection.connection.execute("ROLLBACK").await {
                Ok(_) => connections.keep(connection),
                Err(error) => {
                    let error = connections.failed(connection, error).await;
                    tracing::warn!(%error, "a transaction could not be rolled back: its connection was closed");
                }
            }
            drop(permit);
        });
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for SqliteTx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        Ok(self.run(&sql, values).await?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        Ok(self.run(sql, None).await?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        Ok(self.fetch(&sql, values).await?.into_iter().map(QueryResult::from).collect())
    }
}

impl Pulse for SqliteConnections {
    type Connection = Interruptible;

    async fn ask(&self, connection: Option<Interruptible>) -> Result<Option<Interruptible>, String> {
        let mut connection = match connection {
            Some(connection) => connection,
            None => match self.connect().await {
                Ok(connection) => connection,
                // It is there to be read from, over the connections that are open.
                Err(StoreError::FileLost { .. } | StoreError::StorageFull(_)) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            },
        };
        // What reads the first page of the file, at least.
        match connection.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").await {
            Ok(_) => Ok(Some(connection)),
            Err(error) => Err(self.failed(connection, error).await.to_string()),
        }
    }
}
