//! A transaction on PostgreSQL.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgQueryResult, PgRow};
use sea_orm::{DbErr, Statement};
use tokio::sync::Mutex;
use tokio::time::Instant;

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
        if let Err(error) = lease.run(&sql, until).await {
            lease.spoil();
            return Err(error);
        }
        Ok(Self { lease: Mutex::new(Some(lease)), purpose })
    }

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut lease = self.lease.lock().await;
        let lease = lease.as_mut().ok_or_else(ended)?;
        let until = lease.until(self.purpose);
        lease.rows(statement, until).await
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
