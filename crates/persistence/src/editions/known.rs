//! The editions that this node knows. Responses are cached by edition, so the latest edition must be known without a
//! read from the database.
//!
//! Other nodes make editions, too. PostgreSQL announces each with the commit that makes it, and all nodes listen.
//! Because an announcement can be lost, and because SQLite has none, nodes also poll.
//!
//! After a restore or a failover to a replica that lagged, the database has other editions with the same numbers.
//! Therefore a node accepts a new edition only with a proof that it comes after the edition that the node knows: that
//! edition is the previous one of the new one, or it has a row in the database. If it has no row, the database holds
//! another history, and everything that the node has cached is obsolete.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::{EditionId, EditionMark, EditionNumber};
use tokio::sync::{Notify, watch};

use super::{Head, Observation, Successor};

/// The maximum number of editions whose marks are remembered.
const MAX_REMEMBERED: usize = 10_000;

/// The result of learning from an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learned {
    /// The node knows the observed edition or a later one.
    Known,
    /// The node has learned about another edition since it sent the statement. The observation says nothing about that
    /// edition.
    Outdated,
    /// The database does not have the edition that the node knew. Contains that edition.
    Replaced(EditionId),
}

/// The editions that this node knows. The latest one only advances, unless the database holds another history.
#[derive(Debug)]
pub struct Editions {
    head: watch::Sender<Head>,
    /// The number of times that the database was found to hold another history.
    replaced: watch::Sender<u64>,
    /// The marks of editions that the database is known to have, by number.
    marks: Mutex<HashMap<EditionNumber, EditionMark>>,
    /// The marks of editions of earlier histories, by number. Only numbers after the latest edition.
    lost: Mutex<HashMap<EditionNumber, EditionMark>>,
    /// Makes the task that follows the editions read the latest one now.
    poll_requested: Notify,
    started: Instant,
    /// When the database last confirmed which edition is the latest, in milliseconds since `started`.
    confirmed: AtomicI64,
}

impl Default for Editions {
    fn default() -> Self {
        Self {
            head: watch::Sender::new(Head::EMPTY),
            replaced: watch::Sender::new(0),
            marks: Mutex::default(),
            lost: Mutex::default(),
            poll_requested: Notify::new(),
            started: Instant::now(),
            confirmed: AtomicI64::new(0),
        }
    }
}

impl Editions {
    /// The latest edition that this node knows.
    #[must_use]
    pub fn latest(&self) -> Head {
        *self.head.borrow()
    }

    /// How long ago the database last confirmed which edition is the latest.
    #[must_use]
    pub fn unconfirmed_for(&self) -> Duration {
        let confirmed = Duration::from_millis(self.confirmed.load(Ordering::Relaxed).unsigned_abs());
        self.started.elapsed().saturating_sub(confirmed)
    }

    /// Waits until this edition or a later one is known, and makes the node read the latest edition now.
    pub async fn reached(&self, number: EditionNumber) {
        self.request_poll();
        // The sender outlives this call, so waiting cannot fail.
        let _ = self.head.subscribe().wait_for(|head| head.edition.number >= number).await;
    }

    /// Whether the database is known to have this edition.
    #[must_use]
    pub fn holds(&self, id: EditionId) -> bool {
        self.latest().edition.id() == id || self.marks().get(&id.number) == Some(&id.mark)
    }

    /// Whether the database had this edition and lost it, because it was restored or failed over to a replica that
    /// lagged. This is known only until there is another edition with this number.
    #[must_use]
    pub fn has_lost(&self, id: EditionId) -> bool {
        self.latest().edition.number < id.number && self.lost().get(&id.number) == Some(&id.mark)
    }

    /// A counter that changes when the database is found to hold another history. Then all caches of editions are
    /// obsolete.
    #[must_use]
    pub fn replaced(&self) -> watch::Receiver<u64> {
        self.replaced.subscribe()
    }

    /// Makes the task that follows the editions read the latest one now.
    pub fn request_poll(&self) {
        self.poll_requested.notify_one();
    }

    /// Waits for a call of [`Editions::request_poll`].
    pub async fn poll_requested(&self) {
        self.poll_requested.notified().await;
    }

    /// Adds a new edition, if it comes directly after the latest known one. Returns whether the node now knows this
    /// edition or a later one of the same history. If not, the latest edition has to be read from the database.
    pub(crate) fn add_successor(&self, successor: &Successor) -> bool {
        let Successor { previous, head } = successor;
        self.head.send_if_modified(|known| {
            let is_next = known.edition.id() == *previous;
            if is_next {
                Self::insert(&mut self.marks(), head.edition.id());
                *known = *head;
            }
            is_next
        });
        let follows = self.holds(head.edition.id());
        if follows {
            self.confirm();
        }
        follows
    }

