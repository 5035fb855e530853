//! Learns of the editions that other nodes make.

use std::future;
use std::time::Duration;

use persistence::{Announcements, Database, Successor};
use tokio::time::{Instant, sleep};

use crate::{App, StoreError};

/// How often a node asks for the latest edition when the database cannot announce editions.
const POLL: Duration = Duration::from_millis(50);
/// The same when it can: a lost announcement must not stay unnoticed for long.
const POLL_WHILE_LISTENING: Duration = Duration::from_secs(1);
/// How long a node waits before it listens again after a failure.
const RETRY: Duration = Duration::from_millis(250);

impl App {
    /// Learns of the editions that other nodes make.
    pub(super) async fn follow_editions(&self) {
        let mut histories = self.histories();
        let mut listener = Listener::default();
        loop {
            listener.connect(self).await;
            let poll = if listener.is_connected() { POLL_WHILE_LISTENING } else { POLL };
            // A replica that lags is polled until it has caught up.
            let poll = if self.store().replica_lags() { POLL } else { poll };
            tokio::select! {
                () = sleep(poll) => {}
                () = self.store().editions().poll_requested() => {}
                _ = histories.replaced() => {
                    self.clear_caches();
                    continue;
                }
                heard = listener.next() => match heard {
                    Ok(Some(announced)) => {
                        if let Err(error) = self.store().learn_announced(&announced).await {
                            tracing::debug!(%error, "the latest edition cannot be read");
                        }
                        self.store().refresh_replica().await;
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => listener.disconnect(&error),
                },
            }
            if let Err(error) = self.store().refresh().await {
                tracing::debug!(%error, "the latest edition cannot be read");
                if self.store().availability().is_away() {
                    // The listener's connection may be broken without an error.
                    listener.disconnect(&error);
                }
                sleep(POLL).await;
            }
            self.store().refresh_replica().await;
        }
    }
}

/// Listens for announcements of editions, if the database can announce them.
#[derive(Default)]
struct Listener {
    announcements: Option<Announcements>,
    /// When the next attempt to connect is allowed.
    next_attempt: Option<Instant>,
}

impl Listener {
    fn is_connected(&self) -> bool {
        self.announcements.is_some()
    }

    async fn connect(&mut self, app: &App) {
        let is_too_early = self.next_attempt.is_some_and(|next| Instant::now() < next);
        if self.is_connected() || is_too_early || app.store().database() != Database::Postgres {
            return;
        }
        match app.store().announcements().await {
            Ok(announcements) => self.announcements = announcements,
            Err(error) => self.disconnect(&error),
        }
    }

    fn disconnect(&mut self, error: &StoreError) {
        if self.announcements.take().is_some() {
            tracing::warn!(%error, "the database no longer announces editions: polling for them until it does");
        } else {
            tracing::debug!(%error, "the database still does not announce editions");
        }
        self.next_attempt = Some(Instant::now() + RETRY);
    }

    /// Waits for the next announcement; for ever when not connected.
    async fn next(&mut self) -> Result<Option<Successor>, StoreError> {
        match &mut self.announcements {
            Some(announcements) => announcements.next().await,
            None => future::pending().await,
        }
    }
}
