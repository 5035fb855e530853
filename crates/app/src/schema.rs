//! How a node notices that its database has become newer than itself.

use std::time::Duration;

use tokio::time::sleep;

use crate::App;

/// How often a node looks. Every write looks besides.
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Looks again and again whether the database has become newer than this program, for ever.
    pub async fn watch_schema(&self) {
        loop {
            sleep(POLL).await;
            if let Err(error) = self.store().schema().await {
                tracing::debug!(%error, "the schema of the database cannot be looked up");
            }
        }
    }
}
