//! A transaction on PostgreSQL.

use std::time::Duration;

use sea_orm::sqlx::Row;
use sea_orm::sqlx::postgres::{PgQueryResult, PgRow};
use sea_orm::{DbBackend, DbErr, Statement};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connect::Reach;
use super::connection::{Lease, Purpose};
use super::pool::Pool;
use crate::transaction::Begin;

/// How long a commit is waited for.
const COMMIT_PATIENCE: Duration = Duration::from_secs(30);
/// How long undoing is waited for, aside.
const ROLLBACK_PATIENCE: Duration = Duration::from_secs(1);

/// A transaction. Dropped without a commit, it undoes everything.
#[derive(Debug)]
pub(crate) struct PgTransaction {
    lease: Mutex<Option<Lease>>,
    purpose: Purpose,
    /// The server's process, and the way to have it cancelled.
    cancelled: Option<(Pool, i32)>,
}

impl PgTransaction {
    /// Begins. Nothing is done yet, so that it is begun again, once, when the connection was a dead one.
    pub(crate) async fn begin(pool: &Pool, begin: Begin) -> Result<Self, DbErr> {
        match Self::begin_once(pool, begin).await {
            Err(error) if crate::error::lost_connection(&error) => Self::begin_once(pool, begin).await,
            begun => begun,
        }
    }

    async fn begin_once(pool: &Pool, begin: Begin) -> Result<Self, DbErr> {
        let (purpose, mode) = match begin {
            Begin::Snapshot => (Purpose::Read, "ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            Begin::Write => (Purpose::Write, "ISOLATION LEVEL READ COMMITTED"),
            Begin::Trial => (Purpose::Read, "ISOLATION LEVEL REPEATABLE READ"),
        };
        let mut lease = pool.lease(purpose).await?;
        let (sql, until) = (lease.begin(mode, purpose), lease.until(purpose));
        let mut cancelled = None;
        // Before it begins, as it must not have read anything. Behind a pooler, its session is not known by then.
        if begin == Begin::Trial && lease.reach() == Reach::Session {
            let pid = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
            let pid = lease.rows(pid, until).await?;
            let pid = pid.first().and_then(|row| row.try_get::<i32, _>(0).ok());
            cancelled = pid.map(|pid| (pool.clone(), pid));
        }
        if let Err(error) = lease.run(&sql, until).await {
            lease.spoil();
            return Err(error);
        }
        Ok(Self { lease: Mutex::new(Some(lease)), purpose, cancelled })
    }

    /// Has the server give up the statement that runs, and answers whether it was told to.
    pub(crate) async fn cancel(&self) -> bool {
        let Some((pool, pid)) = &self.cancelled else { return false };
        let cancel = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_cancel_backend($1)",
            [(*pid).into()],
        );
        let cancelled = pool.rows(Purpose::Write, cancel).await;
        if let Err(error) = &cancelled {
            log::debug!("a statement could not be cancelled: {error}");
        }
        cancelled.is_ok()
    }

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut lease = self.lease.lock().await;
        let lease = lease.as_mut().ok_or_else(ended)?;
        let (begun, until) = (Instant::now(), lease.until(self.purpose));
        lease.rows(statement, until).await.map_err(|error| lease.explained(self.purpose, error, begun))
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<PgQueryResult, DbErr> {
        let mut lease = self.lease.lock().await;
        let lease = lease.as_mut().ok_or_else(ended)?;
        let until = lease.until(self.purpose);
        lease.execute(statement, until).await
    }

    pub(crate) async fn run(&self, sql: &str) -> Result<(), DbErr> {
        let mut lease = self.lease.lock().await;
        let lease = lease.as_mut().ok_or_else(ended)?;
        let until = lease.until(self.purpose);
        lease.run(sql, until).await
    }

    /// Keeps everything.
    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        let mut lease = self.lease.get_mut().take().ok_or_else(ended)?;
        let committed = lease.run("COMMIT", Instant::now() + COMMIT_PATIENCE).await;
        if committed.is_err() {
            lease.spoil();
        }
        committed
    }
}

impl Drop for PgTransaction {
    fn drop(&mut self) {
        let Some(mut lease) = self.lease.get_mut().take() else { return };
        // What is under way is given up with the connection, which undoes everything.
        if !lease.is_clean() {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if lease.run("ROLLBACK", Instant::now() + ROLLBACK_PATIENCE).await.is_err() {
                    lease.spoil();
                }
            })),
            Err(_) => lease.spoil(),
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the transaction has ended".to_owned())
}
