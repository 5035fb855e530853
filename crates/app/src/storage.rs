//! Looking after the place where the database is.

use std::time::Duration;

use tokio::time::sleep;

use crate::App;

/// How often a node looks.
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Looks, for ever, whether the file of the database is still the one that the server began with. What it finds
    /// is told to the log by the store, and refuses every write from then on.
    pub async fn watch_storage(&self) {
        while self.store().check_file().is_ok() {
            sleep(POLL).await;
        }
    }
}
