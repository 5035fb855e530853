//! Looking after the place where the database is.

use std::time::Duration;

use tokio::time::sleep;

use crate::{App, StoreError};

/// How often a node looks.
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Looks, for ever, whether the file of the database is still the one that the server began with. What it finds
    /// is told to the log by the store, and refuses every write from then on. Also makes room in reserve again.
    pub async fn watch_storage(&self) {
        while !matches!(self.store().look_after_file().await, Err(StoreError::FileLost { .. })) {
            sleep(POLL).await;
        }
    }
}
