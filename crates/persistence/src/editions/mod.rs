//! Editions: their rows, what this node knows about them, and how it learns about the editions of other nodes.

mod announcements;
mod known;
mod learn;
mod rows;

use domain::{Edition, EditionId, EditionMark, Timestamp};

pub use announcements::Announcements;
pub(crate) use announcements::CHANNEL;
pub use known::Editions;
pub(crate) use rows::{change_row, count_changes, empty_mark, exists_condition, find, find_changes, observe};

/// An edition, and the state of the taxonomy in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The edition.
    pub edition: Edition,
    /// The last edition up to this one that changed a tag, topic or author.
    pub taxonomy: EditionId,
}

const UNKNOWN: EditionId = EditionId { number: 0, mark: EditionMark::new([0; 8]) };

impl Head {
    /// The value before the database was read.
    pub const EMPTY: Self = Self {
        edition: Edition { number: UNKNOWN.number, mark: UNKNOWN.mark, at: Timestamp::UNIX_EPOCH },
        taxonomy: UNKNOWN,
    };
}

/// A new edition, and the edition before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The edition before it.
    pub(crate) previous: EditionId,
    /// The new edition.
    pub(crate) head: Head,
}

/// The state of the editions in a database, as one statement has seen it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation {
    /// The latest edition.
    pub(crate) head: Head,
    /// The latest edition that this node knew when it sent the statement.
    pub(crate) known: EditionId,
    /// Whether the database has that edition.
    pub(crate) holds_known: bool,
}
