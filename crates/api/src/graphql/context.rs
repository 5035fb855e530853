//! What resolvers find in their context.

use std::collections::HashMap;
use std::sync::Arc;

use app::{App, Caller, StoreError, View};
use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use domain::{Body, EditionNumber, LabelId, Timestamp};
use tokio::sync::OnceCell;

use super::error::ApiError;

/// The publication as one request sees it: a view of one edition, opened when it is first needed.
#[derive(Clone, Default)]
pub(crate) struct RequestView(Arc<OnceCell<Arc<Reader>>>);

/// A view, and what is loaded through it for many objects at once.
pub(crate) struct Reader {
    pub(crate) view: Arc<View>,
    bodies: DataLoader<BodyLoader>,
    editions: DataLoader<EditionLoader>,
    counts: OnceCell<HashMap<LabelId, i64>>,
}

impl Reader {
    /// Opens a view of the latest edition.
    pub(crate) async fn open(app: &App) -> Result<Arc<Self>, StoreError> {
        let view = Arc::new(app.view().await?);
        let bodies = DataLoader::new(BodyLoader(Arc::clone(&view)), tokio::spawn);
        let editions = DataLoader::new(EditionLoader(Arc::clone(&view)), tokio::spawn);
        Ok(Arc::new(Self { view, bodies, editions, counts: OnceCell::new() }))
    }

    /// The body of a publication; those of a page are read in one statement.
    pub(crate) async fn body(&self, key: i64) -> Result<Arc<Body>, ApiError> {
        let body = self.bodies.load_one(key).await.map_err(|error| ApiError::internal(&error))?;
        body.ok_or_else(|| ApiError::internal(&format!("publication {key} has no body")))
    }

    /// When an edition was made; those of a page are read in one statement.
    pub(crate) async fn edition_at(&self, number: EditionNumber) -> Result<Timestamp, ApiError> {
        let at = self.editions.load_one(number).await.map_err(|error| ApiError::internal(&error))?;
        at.ok_or_else(|| ApiError::internal(&format!("there is no edition {number}")))
    }

    /// How many articles each label has.
    pub(crate) async fn counts(&self) -> Result<&HashMap<LabelId, i64>, StoreError> {
        self.counts.get_or_try_init(|| self.view.label_counts()).await
    }

    /// How many articles one label has.
    pub(crate) async fn count(&self, label: LabelId) -> Result<i64, StoreError> {
        Ok(self.counts().await?.get(&label).copied().unwrap_or(0))
    }
}

/// The view that this request reads.
pub(crate) async fn reader(ctx: &Context<'_>) -> Result<Arc<Reader>, ApiError> {
    let view = ctx.data_unchecked::<RequestView>();
    Ok(Arc::clone(view.0.get_or_try_init(|| Reader::open(app(ctx))).await?))
}

/// The publication.
pub(crate) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// Who asks. Whoever reaches a mutation has shown a key.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller, ApiError> {
    ctx.data_opt::<Caller>().ok_or_else(ApiError::unauthenticated)
}

struct BodyLoader(Arc<View>);

impl Loader<i64> for BodyLoader {
    type Value = Arc<Body>;
    type Error = Arc<StoreError>;

    async fn load(&self, keys: &[i64]) -> Result<HashMap<i64, Self::Value>, Self::Error> {
        let bodies = self.0.bodies(keys).await.map_err(Arc::new)?;
        Ok(bodies.into_iter().map(|(key, body)| (key, Arc::new(body))).collect())
    }
}

struct EditionLoader(Arc<View>);

impl Loader<EditionNumber> for EditionLoader {
    type Value = Timestamp;
    type Error = Arc<StoreError>;

    async fn load(&self, keys: &[EditionNumber]) -> Result<HashMap<EditionNumber, Self::Value>, Self::Error> {
        let editions = self.0.editions(keys).await.map_err(Arc::new)?;
        Ok(editions.into_iter().map(|edition| (edition.number, edition.at)).collect())
    }
}
