//! The use cases of a publication: read, write, publish, import. GraphQL, REST, the command line and the workers all
//! call this crate.

mod articles;
pub mod backup;
mod caller;
mod database;
mod desk;
mod editions;
mod env;
mod error;
mod idempotency;
pub mod import;
mod input;
mod keys;
mod known_sizes;
mod preview;
mod render;
mod settings;
mod taxonomy;
mod text;
mod view;
mod workers;

use std::sync::{Arc, PoisonError, RwLock};

use domain::{Ends, Timestamp};
use persistence::{Head, Store};

use known_sizes::KnownSizes;
use taxonomy::KnownTaxonomy;
use workers::Deadlines;

/// The first characters of the secrets that this program makes: API keys and preview tokens. Texts that contain them
/// are not logged.
pub const SECRET_PREFIXES: [&str; 2] = [keys::PREFIX, preview::PREFIX];

pub use articles::{ArticleCheck, EditorialReviewInput, PublishInput, Saved, Tombstone, WithdrawInput};
pub use caller::{Caller, Forbidden};
pub use desk::{Desk, compare};
pub use editions::{Histories, NotReached};
pub use editorial::{checks, diff};
pub use error::{WriteError, WriteResult};
pub use idempotency::Idempotency;
pub use input::{ArticleInput, Field, ImageInput, SeoInput};
pub use keys::{KeyError, KeyInput, NewKey};
pub use persistence::{
    ApiKey, AuditFilter, Budget, Database, FormerSlug, PREVIEW_TIME, PoolUsage, Preview, PreviewTarget,
    Schema, StoreError, StoreOptions, noting_writes, within,
};
pub use preview::{NewPreview, PreviewError, PreviewInput};
pub use render::{excerpt, render_body, shorten};
pub use settings::{Settings, WarningPolicy};
pub use taxonomy::{AuthorInput, AuthorUpdate, TagInput, TagUpdate, TopicInput, TopicUpdate};
pub use view::View;
pub use workers::Workers;

/// A publication. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct App {
    store: Store,
    shared: Arc<Shared>,
}

/// The state that all clones of a publication share.
#[derive(Debug, Default)]
struct Shared {
    settings: Settings,
    taxonomy: KnownTaxonomy,
    deadlines: Deadlines,
    signing_key: RwLock<Option<Vec<u8>>>,
    lookups: editions::Lookups,
    last_used: keys::LastUsed,
    checked_keys: keys::CheckedKeys,
    sizes: Arc<KnownSizes>,
}

impl App {
    /// Returns the publication that a database contains.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        Self { store, shared: Arc::new(Shared { settings, ..Shared::default() }) }
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Returns the current time.
    #[must_use]
    pub fn now() -> Timestamp {
        env::now()
    }

    /// Returns a view of the latest edition, which reads in a transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn view(&self) -> Result<View, StoreError> {
        let snapshot = self.store.public_snapshot().await?;
        let taxonomy = self.taxonomy_of(&snapshot).await?;
        Ok(View::new(snapshot, taxonomy, &self.shared.sizes).without(self.late_ends()))
    }

    /// Returns a view of the latest edition, which reads without a transaction. Falls back to [`App::view`] when the
    /// taxonomy of that edition is not in memory.
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

    /// Returns the number of public articles, if it is in memory.
    #[must_use]
    pub fn known_size(&self) -> Option<u64> {
        self.shared.sizes.all()
    }

    /// Whether a publication has ended and the article could not be withdrawn. Answers then leave it out and depend on
    /// the time, so they must not be cached.
    #[must_use]
    pub fn ends_are_late(&self) -> bool {
        self.shared.deadlines.ends_are_late()
    }

    /// Returns what views must leave out because it has ended. Nearly always `None`.
    fn late_ends(&self) -> Option<Ends> {
        self.ends_are_late().then(|| self.ends())
    }

    /// Returns the condition for publications that have ended by now.
    pub(crate) fn ends(&self) -> Ends {
        Ends { by: env::now(), overdue: self.settings().overdue }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.shared.deadlines
    }

    pub(crate) fn last_used(&self) -> &keys::LastUsed {
        &self.shared.last_used
    }

    pub(crate) fn checked_keys(&self) -> &keys::CheckedKeys {
        &self.shared.checked_keys
    }

    pub(crate) fn known_signing_key(&self) -> &RwLock<Option<Vec<u8>>> {
        &self.shared.signing_key
    }

    pub(crate) fn lookups(&self) -> &editions::Lookups {
        &self.shared.lookups
    }

    /// Clears everything that was read from the database, because it contains another history now.
    pub(crate) fn clear_caches(&self) {
        self.shared.taxonomy.clear();
        *self.shared.signing_key.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.shared.last_used.clear();
        self.shared.checked_keys.clear();
        self.shared.sizes.clear();
        self.shared.deadlines.changed();
    }
}
