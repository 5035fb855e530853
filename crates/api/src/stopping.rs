//! Whether the server is stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the server is stopping. All clones share the value.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Records that the server is stopping. From now on, `/readyz` answers with 503.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the server is stopping.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
