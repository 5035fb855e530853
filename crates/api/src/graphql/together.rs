//! Articles that were read together, and what is then read for all of them in one statement.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Body, Change, Edition, EditionNumber, Publication};
use tokio::sync::OnceCell;

use super::context::Reader;
use super::error::ApiError;

/// What articles that were read together share: whatever the first of them is asked for beyond its own
/// row is read for all of them.
pub(crate) struct Together {
    pub(crate) reader: Arc<Reader>,
    keys: Vec<i64>,
    numbers: Vec<EditionNumber>,
    bodies: OnceCell<HashMap<i64, Arc<Body>>>,
    editions: OnceCell<HashMap<EditionNumber, Edition>>,
    changes: OnceCell<HashMap<EditionNumber, Vec<Change>>>,
}

impl Together {
    pub(crate) fn new(publications: &[Publication], reader: &Arc<Reader>) -> Arc<Self> {
        let mut numbers: Vec<_> = publications.iter().map(|publication| publication.edition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Arc::new(Self {
            reader: Arc::clone(reader),
            keys: publications.iter().map(|publication| publication.key).collect(),
            numbers,
            bodies: OnceCell::new(),
            editions: OnceCell::new(),
            changes: OnceCell::new(),
        })
    }

    /// The body of one of them.
    pub(crate) async fn body(&self, key: i64) -> Result<Arc<Body>, ApiError> {
        let read = || async {
            let bodies = self.reader.view.bodies(&self.keys).await?;
            Ok::<_, ApiError>(bodies.into_iter().map(|(key, body)| (key, Arc::new(body))).collect())
        };
        let found = self.bodies.get_or_try_init(read).await?.get(&key);
        found.cloned().ok_or_else(|| ApiError::internal(&format!("publication {key} has no body")))
    }

    /// The edition of one of them.
    pub(crate) async fn edition(&self, number: EditionNumber) -> Result<Edition, ApiError> {
        let read = || async {
            let editions = self.reader.view.editions(&self.numbers).await?;
            Ok::<_, ApiError>(editions.into_iter().map(|edition| (edition.number, edition)).collect())
        };
        let found = self.editions.get_or_try_init(read).await?.get(&number);
        found.copied().ok_or_else(|| ApiError::internal(&format!("there is no edition {number}")))
    }

    /// What the edition of one of them changed.
    pub(crate) async fn changes(&self, number: EditionNumber) -> Result<&[Change], ApiError> {
        let read = || async {
            let mut by_edition: HashMap<_, Vec<_>> = HashMap::new();
            for (edition, change) in self.reader.view.changes(&self.numbers).await? {
                by_edition.entry(edition).or_default().push(change);
            }
            Ok::<_, ApiError>(by_edition)
        };
        Ok(self.changes.get_or_try_init(read).await?.get(&number).map_or(&[], Vec::as_slice))
    }
}
