//! The latest edition that this node knows of: what answers are kept by, without asking the database.
//!
//! Other nodes make editions, too. On PostgreSQL each is announced with the commit that makes it
//! (`NOTIFY`), and every node listens; on both databases nodes look by themselves as well, for a
//! notification can be lost.
//!
//! The database can be restored from a backup, or fail over to a copy that lagged. Its editions are then
//! other ones, of the same numbers. So this node takes a new edition for the latest only when it is shown that
//! the edition which it knows comes before it: by the edition before, or by the row of the one that it knows.
//! When the database does not hold that row, everything that this node holds is of another history.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::{Edition, EditionId, EditionMark, EditionNumber, Timestamp};
use sea_orm::sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

use crate::{StoreError, convert};

/// What editions are announced under.
pub(crate) const CHANNEL: &str = "greymatters_edition";
/// How many editions before the latest are remembered by their marks.
const REMEMBERED: usize = 10_000;

/// An edition, and what tells one taxonomy from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The edition.
    pub edition: Edition,
    /// The last edition, up to this one, that changed a tag, topic or author.
    pub taxonomy: EditionId,
}

/// An edition that was just made, with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The edition before it.
    pub(crate) previous: EditionId,
    /// The edition.
    pub(crate) head: Head,
}

/// What a statement saw of editions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting {
    /// The latest edition.
    pub(crate) head: Head,
    /// The edition that this node took for the latest when it sent the statement.
    pub(crate) known: EditionId,
    /// Whether the database holds that one.
    pub(crate) holds_known: bool,
}

/// What a node made of a sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learnt {
    /// It knows the latest edition that was seen, or a later one.
    Known,
    /// It has learnt of another edition since it sent the statement, which shows nothing of that one.
    Outdated,
    /// The database does not hold the edition that this node knew, which is answered.
    Replaced(EditionId),
}

const UNKNOWN: EditionId = EditionId { number: 0, mark: EditionMark::new([0; 8]) };

impl Head {
    /// Before a database was asked.
    pub const EMPTY: Self = Self {
        edition: Edition { number: UNKNOWN.number, mark: UNKNOWN.mark, at: Timestamp::UNIX_EPOCH },
        taxonomy: UNKNOWN,
    };
}

impl Successor {
    /// As it is announced. Its own mark is at the end.
    pub(crate) fn announcement(&self) -> String {
        let Self { previous, head: Head { edition: Edition { number, mark, at }, taxonomy } } = self;
        let at = convert::micros(*at);
        format!("{number} {} {at} {} {} {mark}", taxonomy.number, taxonomy.mark, previous.mark)
    }

    /// Out of an announcement; nothing when it is none of ours.
    fn announced(text: &str) -> Option<Self> {
        let words: Vec<_> = text.split(' ').collect();
        let [number, taxonomy, at, taxonomy_mark, previous, mark] = words.try_into().ok()?;
        let number: EditionNumber = number.parse().ok()?;
        let at = convert::instant(at.parse().ok()?).ok()?;
        let taxonomy = EditionId { number: taxonomy.parse().ok()?, mark: taxonomy_mark.parse().ok()? };
        Some(Self {
            previous: EditionId { number: number.checked_sub(1)?, mark: previous.parse().ok()? },
            head: Head { edition: Edition { number, mark: mark.parse().ok()?, at }, taxonomy },
        })
    }
}

/// What this node knows of editions. It moves forward, unless the database holds another history.
#[derive(Debug)]
pub struct Editions {
    head: watch::Sender<Head>,
    /// How often the database turned out to hold another history.
    replaced: watch::Sender<u64>,
    /// The marks of editions that the database is known to hold, by number.
    marks: Mutex<HashMap<EditionNumber, EditionMark>>,
    /// The marks of editions of histories that the database held before, later than its latest of today.
    lost: Mutex<HashMap<EditionNumber, EditionMark>>,
    /// Has the database asked now.
    asked: Notify,
    started: Instant,
    /// When the database last said which edition is the latest, in milliseconds since the start.
    confirmed: AtomicI64,
}