    /// Learns from an observation on the primary.
    pub(crate) fn learn(&self, observation: &Observation) -> Learned {
        self.confirm();
        let Observation { head, known: assumed, holds_known } = observation;
        let mut learned = Learned::Known;
        self.head.send_if_modified(|known| {
            let known_id = known.edition.id();
            if known_id == head.edition.id() {
                return false;
            }
            if known_id != *assumed {
                learned = Learned::Outdated;
                return false;
            }
            if !holds_known {
                learned = Learned::Replaced(known_id);
                // This comes first, so that a mark that was read before is not remembered afterwards.
                self.replaced.send_modify(|times| *times += 1);
                self.forget_history(head.edition.number);
            }
            Self::insert(&mut self.marks(), head.edition.id());
            *known = *head;
            true
        });
        learned
    }

    /// Moves all marks of editions after `latest` to the lost ones, and forgets the others.
    fn forget_history(&self, latest: EditionNumber) {
        let marks = std::mem::take(&mut *self.marks());
        let mut lost = self.lost();
        for (number, mark) in marks {
            Self::insert(&mut lost, EditionId { number, mark });
        }
        // Earlier numbers may belong to editions of the new history.
        lost.retain(|number, _| *number > latest);
    }

    /// The number of times that the database was found to hold another history.
    pub(crate) fn times_replaced(&self) -> u64 {
        *self.replaced.borrow()
    }

    /// Remembers that the database has an edition. The edition was read when the history had been replaced this many
    /// times.
    pub(crate) fn remember(&self, id: EditionId, times_replaced: u64) {
        let mut marks = self.marks();
        if self.times_replaced() == times_replaced {
            Self::insert(&mut marks, id);
        }
    }

    fn insert(marks: &mut HashMap<EditionNumber, EditionMark>, id: EditionId) {
        if marks.len() >= MAX_REMEMBERED {
            // The marks of older editions are read from the database again.
            marks.clear();
        }
        marks.insert(id.number, id.mark);
    }

    fn lost(&self) -> std::sync::MutexGuard<'_, HashMap<EditionNumber, EditionMark>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, HashMap<EditionNumber, EditionMark>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn confirm(&self) {
        let now = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.confirmed.fetch_max(now, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use domain::{Edition, Timestamp};

    use super::*;

    fn id(number: EditionNumber, mark: u8) -> EditionId {
        EditionId { number, mark: EditionMark::new([mark; 8]) }
    }

    fn head(number: EditionNumber, mark: u8) -> Head {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap_or_default();
        let EditionId { number, mark } = id(number, mark);
        Head { edition: Edition { number, mark, at }, taxonomy: id(1, 9) }
    }

    fn observation(editions: &Editions, head: Head, holds_known: bool) -> Observation {
        Observation { head, known: editions.latest().edition.id(), holds_known }
    }

    #[test]
    fn an_announcement_of_another_history_is_rejected() {
        let editions = Editions::default();
        assert_eq!(editions.learn(&observation(&editions, head(5, 5), true)), Learned::Known);
        assert!(
            !editions.add_successor(&Successor { previous: id(5, 0), head: head(6, 0) }),
            "another edition 5"
        );
        assert!(
            !editions.add_successor(&Successor { previous: id(4, 4), head: head(5, 0) }),
            "another edition 5"
        );
        assert!(
            !editions.add_successor(&Successor { previous: id(6, 6), head: head(7, 7) }),
            "edition 6 was missed"
        );
        assert_eq!(editions.latest().edition.id(), id(5, 5));
        assert!(editions.add_successor(&Successor { previous: id(5, 5), head: head(6, 6) }));
        assert!(
            editions.add_successor(&Successor { previous: id(5, 5), head: head(6, 6) }),
            "the same announcement twice"
        );
        assert_eq!(editions.latest().edition.id(), id(6, 6));
    }

    #[test]
    fn a_known_edition_without_a_row_means_another_history() {
        let editions = Editions::default();
        let replaced = editions.replaced();
        assert_eq!(editions.learn(&observation(&editions, head(5, 5), true)), Learned::Known);
        // A statement that was sent before the node learned about edition 6 says nothing about it.
        let late = observation(&editions, head(4, 4), false);
        assert!(editions.add_successor(&Successor { previous: id(5, 5), head: head(6, 6) }));
        assert_eq!(editions.learn(&late), Learned::Outdated);
        assert_eq!(editions.latest().edition.id(), id(6, 6));
        assert!(editions.holds(id(5, 5)) && !replaced.has_changed().unwrap());

        assert_eq!(editions.learn(&observation(&editions, head(4, 4), false)), Learned::Replaced(id(6, 6)));
        assert_eq!(editions.latest().edition.id(), id(4, 4));
        assert!(!editions.holds(id(5, 5)) && !editions.holds(id(6, 6)) && replaced.has_changed().unwrap());
        assert!(editions.has_lost(id(5, 5)) && editions.has_lost(id(6, 6)));
        assert!(!editions.has_lost(id(5, 4)) && !editions.has_lost(id(4, 4)) && !editions.has_lost(id(7, 7)));
        // An edition that exists again is not lost any more.
        assert_eq!(editions.learn(&observation(&editions, head(6, 6), false)), Learned::Replaced(id(4, 4)));
        assert!(!editions.has_lost(id(5, 5)) && !editions.has_lost(id(6, 6)) && editions.holds(id(6, 6)));
    }
}
