//! How many articles there are, as a node has it at hand.

use std::sync::{Arc, PoisonError, RwLock};

use domain::EditionId;
use persistence::Sizes;

/// How many articles in how many one edition is taken to change at most, for what costs rest on.
const ONE_IN: u64 = 1_000;

/// What was read last, and in which edition.
#[derive(Debug, Default)]
pub(crate) struct KnownSizes(RwLock<Option<(EditionId, Arc<Sizes>)>>);

impl KnownSizes {
    /// Those of an edition, or of one so shortly before or after that it makes no difference.
    pub(crate) fn near(&self, edition: EditionId) -> Option<Arc<Sizes>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (of, sizes) = known.as_ref()?;
        let apart = of.number.abs_diff(edition.number);
        let is_near = *of == edition || (apart > 0 && apart <= sizes.all() / ONE_IN);
        is_near.then(|| Arc::clone(sizes))
    }

    /// Keeps what was read in an edition.
    pub(crate) fn keep(&self, edition: EditionId, sizes: Sizes) -> Arc<Sizes> {
        let sizes = Arc::new(sizes);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((edition, Arc::clone(&sizes)));
        sizes
    }

    /// How many articles there are in all, as far as is known.
    pub(crate) fn all(&self) -> Option<u64> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|(_, sizes)| sizes.all())
    }

    /// Drops what is at hand.
    pub(crate) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
