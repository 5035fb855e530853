//! The numbers of articles by label and by day, cached in memory.

use std::sync::{Arc, PoisonError, RwLock};

use domain::EditionId;
use persistence::Sizes;

/// The sizes of another edition are used when at most one in this many articles can have changed since. Costs need no
/// exact numbers.
const ARTICLES_PER_CHANGE: u64 = 1_000;

/// The sizes that were read last, and their edition.
#[derive(Debug, Default)]
pub(crate) struct KnownSizes(RwLock<Option<(EditionId, Arc<Sizes>)>>);

impl KnownSizes {
    /// Returns the sizes of an edition, or of one so close to it that the difference does not matter.
    pub(crate) fn close_to(&self, edition: EditionId) -> Option<Arc<Sizes>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (of, sizes) = known.as_ref()?;
        let apart = of.number.abs_diff(edition.number);
        let is_close = *of == edition || (apart > 0 && apart <= sizes.all() / ARTICLES_PER_CHANGE);
        is_close.then(|| Arc::clone(sizes))
    }

    /// Stores the sizes of an edition.
    pub(crate) fn insert(&self, edition: EditionId, sizes: Sizes) -> Arc<Sizes> {
        let sizes = Arc::new(sizes);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((edition, Arc::clone(&sizes)));
        sizes
    }

    /// Returns the number of all articles, if sizes are cached.
    pub(crate) fn all(&self) -> Option<u64> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|(_, sizes)| sizes.all())
    }

    /// Clears the cache.
    pub(crate) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