impl Default for Editions {
    fn default() -> Self {
        Self {
            head: watch::Sender::new(Head::EMPTY),
            replaced: watch::Sender::new(0),
            marks: Mutex::default(),
            lost: Mutex::default(),
            asked: Notify::new(),
            started: Instant::now(),
            confirmed: AtomicI64::new(0),
        }
    }
}

impl Editions {
    /// The latest edition that this node knows of.
    #[must_use]
    pub fn latest(&self) -> Head {
        *self.head.borrow()
    }

    /// How long ago the database last said which edition is the latest.
    #[must_use]
    pub fn unconfirmed_for(&self) -> Duration {
        let confirmed = Duration::from_millis(self.confirmed.load(Ordering::Relaxed).unsigned_abs());
        self.started.elapsed().saturating_sub(confirmed)
    }

    /// Waits until this edition or a later one is known, and has the database asked for it meanwhile.
    pub async fn reached(&self, number: EditionNumber) {
        self.ask();
        // It is kept as long as whoever waits.
        let _ = self.head.subscribe().wait_for(|head| head.edition.number >= number).await;
    }

    /// Whether the database is known to hold this edition.
    #[must_use]
    pub fn holds(&self, id: EditionId) -> bool {
        self.latest().edition.id() == id || self.marks().get(&id.number) == Some(&id.mark)
    }

    /// Whether this is an edition that the database held, and that it went back behind: it was restored, or failed
    /// over to a copy that lagged. Once there are as many editions again, the database tells it by itself.
    #[must_use]
    pub fn has_lost(&self, id: EditionId) -> bool {
        self.latest().edition.number < id.number && self.lost().get(&id.number) == Some(&id.mark)
    }

    /// Hears when the database turns out to hold another history than this node knew: whatever was kept then
    /// is of no use any more.
    #[must_use]
    pub fn replaced(&self) -> watch::Receiver<u64> {
        self.replaced.subscribe()
    }

    /// Has whoever follows the editions ask the database now.
    pub fn ask(&self) {
        self.asked.notify_one();
    }

