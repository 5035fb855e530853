//! Dry runs: transactions that write and are always rolled back, which previews use.
//!
//! A dry run holds a lock that every writer needs: the edition counter on PostgreSQL, or the whole file on SQLite.
//! Therefore it ends as soon as a writer waits, and after a fixed time in any case. Writers of the same node announce
//! that they wait. For writers of other nodes the database is polled.

use std::sync::{Arc, Weak};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::Transaction;
use crate::error::{preempted, too_slow};
use crate::postgres::{Pool, Purpose};

/// The maximum number of dry runs at the same time.
const MAX_DRY_RUNS: usize = 2;
/// How often the database is asked whether a writer of another node waits.
const POLL_PAUSE: Duration = Duration::from_millis(20);
/// How long the server may take to cancel a statement.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(100);
/// How long a preview may take, including the wait for its permit.
pub const PREVIEW_TIME: Duration = Duration::from_secs(2);

/// The dry runs of a node.
#[derive(Debug)]
pub(crate) struct DryRuns {
    permits: Arc<Semaphore>,
    /// The number of waiting writers.
    writers: watch::Sender<usize>,
}

/// A waiting writer. All dry runs of the node end, and none begins until this is dropped.
#[derive(Debug)]
pub(crate) struct WaitingWriter(Arc<DryRuns>);

/// The permit for a dry run, until a fixed time. It holds no lock in the database.
#[derive(Debug)]
pub struct DryRunPermit {
    dry_runs: Arc<DryRuns>,
    until: Instant,
    /// Whether a writer of another node waits.
    other_nodes_wait: watch::Sender<bool>,
    _permit: OwnedSemaphorePermit,
}

/// A transaction that ends when a writer waits.
#[derive(Debug)]
pub(crate) struct DryRun {
    /// `None` after it has ended.
    tx: Arc<Mutex<Option<Transaction>>>,
    backend: DbBackend,
    permit: Arc<DryRunPermit>,
    /// The task that ends the transaction when no statement is running.
    end: tokio::task::JoinHandle<()>,
}

impl Default for DryRuns {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_DRY_RUNS)), writers: watch::Sender::new(0) }
    }
}

impl DryRuns {
    /// Notes that a writer waits, until the result is dropped.
    pub(crate) fn waiting_writer(self: &Arc<Self>) -> WaitingWriter {
        self.writers.send_modify(|writers| *writers += 1);
        WaitingWriter(Arc::clone(self))
    }

    /// Waits for a permit.
    pub(crate) async fn permit(self: &Arc<Self>) -> Result<DryRunPermit, DbErr> {
        let until = Instant::now() + PREVIEW_TIME;
        match timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => {
                let other_nodes_wait = watch::Sender::new(false);
                Ok(DryRunPermit { dry_runs: Arc::clone(self), until, other_nodes_wait, _permit: permit })
            }
            Ok(Err(_)) | Err(_) => Err(preempted()),
        }
    }
}

impl Drop for WaitingWriter {
    fn drop(&mut self) {
        self.0.writers.send_modify(|writers| *writers -= 1);
    }
}

impl DryRunPermit {
    /// Whether its time is over.
    #[must_use]
    pub fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits until no writer of this node waits.
    pub(crate) async fn wait_for_writers(&self) -> Result<(), DbErr> {
        let mut writers = self.dry_runs.writers.subscribe();
        match timeout_at(self.until, writers.wait_for(|writers| *writers == 0)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(preempted()),
        }
    }

    /// The remaining time.
    pub(crate) fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Whether the dry run must end.
    fn must_end(&self) -> bool {
        self.is_late() || *self.dry_runs.writers.borrow() > 0 || *self.other_nodes_wait.borrow()
    }

    /// Waits until the dry run must end.
    async fn until_end(&self) {
        let mut writers = self.dry_runs.writers.subscribe();
        let mut other_nodes_wait = self.other_nodes_wait.subscribe();
        tokio::select! {
            _ = writers.wait_for(|writers| *writers > 0) => {}
            _ = other_nodes_wait.wait_for(|wait| *wait) => {}
            () = sleep_until(self.until) => {}
        }
    }
}

impl DryRun {
    pub(crate) fn new(tx: Transaction, permit: DryRunPermit) -> Self {
        let backend = tx.get_database_backend();
        let (tx, permit) = (Arc::new(Mutex::new(Some(tx))), Arc::new(permit));
        let end = tokio::spawn({
            let (tx, permit) = (Arc::clone(&tx), Arc::clone(&permit));
            async move {
                permit.until_end().await;
                drop(tx.lock().await.take());
            }
        });
        Self { tx, backend, permit, end }
    }

    /// Ends the dry run when a writer of another node waits for a lock of this process of the server.
    pub(crate) fn watch_other_nodes(&self, pool: &Pool, process: i32) {
        tokio::spawn(poll_other_nodes(Arc::downgrade(&self.permit), pool.clone(), process));
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(async |tx| tx.execute_raw(statement).await).await
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(async |tx| tx.execute_unprepared(sql).await).await
    }

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(async |tx| tx.query_all_raw(statement).await).await
    }

    /// Runs a statement. If the dry run must end, this rolls back instead.
    async fn run<T>(
        &self,
        statement: impl AsyncFnOnce(&Transaction) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut place = self.tx.lock().await;
        let done = match place.as_ref() {
            Some(tx) => self.run_until_end(tx, statement(tx)).await,
            None => None,
        };
        done.unwrap_or_else(|| {
            drop(place.take());
            Err(if self.permit.is_late() { too_slow() } else { preempted() })
        })
    }

    /// Runs a statement. Returns `None` if the dry run must end first.
    async fn run_until_end<T>(
        &self,
        tx: &Transaction,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Option<Result<T, DbErr>> {
        if self.permit.must_end() {
            return None;
        }
        let mut statement = std::pin::pin!(statement);
        tokio::select! {
            biased;
            () = self.permit.until_end() => {}
            done = &mut statement => return Some(done),
        }
        // The server holds the locks until it has cancelled the statement.
        let _ = timeout(CANCEL_TIMEOUT, async {
            if tx.cancel().await {
                let _ = (&mut statement).await;
            }
        })
        .await;
        None
    }
}

/// Asks the server, as long as the dry run lasts, whether others wait for a lock of a process. Other dry runs, which
/// want an exclusive lock on the counter, do not count.
async fn poll_other_nodes(permit: Weak<DryRunPermit>, pool: Pool, process: i32) {
    let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted \
                   AND NOT (locktype = 'relation' AND mode = 'ExclusiveLock') AND $1 = ANY(pg_blocking_pids(pid))";
    let waiting = Statement::from_sql_and_values(DbBackend::Postgres, waiting, [process.into()]);
    loop {
        tokio::time::sleep(POLL_PAUSE).await;
        if permit.upgrade().is_none_or(|permit| permit.must_end()) {
            return;
        }
        // If this fails, writers wait until the time of the dry run is over.
        let found = pool.rows(Purpose::Read, waiting.clone()).await;
        if found.is_ok_and(|found| !found.is_empty())
            && let Some(permit) = permit.upgrade()
        {
            permit.other_nodes_wait.send_replace(true);
        }
    }
}

impl Drop for DryRun {
    fn drop(&mut self) {
        self.end.abort();
        // Roll back now, and not when the task ends.
        if let Ok(mut place) = self.tx.try_lock() {
            drop(place.take());
        }
    }
}
