//! Articles that were read together, and the data that is then read for all of them in one statement.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Body, BodyForms, Change, Edition, EditionNumber, Publication};
use tokio::sync::OnceCell;

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::Reader;
use crate::graphql::execution::cost::Ledger;
use crate::graphql::types::body::RequestedForms;

/// Bodies, by the keys of their publications.
type Bodies = HashMap<i64, Arc<Body>>;

/// What articles share that were read together. When the first of them needs more than its own row, it is read for
/// all of them.
pub(crate) struct ArticleBatch {
    pub(crate) reader: Arc<Reader>,
    keys: Vec<i64>,
    numbers: Vec<EditionNumber>,
    /// The length of each format of each body, in bytes.
    lengths: OnceCell<HashMap<i64, [u64; 5]>>,
    /// The bodies, by the formats that were read.
    bodies: Mutex<BTreeMap<BodyForms, Arc<OnceCell<Bodies>>>>,
    editions: OnceCell<HashMap<EditionNumber, Edition>>,
    changes: OnceCell<HashMap<EditionNumber, Vec<Change>>>,
}

impl ArticleBatch {
    pub(crate) fn new(publications: &[Publication], reader: &Arc<Reader>) -> Arc<Self> {
        let mut numbers: Vec<_> = publications.iter().map(|publication| publication.edition).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Arc::new(Self {
            reader: Arc::clone(reader),
            keys: publications.iter().map(|publication| publication.key).collect(),
            numbers,
            lengths: OnceCell::new(),
            bodies: Mutex::default(),
            editions: OnceCell::new(),
            changes: OnceCell::new(),
        })
    }

    /// Returns the body of one of the articles, in the requested formats. A format that is requested several times
    /// counts several times for the size of the answer.
    pub(crate) async fn body(
        &self,
        key: i64,
        requested: &RequestedForms,
        ledger: &Ledger,
    ) -> Result<Arc<Body>, ApiError> {
        let RequestedForms { forms, times } = *requested;
        let bytes = |lengths: &[u64; 5]| {
            lengths
                .iter()
                .zip(times)
                .map(|(length, times)| length.saturating_mul(times))
                .fold(0, u64::saturating_add)
        };
        let lengths = || async { Ok::<_, ApiError>(self.reader.view.body_lengths(&self.keys).await?) };
        let none = HashMap::new();
        let lengths = if forms.is_empty() { &none } else { self.lengths.get_or_try_init(lengths).await? };
        let read = || async {
            let [markdown, html, text, _outline, _images] = times;
            let texts = (markdown + html + text).saturating_mul(lengths.len() as u64);
            ledger.bodies(lengths.values().map(bytes).fold(0, u64::saturating_add), texts)?;
            let bodies = self.reader.view.bodies(&self.keys, forms).await?;
            Ok::<_, ApiError>(bodies.into_iter().map(|(key, body)| (key, Arc::new(body))).collect())
        };
        let cell = {
            let mut known = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(forms).or_default())
        };
        let found = cell.get_or_try_init(read).await?.get(&key);
        ledger.answer(lengths.get(&key).map_or(0, bytes))?;
        found.cloned().ok_or_else(|| ApiError::internal(&format!("publication {key} has no body")))
    }

    /// Returns the edition of one of the articles.
    pub(crate) async fn edition(&self, number: EditionNumber) -> Result<Edition, ApiError> {
        let read = || async {
            let editions = self.reader.view.editions(&self.numbers).await?;
            Ok::<_, ApiError>(editions.into_iter().map(|edition| (edition.number, edition)).collect())
        };
        let found = self.editions.get_or_try_init(read).await?.get(&number);
        found.copied().ok_or_else(|| ApiError::internal(&format!("there is no edition {number}")))
    }

    /// Returns what the edition of one of the articles changed.
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
