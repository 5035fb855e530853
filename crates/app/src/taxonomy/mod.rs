//! The taxonomy: tags, topics and authors.

mod authors;
mod labels;
mod tags;
mod topics;

use std::sync::{Arc, PoisonError, RwLock};

use domain::{EditionId, Taxonomy};
use persistence::{Attempt, Snapshot};

use crate::{App, StoreError};

pub use authors::{AuthorInput, AuthorUpdate};
pub use tags::{TagInput, TagUpdate};
pub use topics::{TopicInput, TopicUpdate};

pub(crate) use labels::Label;
pub(crate) use topics::next_position;

/// The taxonomy that is in memory, and the edition that last changed it.
#[derive(Debug, Default)]
pub(crate) struct KnownTaxonomy(RwLock<Option<(EditionId, Arc<Taxonomy>)>>);

impl KnownTaxonomy {
    /// Clears the cache.
    pub(crate) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl App {
    /// Returns the taxonomy of a snapshot. Loads it only when it is not in memory.
    pub(crate) async fn taxonomy_of(&self, snapshot: &Snapshot) -> Result<Arc<Taxonomy>, StoreError> {
        let wanted = snapshot.taxonomy_edition();
        if let Some(known) = self.known_taxonomy(wanted) {
            return Ok(known);
        }
        let loaded = Arc::new(snapshot.taxonomy().load().await?);
        self.remember_taxonomy(wanted, &loaded);
        Ok(loaded)
    }

    /// Returns the taxonomy that the decision of an attempt depends on. Loads it only when it is not in memory.
    pub(crate) async fn taxonomy_for(&self, attempt: &mut Attempt) -> Result<Arc<Taxonomy>, StoreError> {
        match self.known_taxonomy(attempt.taxonomy_edition().await?) {
            Some(known) => Ok(known),
            None => Ok(Arc::new(attempt.taxonomy().load().await?)),
        }
    }

    /// Returns the taxonomy of the latest edition.
    pub(crate) async fn current_taxonomy(&self) -> Result<Arc<Taxonomy>, StoreError> {
        let snapshot = self.store().snapshot().await?;
        self.taxonomy_of(&snapshot).await
    }

    /// Returns the taxonomy as an edition left it, if it is in memory.
    pub(crate) fn known_taxonomy(&self, wanted: EditionId) -> Option<Arc<Taxonomy>> {
        if wanted.number == 0 {
            // No edition has changed the taxonomy, so it is empty.
            return Some(Arc::default());
        }
        let known = self.shared.taxonomy.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| *of == wanted).map(|(_, taxonomy)| Arc::clone(taxonomy))
    }

    fn remember_taxonomy(&self, edition: EditionId, taxonomy: &Arc<Taxonomy>) {
        let mut known = self.shared.taxonomy.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_later = known.as_ref().is_none_or(|(of, _)| edition.number > of.number);
        // In another history, the latest edition can have a lower number than the cached one.
        if is_later || edition == self.latest().taxonomy {
            *known = Some((edition, Arc::clone(taxonomy)));
        }
    }
}