    /// Waits until somebody wants the database asked.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Takes note of an edition that was just made. Answers whether this node now knows it or a later one of
    /// the same history; if not, the database has to be asked.
    pub(crate) fn succeed(&self, successor: &Successor) -> bool {
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

    /// Takes note of what a statement saw that was sent to the first database.
    pub(crate) fn learn(&self, sighting: &Sighting) -> Learnt {
        self.confirm();
        let Sighting { head, known: assumed, holds_known } = sighting;
        let mut learnt = Learnt::Known;
        self.head.send_if_modified(|known| {
            let known_id = known.edition.id();
            if known_id == head.edition.id() {
                return false;
            }
            if known_id != *assumed {
                learnt = Learnt::Outdated;
                return false;
            }
            if !holds_known {
                learnt = Learnt::Replaced(known_id);
                // First of all, so that whoever looked up a mark before does not remember it afterwards.
                self.replaced.send_modify(|times| *times += 1);
                self.lose(head.edition.number);
            }
            Self::insert(&mut self.marks(), head.edition.id());
            *known = *head;
            true
        });
        learnt
    }

    /// Forgets all marks, as the database holds another history. Those of editions after this one are kept as lost.
    fn lose(&self, latest: EditionNumber) {
        let marks = std::mem::take(&mut *self.marks());
        let mut lost = self.lost();
        for (number, mark) in marks {
            Self::insert(&mut lost, EditionId { number, mark });
        }
        // An earlier one may be there again.
        lost.retain(|number, _| *number > latest);
    }

    /// How often the database has turned out to hold another history.
    pub(crate) fn times_replaced(&self) -> u64 {
        *self.replaced.borrow()
    }

    /// Remembers that the database holds an edition, which was looked up when it had been replaced so often.
    pub(crate) fn remember(&self, id: EditionId, times_replaced: u64) {
        let mut marks = self.marks();
        if self.times_replaced() == times_replaced {
            Self::insert(&mut marks, id);
        }
    }

    fn insert(marks: &mut HashMap<EditionNumber, EditionMark>, id: EditionId) {
        if marks.len() >= REMEMBERED {
            // Whoever asks for an older one has it looked up.
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

/// Hears of every edition when it is committed.
#[derive(Debug)]
pub struct Announcements(pub(crate) PgListener);

impl Announcements {
    /// Waits for the next one. When its connection breaks off, somebody has to listen anew; what was announced
    /// meanwhile is lost.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Option<Successor>, StoreError> {
        match self.0.try_recv().await {
            Ok(Some(announcement)) => Ok(Successor::announced(announcement.payload())),
            Ok(None) => Err(StoreError::Unavailable("the connection that listens broke off".to_owned())),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: EditionNumber, mark: u8) -> EditionId {
        EditionId { number, mark: EditionMark::new([mark; 8]) }
    }

    fn head(number: EditionNumber, mark: u8) -> Head {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap_or_default();
        let EditionId { number, mark } = id(number, mark);
        Head { edition: Edition { number, mark, at }, taxonomy: id(1, 9) }
    }

    fn sighting(editions: &Editions, head: Head, holds_known: bool) -> Sighting {
        Sighting { head, known: editions.latest().edition.id(), holds_known }
    }

    #[test]
    fn what_is_announced_is_understood() {
        let successor = Successor { previous: id(41, 1), head: head(42, 2) };
        let text = successor.announcement();
        assert!(text.starts_with("42 1 1700000000123456 ") && text.ends_with(&id(42, 2).mark.to_string()));
        assert_eq!(Successor::announced(&text), Some(successor));
        let longer = format!("{text} 1");
        for other in ["", "1", "1 2 3", "a b c d e f", "1 2 99999999999999999999 a b c", &longer] {
            assert_eq!(Successor::announced(other), None, "{other}");
        }
    }

    #[test]
    fn an_announcement_of_another_history_is_not_believed() {
        let editions = Editions::default();
        assert_eq!(editions.learn(&sighting(&editions, head(5, 5), true)), Learnt::Known);
        assert!(!editions.succeed(&Successor { previous: id(5, 0), head: head(6, 0) }), "another edition 5");
        assert!(!editions.succeed(&Successor { previous: id(4, 4), head: head(5, 0) }), "another edition 5");
        assert!(!editions.succeed(&Successor { previous: id(6, 6), head: head(7, 7) }), "one was missed");
        assert_eq!(editions.latest().edition.id(), id(5, 5));
        assert!(editions.succeed(&Successor { previous: id(5, 5), head: head(6, 6) }));
        assert!(editions.succeed(&Successor { previous: id(5, 5), head: head(6, 6) }), "heard twice");
        assert_eq!(editions.latest().edition.id(), id(6, 6));
    }

    #[test]
    fn an_edition_that_the_database_does_not_hold_ends_a_history() {
        let editions = Editions::default();
        let replaced = editions.replaced();
        assert_eq!(editions.learn(&sighting(&editions, head(5, 5), true)), Learnt::Known);
        // A statement that was sent before another edition was learnt shows nothing of that one.
        let late = sighting(&editions, head(4, 4), false);
        assert!(editions.succeed(&Successor { previous: id(5, 5), head: head(6, 6) }));
        assert_eq!(editions.learn(&late), Learnt::Outdated);
        assert_eq!(editions.latest().edition.id(), id(6, 6));
        assert!(editions.holds(id(5, 5)) && !replaced.has_changed().unwrap());

        assert_eq!(editions.learn(&sighting(&editions, head(4, 4), false)), Learnt::Replaced(id(6, 6)));
        assert_eq!(editions.latest().edition.id(), id(4, 4));
        assert!(!editions.holds(id(5, 5)) && !editions.holds(id(6, 6)) && replaced.has_changed().unwrap());
        assert!(editions.has_lost(id(5, 5)) && editions.has_lost(id(6, 6)));
        assert!(!editions.has_lost(id(5, 4)) && !editions.has_lost(id(4, 4)) && !editions.has_lost(id(7, 7)));
        // What is taken back after all is there again.
        assert_eq!(editions.learn(&sighting(&editions, head(6, 6), false)), Learnt::Replaced(id(4, 4)));
        assert!(!editions.has_lost(id(5, 5)) && !editions.has_lost(id(6, 6)) && editions.holds(id(6, 6)));
    }
}
