//! The latest edition that this node knows of: what answers are kept by, without asking the database.

use domain::{Edition, EditionNumber, Timestamp};
use tokio::sync::watch;

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
}

/// What this node knows of editions. It only moves forward.
#[derive(Debug)]
pub struct Editions {
    head: watch::Sender<Head>,
}

impl Default for Editions {
    fn default() -> Self {
        Self { head: watch::Sender::new(Head::EMPTY) }
    }
}

impl Editions {
    /// The latest edition that this node knows of.
    #[must_use]
    pub fn latest(&self) -> Head {
        *self.head.borrow()
    }

    /// Tells whenever a later edition becomes known.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    /// Takes note of an edition, unless a later one is known.
    pub(crate) fn learn(&self, head: Head) {
        self.head.send_if_modified(|known| {
            let later = head.edition.number > known.edition.number;
            if later {
                *known = head;
            }
            later
        });
    }
}
