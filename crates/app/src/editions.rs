//! How a node keeps up with the editions of others.

use std::future;
use std::time::Duration;

use domain::{EditionId, EditionMark, EditionNumber};
use persistence::{Announcements, Database, Head, Successor};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::{App, StoreError};

/// How often a node looks which edition is the latest, where it is not told.
const POLL: Duration = Duration::from_millis(50);
/// The same where it is told: a notification that is lost must not be lost for long.
const POLL_BESIDE: Duration = Duration::from_secs(1);
/// How long it waits before it listens again, after that has failed.
const RETRY: Duration = Duration::from_millis(250);
/// How long a request waits for an edition that it wants at least.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many marks of past editions are looked up at once.
const LOOKUPS: usize = 4;

/// Why a request does not get an answer of the edition that it wants at least, or a later one.
#[derive(Debug, thiserror::Error)]
pub enum NotReached {
    /// It is not known here, and did not become known in time.
    #[error("edition {wanted} is not known here: the latest is {known}; try again in a moment")]
    Late {
        /// What was wanted.
        wanted: EditionNumber,
        /// What there is.
        known: EditionNumber,
    },
    /// The edition of this number has another mark.
    #[error(
        "there is no edition {wanted} here: edition {} has the mark {found}. The database was restored, or \
         failed over to a copy that lagged; drop what you hold of edition {wanted}, and read again without \
         asking for it", wanted.number
    )]
    Unknown {
        /// What was wanted.
        wanted: EditionId,
        /// The mark of the edition that has the same number.
        found: EditionMark,
    },
    /// It was of a history that the database does not hold any more.
    #[error(
        "there is no edition {wanted} here any more: the latest is {known}. The database was restored, or failed \
         over to a copy that lagged; drop what you hold of edition {wanted}, and read again without asking for it"
    )]
    Lost {
        /// What was wanted.
        wanted: EditionId,
        /// What there is.
        known: EditionId,
    },
    /// The database does not answer.
    #[error("whether there was such an edition cannot be looked up: {0}")]
    Store(#[from] StoreError),
}

/// What is looked up of past editions, a few at a time: requests choose what is asked for.
#[derive(Debug)]
pub(crate) struct Lookups(tokio::sync::Semaphore);

impl Default for Lookups {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(LOOKUPS))
    }
}

/// Hears when the database turns out to hold another history of editions than this node knew.
#[derive(Debug)]
pub struct Histories(watch::Receiver<u64>);

impl Histories {
    /// Waits until it does; false when there is nobody left who could tell.
    pub async fn replaced(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
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

    /// For whoever keeps what was made of editions: the keys of what is kept hold marks, so that it is of no
    /// use any more when the database holds another history.
    #[must_use]
    pub fn histories(&self) -> Histories {
        Histories(self.store().editions().replaced())
    }

    /// Waits, for a while, until this node knows an edition of this number, or a later one.
    ///
    /// # Errors
    /// [`NotReached::Late`] when it does not come to know it in time.
    pub async fn reach(&self, wanted: EditionNumber) -> Result<(), NotReached> {
        if self.latest().edition.number >= wanted {
            return Ok(());
        }
        let reached = async {
            tokio::select! {
                () = self.store().editions().reached(wanted) => Ok(()),
                // It would be waited for in vain.
                () = self.store().availability().until_away() => Err(()),
            }
        };
        let reached = timeout(PATIENCE, reached).await.unwrap_or(Err(()));
        reached.map_err(|_| NotReached::Late { wanted, known: self.latest().edition.number })
    }

    /// Waits, for a while, until this node knows this very edition, or one that comes after it.
    ///
    /// # Errors
    /// [`NotReached::Late`] when it does not come to know it in time, [`NotReached::Unknown`] when the edition
    /// of this number is another one, [`NotReached::Lost`] when the database went back behind it.
    pub async fn reach_edition(&self, wanted: EditionId) -> Result<(), NotReached> {
        let editions = self.store().editions();
        if editions.has_lost(wanted) {
            return Err(NotReached::Lost { wanted, known: self.latest().edition.id() });
        }
        self.reach(wanted.number).await?;
        if editions.holds(wanted) {
            return Ok(());
        }
        let late = || NotReached::Late { wanted: wanted.number, known: self.latest().edition.number };
        let looked_up = async {
            let _turn = self.lookups().0.acquire().await;
            // Either of the two is of another history: the client, or this node.
            let latest = self.store().refresh().await?.edition;
            if latest.id() == wanted {
                return Ok(());
            }
            match self.store().mark_of(wanted.number).await? {
                Some(mark) if mark == wanted.mark => Ok(()),
                Some(found) => Err(NotReached::Unknown { wanted, found }),
                // Its mark is not known any more. In it nothing was public, so that nobody holds anything of it.
                None if wanted.number == 0 => Ok(()),
                None => Err(late()),
            }
        };
        timeout(PATIENCE, looked_up).await.unwrap_or_else(|_| Err(late()))
    }

    /// Learns of the editions that other nodes make, for ever.
    pub async fn follow_editions(&self) {
        let mut histories = self.histories();
        let mut listener = Listener::default();
        loop {
            listener.listen(self).await;
            let poll = if listener.hears() { POLL_BESIDE } else { POLL };
            // A copy that has fallen behind is asked until it has caught up.
            let poll = if self.store().replica_lags() { POLL } else { poll };
            tokio::select! {
                () = sleep(poll) => {}
                () = self.store().editions().asked() => {}
                _ = histories.replaced() => {
                    self.forget();
                    continue;
                }
                heard = listener.next() => match heard {
                    Ok(Some(announced)) => {
                        if let Err(error) = self.store().learn_announced(&announced).await {
                            tracing::debug!(%error, "the latest edition cannot be looked up");
                        }
                        self.store().refresh_replica().await;
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => listener.lost(&error),
                },
            }
            if let Err(error) = self.store().refresh().await {
                tracing::debug!(%error, "the latest edition cannot be looked up");
                if self.store().availability().is_away() {
                    // Its connection may have broken off without a word.
                    listener.lost(&error);
                }
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
        if self.announcements.take().is_some() {
            tracing::warn!(%error, "not told of editions by the database: looking for them meanwhile");
        } else {
            tracing::debug!(%error, "still not told of editions by the database");
        }
        self.again = Some(tokio::time::Instant::now() + RETRY);
    }

    /// The next announcement; never, where there is none.
    async fn next(&mut self) -> Result<Option<Successor>, StoreError> {
        match &mut self.announcements {
            Some(announcements) => announcements.next().await,
            None => future::pending().await,
        }
    }
}
