//! What can be done with a publication: read, write, publish, import. GraphQL, the command line and
//! the workers all come through here.

mod articles;
mod authors;
pub mod backup;
mod caller;
mod desk;
mod editions;
mod env;
mod error;
mod idempotency;
pub mod import;
mod input;
mod keys;
mod known_sizes;
mod labels;
mod preview;
mod render;
mod schema;
mod settings;
mod storage;
mod tags;
mod topics;
mod view;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use domain::{EditionId, Ends, Taxonomy, Timestamp};
use persistence::{Head, Snapshot, Store};
use tokio::sync::Notify;

use articles::deadlines::NextDeadline;
use known_sizes::KnownSizes;

/// How the secrets begin that this server gives out: keys and tokens of previews. What holds one is not logged.
pub const SECRET_PREFIXES: [&str; 2] = [keys::PREFIX, preview::PREFIX];

pub use articles::{ArticleCheck, EditorialReviewInput, PublishInput, Saved, WithdrawInput};
pub use authors::AuthorInput;
pub use caller::{Caller, Forbidden};
pub use desk::{Desk, compare};
pub use editions::{Histories, NotReached};
pub use editorial::{checks, diff};
pub use error::{WriteError, WriteResult};
pub use idempotency::Idempotency;
pub use input::{ArticleInput, Field, ImageInput, SeoInput};
pub use keys::{KeyError, KeyInput, NewKey};
pub use persistence::{
    ApiKey, AuditFilter, Budget, Database, FormerSlug, PREVIEW_TIME, PoolUsage, Preview, Schema, Shows,
    StoreError, StoreOptions, within,
};
pub use preview::{NewPreview, PreviewError, PreviewInput};
pub use render::{excerpt, render_body, shorten};
pub use settings::{Settings, WarningPolicy};
pub use tags::TagInput;
pub use topics::TopicInput;
pub use view::View;

/// The publication. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    shared: Arc<Shared>,
}

/// What all clones of a publication share.
#[derive(Debug, Default)]
struct Shared {
    settings: Settings,
    /// The tags, topics and authors that are at hand, and the edition that last changed them.
    taxonomy: RwLock<Option<(EditionId, Arc<Taxonomy>)>>,
    deadlines: Notify,
    signing_key: RwLock<Option<Vec<u8>>>,
    lookups: editions::Lookups,
    last_used: keys::LastUsed,
    checked_keys: keys::CheckedKeys,
    /// Whether something has come to its end, and that cannot be applied.
    ends_are_late: AtomicBool,
    next_deadline: NextDeadline,
    sizes: Arc<KnownSizes>,
}

impl App {
    /// The publication that a database holds.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        Self { store, shared: Arc::new(Shared { settings, ..Shared::default() }) }
    }

    /// What it decides for itself.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Has this node look again for what falls due next.
    pub(crate) fn deadlines_changed(&self) {
        self.shared.deadlines.notify_one();
    }

    pub(crate) fn next_deadline(&self) -> &NextDeadline {
        &self.shared.next_deadline
    }

    pub(crate) fn deadlines(&self) -> &Notify {
        &self.shared.deadlines
    }

    pub(crate) fn last_used(&self) -> &keys::LastUsed {
        &self.shared.last_used
    }

    pub(crate) fn checked_keys(&self) -> &keys::CheckedKeys {
        &self.shared.checked_keys
    }

    /// Whether something has come to its end, and that cannot be applied: readers do not get it all the same. Answers
    /// are kept by nobody meanwhile, as they are no longer a function of the edition alone.
    #[must_use]
    pub fn ends_are_late(&self) -> bool {
        self.shared.ends_are_late.load(Ordering::Relaxed) || self.shared.next_deadline.has_ended()
    }

    /// What is left out of what readers get; nothing, nearly always.
    fn late_ends(&self) -> Option<Ends> {
        self.ends_are_late().then(|| self.ends())
    }

    /// What has come to its end by now.
    pub(crate) fn ends(&self) -> Ends {
        Ends { by: env::now(), overdue: self.settings().overdue }
    }

    pub(crate) fn note_late_ends(&self, are_late: bool) {
        let before = self.shared.ends_are_late.swap(are_late, Ordering::Relaxed);
        match (before, are_late) {
            (false, true) => {
                tracing::error!(
                    "articles that have ended cannot be withdrawn: they are left out of every answer until they can"
                );
            }
            (true, false) => tracing::info!("articles that have ended were withdrawn"),
            _ => {}
        }
    }

    pub(crate) fn known_signing_key(&self) -> &RwLock<Option<Vec<u8>>> {
        &self.shared.signing_key
    }

    pub(crate) fn lookups(&self) -> &editions::Lookups {
        &self.shared.lookups
    }

    /// Drops everything that was read from the database: it holds another history now.
    pub(crate) fn forget(&self) {
        *self.shared.taxonomy.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.shared.signing_key.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.shared.last_used.forget();
        self.shared.checked_keys.forget();
        self.shared.sizes.forget();
        self.deadlines_changed();
    }

    /// The time, for those who are told it.
    #[must_use]
    pub fn now() -> Timestamp {
        env::now()
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Begins to read: everything read through the answer belongs to one edition.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn view(&self) -> Result<View, StoreError> {
        let snapshot = self.store.public_snapshot().await?;
        let taxonomy = self.taxonomy_of(&snapshot).await?;
        Ok(View::new(snapshot, taxonomy, &self.shared.sizes).without(self.late_ends()))
    }

    /// Begins to read what the public sees now, without a transaction; with one, when the tags, topics and
    /// authors of the latest edition are not at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn view_now(&self) -> Result<View, StoreError> {
        let Head { edition, taxonomy } = self.latest();
        match self.known_taxonomy(taxonomy) {
            Some(known) => {
                let view = View::now(self.store.clone(), edition, known, &self.shared.sizes);
                Ok(view.without(self.late_ends()))
            }
            None => self.view().await,
        }
    }

    /// The tags, topics and authors of a snapshot, out of memory unless they have changed.
    async fn taxonomy_of(&self, snapshot: &Snapshot) -> Result<Arc<Taxonomy>, StoreError> {
        let wanted = snapshot.taxonomy_edition();
        if let Some(known) = self.known_taxonomy(wanted) {
            return Ok(known);
        }
        let loaded = Arc::new(snapshot.taxonomy().load().await?);
        self.keep_taxonomy(wanted, &loaded);
        Ok(loaded)
    }

    /// How many articles there are, as far as is known.
    #[must_use]
    pub fn known_size(&self) -> Option<u64> {
        self.shared.sizes.all()
    }

    fn known_taxonomy(&self, wanted: EditionId) -> Option<Arc<Taxonomy>> {
        if wanted.number == 0 {
            // Nothing was ever filed under anything.
            return Some(Arc::default());
        }
        let known = self.shared.taxonomy.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| *of == wanted).map(|(_, taxonomy)| Arc::clone(taxonomy))
    }

    fn keep_taxonomy(&self, edition: EditionId, taxonomy: &Arc<Taxonomy>) {
        let mut known = self.shared.taxonomy.write().unwrap_or_else(PoisonError::into_inner);
        let is_later = known.as_ref().is_none_or(|(of, _)| edition.number > of.number);
        // In another history, the latest one can have a lower number than the one that is at hand.
        if is_later || edition == self.latest().taxonomy {
            *known = Some((edition, Arc::clone(taxonomy)));
        }
    }
}
