//! The budget of a request.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::StoreError;

/// The maximum cost of a request, and its cost so far.
#[derive(Debug)]
pub struct Budget {
    maximum: u64,
    spent: AtomicU64,
}

impl Budget {
    /// A budget of which nothing is spent yet.
    #[must_use]
    pub fn new(maximum: u64) -> Self {
        Self { maximum, spent: AtomicU64::new(0) }
    }

    /// A budget without a limit, for internal work.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// The maximum cost.
    #[must_use]
    pub fn maximum(&self) -> u64 {
        self.maximum
    }

    /// The cost so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Adds a cost before the work is done. Returns [`StoreError::OverBudget`] if the sum exceeds the maximum.
    pub fn spend(&self, cost: u64) -> Result<(), StoreError> {
        let before = self.spent.fetch_add(cost, Ordering::Relaxed);
        if before.saturating_add(cost) > self.maximum { Err(StoreError::OverBudget) } else { Ok(()) }
    }
}
