//! A connection whose statements can be interrupted.
//!
//! sqlx runs each connection to SQLite in its own thread, where a statement would continue after its caller has gone.
//! A progress handler, which SQLite calls every few thousand steps, stops such a statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::SqliteConnection;

/// How many steps of its virtual machine SQLite makes between two calls of the progress handler.
const STEPS: i32 = 4_000;

/// A connection that stops its statement when it is dropped.
#[derive(Debug)]
pub(crate) struct InterruptibleConnection {
    pub(super) stop: StopOnDrop,
    pub(super) connection: SqliteConnection,
}

#[derive(Debug)]
pub(super) struct StopOnDrop(pub(super) Arc<Progress>);

/// The state that a connection shares with its progress handler.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Whether the statement must stop.
    is_stopped: AtomicBool,
    /// The number of calls of the handler. SQLite calls it while it works, and not while it waits for the disk or a
    /// lock.
    calls: AtomicU64,
}

impl InterruptibleConnection {
    /// Installs the progress handler.
    pub(super) async fn new(mut connection: SqliteConnection) -> Result<Self, sqlx::Error> {
        let stop = StopOnDrop(Arc::default());
        let progress = Arc::clone(&stop.0);
        connection.lock_handle().await?.set_progress_handler(STEPS, move || progress.may_continue());
        Ok(Self { stop, connection })
    }
}

impl Progress {
    /// How often SQLite has called the handler.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call of the handler, and returns whether the statement may continue.
    fn may_continue(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        !self.is_stopped.load(Ordering::Relaxed)
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }
}
