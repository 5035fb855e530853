//! Watches the file of an SQLite database.

use std::time::Duration;

use tokio::time::sleep;

use crate::{App, StoreError};

/// How often a node looks.
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Checks again and again that the file of the database is still in its place, and restores the reserve of disk
    /// space. Ends when the file is lost: the store then logs that and refuses every write.
    pub(super) async fn watch_storage(&self) {
        while !matches!(self.store().maintain_file().await, Err(StoreError::FileLost { .. })) {
            sleep(POLL).await;
        }
    }
}
