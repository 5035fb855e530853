//! Notices when a later version of the program migrates the database.

use std::time::Duration;

use tokio::time::sleep;

use crate::App;

/// How often a node looks. Every write looks as well.
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Compares the schema of the database with the program's again and again.
    pub(super) async fn watch_schema(&self) {
        loop {
            sleep(POLL).await;
            if let Err(error) = self.store().schema().await {
                tracing::debug!(%error, "the schema of the database cannot be read");
            }
        }
    }
}
