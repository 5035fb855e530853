//! The background tasks of a node: each follows something that other nodes, the database or the clock change.

mod deadlines;
mod editions;
mod schema;
mod storage;

use tokio::task::JoinSet;

use crate::{App, StoreError};

pub(crate) use deadlines::Deadlines;

/// The background tasks of a node. They run until they are stopped or dropped.
#[derive(Debug)]
#[must_use]
pub struct Workers(JoinSet<()>);

impl App {
    /// Starts all background tasks. When this returns, the latest edition is known, and articles whose publication
    /// ended while no node ran have been withdrawn.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start_workers(&self) -> Result<Workers, StoreError> {
        let mut workers = Workers(JoinSet::new());
        let app = self.clone();
        workers.add(async move { app.store().watch().await });
        self.apply_due_at_start().await;
        self.store().refresh().await?;
        self.store().refresh_replica().await;
        let app = self.clone();
        workers.add(async move { app.follow_editions().await });
        let app = self.clone();
        workers.add(async move { app.apply_deadlines().await });
        let app = self.clone();
        workers.add(async move { app.watch_storage().await });
        let app = self.clone();
        workers.add(async move { app.watch_schema().await });
        Ok(workers)
    }
}

impl Workers {
    /// Adds a task.
    pub fn add(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Stops all tasks. A write that a task has begun is rolled back; the next node does it again.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}
