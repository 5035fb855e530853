//! Transactions on PostgreSQL.

use std::time::Duration;

use sea_orm::sqlx::Row;
use sea_orm::sqlx::postgres::{PgQueryResult, PgRow};
use sea_orm::{DbBackend, DbErr, Statement};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connect::SettingsScope;
use super::lease::Lease;
use super::pool::Pool;
use super::purpose::Purpose;
use crate::connection::TransactionMode;

/// How long a commit may take.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a rollback in the background may take.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(1);

/// A transaction. It is rolled back when it is dropped without a commit.
#[derive(Debug)]
pub(crate) struct PgTransaction {
    lease: Mutex<Option<Lease>>,
    purpose: Purpose,
    /// The process of the server, and the pool for the request to cancel its statement.
    cancel: Option<(Pool, i32)>,
}

impl PgTransaction {
    /// Begins a transaction. This is tried once more if the connection has broken off, because nothing was done yet.
    pub(crate) async fn begin(pool: &Pool, mode: TransactionMode) -> Result<Self, DbErr> {
        match Self::begin_once(pool, mode).await {
            Err(error) if crate::error::lost_connection(&error) => Self::begin_once(pool, mode).await,
            begun => begun,
        }
    }

    async fn begin_once(pool: &Pool, mode: TransactionMode) -> Result<Self, DbErr> {
        let (purpose, isolation) = match mode {
            TransactionMode::Snapshot => (Purpose::Read, "ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            TransactionMode::Write => (Purpose::Write, "ISOLATION LEVEL READ COMMITTED"),
            TransactionMode::DryRun => (Purpose::Read, "ISOLATION LEVEL REPEATABLE READ"),
        };
        let mut lease = pool.lease(purpose).await?;
        let (sql, until) = (lease.begin_sql(isolation, purpose), lease.until(purpose));
        let mut cancel = None;
        // This comes before `BEGIN`, because the transaction must not have read anything. Behind a pooler, the session
        // is not known before `BEGIN`.
        if mode == TransactionMode::DryRun && lease.settings_scope() == SettingsScope::Session {
            let pid = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
            let pid = lease.rows(pid, until).await?;
            let pid = pid.first().and_then(|row| row.try_get::<i32, _>(0).ok());
            cancel = pid.map(|pid| (pool.clone(), pid));
        }
        if let Err(error) = lease.run(&sql, until).await {
            lease.close_on_drop();
            return Err(error);
        }
        Ok(Self { lease: Mutex::new(Some(lease)), purpose, cancel })
    }

    /// Asks the server to cancel the running statement. Returns whether the request was sent.
    pub(crate) async fn cancel(&self) -> bool {
        let Some((pool, pid)) = &self.cancel else { return false };
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
        let (started, until) = (Instant::now(), lease.until(self.purpose));
        lease.rows(statement, until).await.map_err(|error| lease.explain(self.purpose, error, started))
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

    /// Commits.
    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        let mut lease = self.lease.get_mut().take().ok_or_else(ended)?;
        let committed = lease.run("COMMIT", Instant::now() + COMMIT_TIMEOUT).await;
        if committed.is_err() {
            lease.close_on_drop();
        }
        committed
    }
}

impl Drop for PgTransaction {
    fn drop(&mut self) {
        let Some(mut lease) = self.lease.get_mut().take() else { return };
        // Closing the connection abandons the running statement and rolls back.
        if !lease.is_clean() {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if lease.run("ROLLBACK", Instant::now() + ROLLBACK_TIMEOUT).await.is_err() {
                    lease.close_on_drop();
                }
            })),
            Err(_) => lease.close_on_drop(),
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the transaction has ended".to_owned())
}
