//! What a request may still ask of the database.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::StoreError;

/// How much a request may cost, and how much it costs so far.
#[derive(Debug)]
pub struct Budget {
    maximum: u64,
    spent: AtomicU64,
}

impl Budget {
    /// Nothing is spent yet.
    #[must_use]
    pub fn new(maximum: u64) -> Self {
        Self { maximum, spent: AtomicU64::new(0) }
    }

    /// For work of our own, which may cost what it takes.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// How much the request may cost.
    #[must_use]
    pub fn maximum(&self) -> u64 {
        self.maximum
    }

    /// How much it costs so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Adds a cost, before it is incurred.
    ///
    /// # Errors
    /// [`StoreError::OverBudget`] when that is more than the request may cost.
    pub fn spend(&self, cost: u64) -> Result<(), StoreError> {
        let before = self.spent.fetch_add(cost, Ordering::Relaxed);
        if before.saturating_add(cost) > self.maximum { Err(StoreError::OverBudget) } else { Ok(()) }
    }
}
