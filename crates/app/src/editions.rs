//! Waiting for editions: a request can require an edition that other nodes have made.

use std::time::Duration;

use domain::{EditionId, EditionMark, EditionNumber};
use persistence::Head;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::{App, StoreError};

/// How long a request waits for an edition.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How many marks of past editions are looked up at the same time. Requests choose the editions, so this is bounded.
const CONCURRENT_LOOKUPS: usize = 4;

/// Why this node cannot answer in an edition that a request requires, or in a later one.
#[derive(Debug, thiserror::Error)]
pub enum NotReached {
    /// This node did not learn of the edition in time.
    #[error("edition {wanted} is not known here: the latest is {known}; try again in a moment")]
    Late {
        /// The number of the required edition.
        wanted: EditionNumber,
        /// The number of the latest edition.
        known: EditionNumber,
    },
    /// The edition with this number has another mark.
    #[error(
        "there is no edition {wanted} here: edition {} has the mark {found}. The database was restored, or \
         failed over to a replica that lagged; discard what you have of edition {wanted}, and read again without \
         requiring it", wanted.number
    )]
    Unknown {
        /// The required edition.
        wanted: EditionId,
        /// The mark of the edition with the same number.
        found: EditionMark,
    },
    /// The edition belongs to a history that the database no longer contains.
    #[error(
        "there is no edition {wanted} here any more: the latest is {known}. The database was restored, or failed \
         over to a replica that lagged; discard what you have of edition {wanted}, and read again without requiring it"
    )]
    Lost {
        /// The required edition.
        wanted: EditionId,
        /// The latest edition.
        known: EditionId,
    },
    /// The database does not answer.
    #[error("the database cannot say whether it contains the edition: {0}")]
    Store(#[from] StoreError),
}

/// Limits how many lookups of past editions run at the same time.
#[derive(Debug)]
pub(crate) struct Lookups(tokio::sync::Semaphore);

impl Default for Lookups {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(CONCURRENT_LOOKUPS))
    }
}

/// Notifies its owner when the database turns out to contain another history of editions.
#[derive(Debug)]
pub struct Histories(watch::Receiver<u64>);

impl Histories {
    /// Waits for another history. Returns `false` when the publication was dropped.
    pub async fn replaced(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

impl App {
    /// Returns the latest edition that this node knows.
    #[must_use]
    pub fn latest(&self) -> Head {
        self.store().editions().latest()
    }

    /// Whether the database had this edition and lost it, because it was restored or failed over to a replica that
    /// lagged.
    #[must_use]
    pub fn has_lost(&self, edition: EditionId) -> bool {
        self.store().editions().has_lost(edition)
    }

    /// Returns notifications for caches. Their keys contain marks, so no entry is found again in another history.
    #[must_use]
    pub fn histories(&self) -> Histories {
        Histories(self.store().editions().replaced())
    }

    /// Waits until this node knows an edition with this number, or a later one.
    ///
    /// # Errors
    /// [`NotReached::Late`] after a few seconds, or at once when the database is away.
    pub async fn reach(&self, wanted: EditionNumber) -> Result<(), NotReached> {
        if self.latest().edition.number >= wanted {
            return Ok(());
        }
        let reached = async {
            tokio::select! {
                () = self.store().editions().reached(wanted) => Ok(()),
                // Nothing can be learned now.
                () = self.store().availability().until_away() => Err(()),
            }
        };
        let reached = timeout(REQUEST_TIMEOUT, reached).await.unwrap_or(Err(()));
        reached.map_err(|()| NotReached::Late { wanted, known: self.latest().edition.number })
    }

    /// Waits until this node knows exactly this edition, or one that comes after it in the same history.
    ///
    /// # Errors
    /// [`NotReached::Late`] after a few seconds; [`NotReached::Unknown`] when the edition with this number has another
    /// mark; [`NotReached::Lost`] when the database went back to an earlier edition.
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
            let _permit = self.lookups().0.acquire().await;
            // The client and this node know different histories. The database decides.
            let latest = self.store().refresh().await?.edition;
            if latest.id() == wanted {
                return Ok(());
            }
            match self.store().mark_of(wanted.number).await? {
                Some(mark) if mark == wanted.mark => Ok(()),
                Some(found) => Err(NotReached::Unknown { wanted, found }),
                // Old databases have no mark for edition 0. Nothing was public in it, so no client has anything of it.
                None if wanted.number == 0 => Ok(()),
                None => Err(late()),
            }
        };
        timeout(REQUEST_TIMEOUT, looked_up).await.unwrap_or_else(|_| Err(late()))
    }
}
