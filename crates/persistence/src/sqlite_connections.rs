//! Connections to an SQLite file, and transactions on them.
//!
//! On a full disk or a fault of it SQLite rolls back by itself. A library that counts transactions does not see that:
//! sqlx then begins the next one as a savepoint within one that nobody commits, and what it acknowledges from then on
//! is lost. So these transactions are plain statements. `BEGIN` fails on a connection that is not in autocommit mode,
//! and a connection is used again only when everything on it has succeeded, down to `COMMIT` or `ROLLBACK`.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::sea_query::Values;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnection, SqliteQueryResult, SqliteRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use sea_orm_migration::async_trait;
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::StoreError;
use crate::outcome::CommitError;
use crate::sqlite_file::{SqliteFile, is_full_disk};
use crate::store::PATIENCE;

/// A bounded number of connections to one file.
#[derive(Debug)]
pub(crate) struct SqliteConnections {
    file: Arc<SqliteFile>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<SqliteConnection>>,
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It reads one state of the file, from its first read on.
    Read,
    /// It writes. Without `IMMEDIATE`, SQLite refuses a transaction that read before it wrote, at once and without
    /// waiting, when another process has written in between.
    Write,
}

impl SqliteConnections {
    /// At most so many.
    pub(crate) fn new(file: &Arc<SqliteFile>, most: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(most));
        Arc::new(Self { file: Arc::clone(file), permits, idle: Mutex::default() })
    }

    /// Opens all of them, so that reading goes on when the file is lost, as no new connection can be opened then.
    pub(crate) async fn opened(self: Arc<Self>) -> Result<Arc<Self>, StoreError> {
        for _ in 0..self.permits.available_permits() {
            self.keep(self.file.connect().await?);
        }
        Ok(self)
    }

    /// The file.
    pub(crate) fn file(&self) -> &Arc<SqliteFile> {
        &self.file
    }

    /// Begins a transaction.
    pub(crate) async fn begin(self: &Arc<Self>, begin: Begin) -> Result<SqliteTx, StoreError> {
        let permit = self.permit().await?;
        let statement = match begin {
            Begin::Read => "BEGIN",
            Begin::Write => "BEGIN IMMEDIATE",
        };
        if begin == Begin::Write {
            self.file.check_to_write()?;
        }
        let connection = match self.idle() {
            None => self.begun(self.file.connect().await?, statement).await?,
            Some(idle) => match self.begun(idle, statement).await {
                Ok(connection) => connection,
                // It is closed by now: what was wrong with it alone is over.
                Err(_) => self.begun(self.file.connect().await?, statement).await?,
            },
        };
        Ok(SqliteTx {
            connections: Arc::clone(self),
            connection: tokio::sync::Mutex::new(Some(connection)),
            permit: Some(permit),
            writes: begin == Begin::Write,
        })
    }

    async fn begun(
        &self,
        mut connection: SqliteConnection,
        statement: &'static str,
    ) -> Result<SqliteConnection, StoreError> {
        match connection.execute(statement).await {
            Ok(_) => Ok(connection),
            Err(error) => Err(self.failed(connection, error).await),
        }
    }

    /// Closes a connection that something has failed on, and answers why.
    async fn failed(&self, connection: SqliteConnection, error: sqlx::Error) -> StoreError {
        // What closing fails with is no news.
        let _ = connection.close().await;
        self.file.explained(error).await
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        match timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into()),
        }
    }

    fn idle(&self) -> Option<SqliteConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn take(&self) -> Result<SqliteConnection, DbErr> {
        match self.idle() {
            Some(idle) => Ok(idle),
            None => self.file.connect().await.map_err(told),
        }
    }

    /// Keeps a connection on which everything has succeeded, and that is in no transaction.
    fn keep(&self, connection: SqliteConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// An error of ours, on its way through SeaORM; `StoreError::from` takes it out again.
fn told(error: StoreError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(io::Error::other(error)).into()))
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
        match connection.execute(bound(&sql, values)).await {
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
        match connection.fetch_all(bound(&sql, values)).await {
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
    connection: tokio::sync::Mutex<Option<SqliteConnection>>,
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
            let _ = connection.close().await;
            return Err(CommitError::refused(lost));
        }
        if let Err(error) = connection.execute("COMMIT").await {
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

    async fn run(&self, sql: &str, values: Option<Values>) -> Result<SqliteQueryResult, DbErr> {
        let mut place = self.connection.lock().await;
        let mut connection = place.take().ok_or_else(|| told(ended()))?;
        match connection.execute(bound(sql, values)).await {
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
        match connection.fetch_all(bound(sql, values)).await {
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
            match connection.execute("ROLLBACK").await {
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
