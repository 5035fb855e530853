//! A copy of the database that is read from, and may lag behind.

use std::sync::{Mutex, PoisonError};

use domain::{EditionId, EditionNumber};

use crate::StatementPool;
use crate::editions::Sighting;
use crate::postgres::{Pool, Purpose};

/// A copy that the database keeps up by itself. It is trusted up to the edition that it has reached.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) pool: Pool,
    pub(crate) connection: StatementPool,
    /// What was last seen there; nothing while it does not answer.
    seen: Mutex<Option<Sighting>>,
}

impl Replica {
    pub(crate) fn new(pool: Pool) -> Self {
        let connection = StatementPool::postgres(pool.clone(), Purpose::Read);
        Self { pool, connection, seen: Mutex::default() }
    }

    /// Whether it has everything up to this edition, as far as is known: it is the one that it has reached, or
    /// one that was found there.
    pub(crate) fn has(&self, id: EditionId) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|seen| seen.head.edition.id() == id || (seen.holds_known && seen.known == id))
    }

    /// The number of the edition that it has reached; -1 while it does not answer.
    pub(crate) fn reached(&self) -> EditionNumber {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.map_or(-1, |seen| seen.head.edition.number)
    }

    /// Notes what was seen there, or that it does not answer; tells whether that it answers is news.
    pub(crate) fn note(&self, seen: Option<Sighting>) -> bool {
        let mut noted = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = noted.is_some() != seen.is_some();
        *noted = seen;
        is_news
    }
}
