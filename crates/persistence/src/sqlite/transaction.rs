//! Transactions on SQLite.
//!
//! On a full or broken disk SQLite rolls back by itself. sqlx counts transactions and does not notice that: it would
//! begin the next transaction as a savepoint inside one that nobody commits, and all later writes would be lost.
//! Therefore these transactions are plain statements. `BEGIN` fails on a connection that is still in a transaction,
//! and a connection is used again only if everything on it has succeeded, including `COMMIT` or `ROLLBACK`.

use std::sync::Arc;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::sqlite::{SqliteQueryResult, SqliteRow};
use sea_orm::sqlx::{Connection, Executor};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::connection::InterruptibleConnection;
use super::file_error::is_full_disk;
use super::pool::{Purpose, SqlitePool, bound};
use crate::StoreError;
use crate::error::wrap;
use crate::write::CommitError;

/// A transaction. It is rolled back when it is dropped without a commit.
#[derive(Debug)]
pub(crate) struct SqliteTransaction {
    pool: Arc<SqlitePool>,
    /// `None` while a statement runs, and after a statement has failed or was abandoned. Then the connection is closed,
    /// which rolls back.
    connection: tokio::sync::Mutex<Option<InterruptibleConnection>>,
    permit: Option<OwnedSemaphorePermit>,
    /// Whether it may be committed with changes. A dry run writes, but it is never committed.
    is_write: bool,
}

impl SqliteTransaction {
    pub(super) fn new(
        pool: Arc<SqlitePool>,
        connection: InterruptibleConnection,
        permit: OwnedSemaphorePermit,
        is_write: bool,
    ) -> Self {
        Self { pool, connection: tokio::sync::Mutex::new(Some(connection)), permit: Some(permit), is_write }
    }

    /// Commits. This fails if the file is not the file that the server has opened.
    pub(crate) async fn commit(mut self) -> Result<(), CommitError> {
        let Some(mut connection) = self.connection.get_mut().take() else {
            return Err(CommitError::not_committed(ended()));
        };
        let file = self.pool.file();
        if self.is_write
            && let Err(lost) = file.check()
        {
            let _ = connection.connection.close().await;
            return Err(CommitError::not_committed(lost));
        }
        if let Err(error) = connection.connection.execute("COMMIT").await {
            // On a full disk, the end of the transaction could not be written, so nothing is committed. After other
            // faults the complete transaction may be in the write-ahead log.
            let is_uncertain = self.is_write && !is_full_disk(&error);
            return Err(CommitError { cause: self.pool.close_failed(connection, error).await, is_uncertain });
        }
        if self.is_write {
            file.check().map_err(CommitError::not_committed)?;
        }
        self.pool.put_back(connection);
        Ok(())
    }

    fn purpose(&self) -> Purpose {
        if self.is_write { Purpose::Write } else { Purpose::Read }
    }

    async fn execute(&self, sql: &str, values: Option<Values>) -> Result<SqliteQueryResult, DbErr> {
        let mut place = self.connection.lock().await;
        let mut connection = place.take().ok_or_else(|| wrap(ended()))?;
        let InterruptibleConnection { stop, connection: open } = &mut connection;
        let statement = open.execute(bound(sql, values));
        match self.pool.run_in_time(self.purpose(), &stop.0, statement).await? {
            Ok(done) => {
                *place = Some(connection);
                Ok(done)
            }
            Err(error) => Err(wrap(self.pool.close_failed(connection, error).await)),
        }
    }

    async fn rows(&self, sql: &str, values: Option<Values>) -> Result<Vec<SqliteRow>, DbErr> {
        let mut place = self.connection.lock().await;
        let mut connection = place.take().ok_or_else(|| wrap(ended()))?;
        let InterruptibleConnection { stop, connection: open } = &mut connection;
        let statement = open.fetch_all(bound(sql, values));
        match self.pool.run_in_time(self.purpose(), &stop.0, statement).await? {
            Ok(rows) => {
                *place = Some(connection);
                Ok(rows)
            }
            Err(error) => Err(wrap(self.pool.close_failed(connection, error).await)),
        }
    }
}

/// The error of statements and of a commit after another statement has failed.
fn ended() -> StoreError {
    StoreError::Unavailable("an earlier statement has ended the transaction".to_owned())
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.get_mut().take() else { return };
        // Without a runtime the connection is closed, which rolls back as well.
        let Ok(runtime) = Handle::try_current() else { return };
        let (pool, permit) = (Arc::clone(&self.pool), self.permit.take());
        runtime.spawn(async move {
            match connection.connection.execute("ROLLBACK").await {
                Ok(_) => pool.put_back(connection),
                Err(error) => {
                    let error = pool.close_failed(connection, error).await;
                    tracing::warn!(%error, "a transaction could not be rolled back: its connection was closed");
                }
            }
            drop(permit);
        });
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for SqliteTransaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        Ok(self.execute(&sql, values).await?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        Ok(self.execute(sql, None).await?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Statement { sql, values, db_backend: _ } = statement;
        Ok(self.rows(&sql, values).await?.into_iter().map(QueryResult::from).collect())
    }
}
