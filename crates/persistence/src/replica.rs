//! A copy of the database that is read from, and may lag behind.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::EditionNumber;

use crate::Direct;

/// A copy that the database keeps up by itself. It is trusted up to the edition that it has reached.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) connection: Direct,
    /// -1 while it does not answer.
    reached: AtomicI64,
}

impl Replica {
    pub(crate) fn new(connection: Direct) -> Self {
        Self { connection, reached: AtomicI64::new(-1) }
    }

    /// Whether it has everything up to this edition.
    pub(crate) fn has(&self, number: EditionNumber) -> bool {
        self.reached.load(Ordering::Relaxed) >= number
    }

    /// Notes how far it is, or that it does not answer; tells whether that is news.
    pub(crate) fn note(&self, reached: Option<EditionNumber>) -> bool {
        let before = self.reached.swap(reached.unwrap_or(-1), Ordering::Relaxed);
        (before < 0) != reached.is_none()
    }
}
