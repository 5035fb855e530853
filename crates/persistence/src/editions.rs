//! The latest edition that this node knows of: what answers are kept by, without asking the database.
//!
//! Other nodes make editions, too. On PostgreSQL each is announced with the commit that makes it
//! (`NOTIFY`), and every node listens; on both databases nodes look by themselves as well, for a
//! notification can be lost.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use domain::{Edition, EditionNumber, Timestamp};
use sea_orm::sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

use crate::{StoreError, convert};

/// What editions are announced under.
pub(crate) const CHANNEL: &str = "greymatters_edition";

/// An edition, and what tells one taxonomy from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The edition.
    pub edition: Edition,
    /// The last edition, up to this one, that changed a tag, topic or author.
    pub taxonomy: EditionNumber,
}

impl Head {
    /// Before anything was published.
    pub const EMPTY: Self = Self { edition: Edition { number: 0, at: Timestamp::UNIX_EPOCH }, taxonomy: 0 };

    /// As it is announced.
    pub(crate) fn announcement(&self) -> String {
        let Self { edition: Edition { number, at }, taxonomy } = self;
        format!("{number} {taxonomy} {}", convert::micros(*at))
    }

    /// Out of an announcement; nothing when it is none of ours.
    fn announced(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(|number| number.parse::<i64>().ok());
        let (number, taxonomy, at) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some(Self { edition: Edition { number, at: convert::instant(at).ok()? }, taxonomy })
    }
}

/// What this node knows of editions. It only moves forward.
#[derive(Debug)]
pub struct Editions {
    head: watch::Sender<Head>,
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

    /// Has whoever follows the editions ask the database now.
    pub fn ask(&self) {
        self.asked.notify_one();
    }

    /// Waits until somebody wants the database asked.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Takes note of an edition, unless a later one is known.
    pub(crate) fn learn(&self, head: Head) {
        let now = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.confirmed.fetch_max(now, Ordering::Relaxed);
        self.head.send_if_modified(|known| {
            let later = head.edition.number > known.edition.number;
            if later {
                *known = head;
            }
            later
        });
    }
}

/// Hears of every edition when it is committed.
#[derive(Debug)]
pub struct Announcements(pub(crate) PgListener);

impl Announcements {
    /// Waits for the next one. It connects again by itself; what was announced meanwhile is lost.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Option<Head>, StoreError> {
        match self.0.try_recv().await {
            Ok(Some(announcement)) => Ok(Head::announced(announcement.payload())),
            Ok(None) => Err(StoreError::Unavailable("the connection that listens broke off".to_owned())),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_understood() {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap_or_default();
        let head = Head { edition: Edition { number: 42, at }, taxonomy: 7 };
        assert_eq!(Head::announced(&head.announcement()), Some(head));
        for other in ["", "1", "1 2", "a b c", "1 2 99999999999999999999"] {
            assert_eq!(Head::announced(other), None, "{other}");
        }
    }
}
