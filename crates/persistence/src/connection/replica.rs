//! A replica of the database, which public reads may use. It can lag behind the primary.

use std::sync::{Mutex, PoisonError};

use domain::{EditionId, EditionNumber};

use super::StatementPool;
use crate::editions::Observation;
use crate::postgres::{Pool, Purpose};

/// A streaming replica. It is used only for editions that it is known to have.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) pool: Pool,
    pub(crate) connection: StatementPool,
    /// The last observation on the replica; `None` while the replica does not answer.
    last: Mutex<Option<Observation>>,
}

impl Replica {
    pub(crate) fn new(pool: Pool) -> Self {
        let connection = StatementPool::postgres(pool.clone(), Purpose::Read);
        Self { pool, connection, last: Mutex::default() }
    }

    /// Whether the replica is known to have this edition, and therefore everything before it.
    pub(crate) fn has(&self, id: EditionId) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.head.edition.id() == id || (last.holds_known && last.known == id))
    }

    /// The number of the latest edition on the replica; -1 while the replica does not answer.
    pub(crate) fn latest_number(&self) -> EditionNumber {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.map_or(-1, |last| last.head.edition.number)
    }

    /// Keeps an observation, or `None` when the replica does not answer. Returns whether the replica has just begun or
    /// stopped to answer.
    pub(crate) fn note(&self, observation: Option<Observation>) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = last.is_some() != observation.is_some();
        *last = observation;
        is_new
    }
}
