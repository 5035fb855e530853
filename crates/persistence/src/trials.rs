//! Transactions that are tried out and never kept, and who waits for them.
//!
//! What is tried out holds what every writer needs: the edition counter on PostgreSQL, the one writer on SQLite. So
//! it ends at once when a writer waits, and after a while in any case. Writers of the same node say that they wait; for
//! those of other nodes the database is asked.

use std::sync::{Arc, Weak};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::error::{gave_way, too_slow};
use crate::postgres::{Pool, Purpose};
use crate::transaction::Transaction;

/// How many are tried out at once.
const AT_ONCE: usize = 2;
/// How often it is looked whether a writer of another node waits.
const LOOK: Duration = Duration::from_millis(20);
/// How long a server may take to give a statement up.
const CANCELLED: Duration = Duration::from_millis(100);
/// How long a preview may take, from when it begins to wait for its turn.
pub const PREVIEW_TIME: Duration = Duration::from_secs(2);

/// What is tried out on a node.
#[derive(Debug)]
pub(crate) struct Trials {
    permits: Arc<Semaphore>,
    /// How many writers wait.
    writers: watch::Sender<usize>,
}

/// A writer that waits. It has whatever is tried out end.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Trials>);

/// The right to try something out, until a time. It does not hold any writer up by itself.
#[derive(Debug)]
pub struct Turn {
    trials: Arc<Trials>,
    until: Instant,
    /// Whether a writer of another node waits.
    others: watch::Sender<bool>,
    _permit: OwnedSemaphorePermit,
}

/// A transaction that ends when a writer waits.
#[derive(Debug)]
pub(crate) struct Trial {
    /// `None` once it has ended.
    tx: Arc<Mutex<Option<Transaction>>>,
    backend: DbBackend,
    turn: Arc<Turn>,
    /// Ends it also while nothing is read.
    end: tokio::task::JoinHandle<()>,
}

impl Default for Trials {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), writers: watch::Sender::new(0) }
    }
}

impl Trials {
    /// Notes that a writer waits, until the answer is dropped.
    pub(crate) fn writer(self: &Arc<Self>) -> Writer {
        self.writers.send_modify(|writers| *writers += 1);
        Writer(Arc::clone(self))
    }

    /// Waits for the right to try something out.
    pub(crate) async fn turn(self: &Arc<Self>) -> Result<Turn, DbErr> {
        let until = Instant::now() + PREVIEW_TIME;
        match timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => {
                let others = watch::Sender::new(false);
                Ok(Turn { trials: Arc::clone(self), until, others, _permit: permit })
            }
            Ok(Err(_)) | Err(_) => Err(gave_way()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.writers.send_modify(|writers| *writers -= 1);
    }
}

impl Turn {
    /// Whether the time for it has passed.
    #[must_use]
    pub fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits until no writer waits.
    pub(crate) async fn quiet(&self) -> Result<(), DbErr> {
        let mut writers = self.trials.writers.subscribe();
        match timeout_at(self.until, writers.wait_for(|writers| *writers == 0)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(gave_way()),
        }
    }

    /// How much time is left.
    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    fn is_over(&self) -> bool {
        self.is_late() || *self.trials.writers.borrow() > 0 || *self.others.borrow()
    }

    /// Waits until it is over.
    async fn over(&self) {
        let mut writers = self.trials.writers.subscribe();
        let mut others = self.others.subscribe();
        tokio::select! {
            _ = writers.wait_for(|writers| *writers > 0) => {}
            _ = others.wait_for(|others| *others) => {}
            () = sleep_until(self.until) => {}
        }
    }
}

impl Trial {
    pub(crate) fn new(tx: Transaction, turn: Turn) -> Self {
        let backend = tx.get_database_backend();
        let (tx, turn) = (Arc::new(Mutex::new(Some(tx))), Arc::new(turn));
        let end = tokio::spawn({
            let (tx, turn) = (Arc::clone(&tx), Arc::clone(&turn));
            async move {
                turn.over().await;
                drop(tx.lock().await.take());
            }
        });
        Self { tx, backend, turn, end }
    }

    /// Has it end when a writer of another node waits for what this process of the server holds.
    pub(crate) fn gives_way_to_other_nodes(&self, pool: &Pool, process: i32) {
        tokio::spawn(watch_for_others(Arc::downgrade(&self.turn), pool.clone(), process));
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

    /// Runs a statement. Once the turn is over, everything is undone instead.
    async fn run<T>(
        &self,
        statement: impl AsyncFnOnce(&Transaction) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut place = self.tx.lock().await;
        let done = match place.as_ref() {
            Some(tx) => self.unless_over(tx, statement(tx)).await,
            None => None,
        };
        done.unwrap_or_else(|| {
            drop(place.take());
            Err(if self.turn.is_late() { too_slow() } else { gave_way() })
        })
    }

    /// Runs a statement; `None` when the turn is over before it ends.
    async fn unless_over<T>(
        &self,
        tx: &Transaction,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Option<Result<T, DbErr>> {
        if self.turn.is_over() {
            return None;
        }
        let mut statement = std::pin::pin!(statement);
        tokio::select! {
            biased;
            () = self.turn.over() => {}
            done = &mut statement => return Some(done),
        }
        // What it has locked is locked until the server has noticed.
        let _ = timeout(CANCELLED, async {
            if tx.cancel().await {
                let _ = (&mut statement).await;
            }
        })
        .await;
        None
    }
}

/// Asks the server, as long as the turn lasts, whether somebody waits for what a process holds. Other previews, which
/// want an exclusive lock on the counter, wait for their turn.
async fn watch_for_others(turn: Weak<Turn>, pool: Pool, process: i32) {
    let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted \
                   AND NOT (locktype = 'relation' AND mode = 'ExclusiveLock') AND $1 = ANY(pg_blocking_pids(pid))";
    let waiting = Statement::from_sql_and_values(DbBackend::Postgres, waiting, [process.into()]);
    loop {
        tokio::time::sleep(LOOK).await;
        if turn.upgrade().is_none_or(|turn| turn.is_over()) {
            return;
        }
        // A database that does not tell holds nobody up for longer than the turn lasts.
        let found = pool.rows(Purpose::Read, waiting.clone()).await;
        if found.is_ok_and(|found| !found.is_empty())
            && let Some(turn) = turn.upgrade()
        {
            turn.others.send_replace(true);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.end.abort();
        // Undone now, not when the task is over.
        if let Ok(mut place) = self.tx.try_lock() {
            drop(place.take());
        }
    }
}
