//! How a node keeps up with the editions of others.

use std::future;
use std::time::Duration;

use domain::EditionNumber;
use persistence::{Announcements, Database, Head};
use tokio::time::{sleep, timeout};

use crate::{App, StoreError};

/// How often a node looks which edition is the latest, where it is not told.
const POLL: Duration = Duration::from_millis(50);
/// The same where it is told: a notification that is lost must not be lost for long.
const POLL_BESIDE: Duration = Duration::from_secs(1);
/// How long it waits before it listens again, after that has failed.
const RETRY: Duration = Duration::from_secs(2);
/// How long a request waits for an edition that it wants at least.
const PATIENCE: Duration = Duration::from_secs(5);

/// The edition that a request wants at least is not known here, and did not become known in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("edition {wanted} is not known here: the latest is {known}; try again in a moment")]
pub struct NotReached {
    /// What was wanted.
    pub wanted: EditionNumber,
    /// What there is.
    pub known: EditionNumber,
}

impl App {
    /// The latest edition that this node knows of.
    #[must_use]
    pub fn latest(&self) -> Head {
        self.store().editions().latest()
    }

    /// How long this node has not heard from its database, if that is longer than it may be without saying
    /// so.
    #[must_use]
    pub fn stale(&self) -> Option<Duration> {
        let unconfirmed = self.store().editions().unconfirmed_for();
        (unconfirmed > self.settings().max_staleness).then_some(unconfirmed)
    }

    /// Waits, for a while, until this node knows an edition.
    ///
    /// # Errors
    /// When it does not come to know it in time.
    pub async fn reach(&self, wanted: EditionNumber) -> Result<(), NotReached> {
        if self.latest().edition.number >= wanted {
            return Ok(());
        }
        let reached = timeout(PATIENCE, self.store().editions().reached(wanted)).await;
        reached.map_err(|_| NotReached { wanted, known: self.latest().edition.number })
    }

    /// Learns of the editions that other nodes make, for ever.
    pub async fn follow_editions(&self) {
        let mut listener = Listener::default();
        loop {
            listener.listen(self).await;
            let poll = if listener.hears() { POLL_BESIDE } else { POLL };
            // A copy that has fallen behind is asked until it has caught up.
            let poll = if self.store().replica_lags() { POLL } else { poll };
            tokio::select! {
                () = sleep(poll) => {}
                () = self.store().editions().asked() => {}
                heard = listener.next() => match heard {
                    Ok(Some(head)) => {
                        self.store().learn(head);
                        self.store().refresh_replica().await;
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => listener.lost(&error),
                },
            }
            if let Err(error) = self.store().refresh().await {
                tracing::debug!(%error, "the latest edition cannot be looked up");
                sleep(POLL).await;
            }
            self.store().refresh_replica().await;
        }
    }
}

/// Hears of editions, where the database can tell.
#[derive(Default)]
struct Listener {
    announcements: Option<Announcements>,
    /// When it may try again.
    again: Option<tokio::time::Instant>,
}

impl Listener {
    fn hears(&self) -> bool {
        self.announcements.is_some()
    }

    async fn listen(&mut self, app: &App) {
        let waits = self.again.is_some_and(|again| tokio::time::Instant::now() < again);
        if self.hears() || waits || app.store().database() != Database::Postgres {
            return;
        }
        match app.store().announcements().await {
            Ok(announcements) => self.announcements = announcements,
            Err(error) => self.lost(&error),
        }
    }

    fn lost(&mut self, error: &StoreError) {
        tracing::warn!(%error, "not told of editions by the database: looking for them meanwhile");
        self.announcements = None;
        self.again = Some(tokio::time::Instant::now() + RETRY);
    }

    /// The next announcement; never, where there is none.
    async fn next(&mut self) -> Result<Option<Head>, StoreError> {
        match &mut self.announcements {
            Some(announcements) => announcements.next().await,
            None => future::pending().await,
        }
    }
}
