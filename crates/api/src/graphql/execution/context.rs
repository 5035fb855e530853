//! What resolvers find in their context.

use std::collections::HashMap;
use std::sync::Arc;

use app::{App, Caller, Preview, StoreError, View};
use async_graphql::Context;
use domain::{LabelId, Predicate};
use tokio::sync::OnceCell;

use crate::delivery::{Kind, Mentions};
use crate::graphql::error::ApiError;
use crate::graphql::execution::cost::Ledger;

/// The publication as one request sees it: a view of one edition, opened when it is first needed.
#[derive(Clone, Default)]
pub(crate) struct RequestView {
    opened: Arc<OnceCell<Arc<Reader>>>,
    preview: Option<Preview>,
    /// Whether nothing in the answer is merged, so that parts of it may be JSON already.
    may_preserialize: bool,
    /// Whether it is read without a transaction.
    is_loose: bool,
}

impl RequestView {
    /// A view of what a preview shows.
    pub(crate) fn of_preview(preview: Preview) -> Self {
        Self { preview: Some(preview), ..Self::default() }
    }

    /// A view for an operation of which nothing in the answer is merged, or something is.
    pub(crate) fn of(merges: bool) -> Self {
        Self { may_preserialize: !merges, is_loose: true, ..Self::default() }
    }

    /// The same, of one edition whatever is published meanwhile.
    pub(crate) fn of_one_edition(merges: bool) -> Self {
        Self { is_loose: false, ..Self::of(merges) }
    }

    /// The same, with nothing read yet.
    pub(crate) fn anew(&self) -> Self {
        Self { opened: Arc::default(), ..self.clone() }
    }

    /// Whether everything that was read is of one edition.
    pub(crate) async fn holds(&self) -> bool {
        match self.opened() {
            // Whoever reads it again hears what is the matter.
            Some(read) => read.view.holds().await.unwrap_or(false),
            None => true,
        }
    }

    /// Whether parts of the answer may be JSON already.
    pub(crate) fn may_preserialize(&self) -> bool {
        self.may_preserialize
    }

    /// The view, opened unless it is.
    pub(crate) async fn reader(&self, app: &App) -> Result<Arc<Reader>, ApiError> {
        let Self { opened, preview, may_preserialize: _, is_loose } = self;
        let open = || async {
            match preview {
                None if *is_loose => Ok(Reader::now(app).await?),
                None => Ok::<_, ApiError>(Reader::open(app).await?),
                Some(preview) => Ok(Reader::new(app.preview_view(preview).await?)),
            }
        };
        Ok(Arc::clone(opened.get_or_try_init(open).await?))
    }

    /// What was read, once something was.
    pub(crate) fn opened(&self) -> Option<&Reader> {
        self.opened.get().map(Arc::as_ref)
    }
}

/// A view, and what is read through it once.
pub(crate) struct Reader {
    pub(crate) view: View,
    /// What the answer tells of.
    pub(crate) mentions: Mentions,
    counts: OnceCell<HashMap<LabelId, i64>>,
}

impl Reader {
    /// Opens a view of the latest edition.
    pub(crate) async fn open(app: &App) -> Result<Arc<Self>, StoreError> {
        Ok(Self::new(app.view().await?))
    }

    /// Opens a view of the latest edition without a transaction.
    pub(crate) async fn now(app: &App) -> Result<Arc<Self>, StoreError> {
        Ok(Self::new(app.view_now().await?))
    }

    fn new(view: View) -> Arc<Self> {
        Arc::new(Self { view, mentions: Mentions::default(), counts: OnceCell::new() })
    }

    /// How many articles each label has.
    pub(crate) async fn counts(&self) -> Result<&HashMap<LabelId, i64>, StoreError> {
        self.mentions.note_all(Kind::Articles);
        self.counts.get_or_try_init(|| self.view.label_counts()).await
    }

    /// How many articles match. What that costs is taken to be spent.
    pub(crate) async fn matching(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        match predicate {
            // Known for all labels together.
            Predicate::Labelled(labels) if labels.len() == 1 => match labels.first() {
                Some(label) => self.count(*label).await,
                None => Ok(0),
            },
            _ => self.view.count(predicate).await,
        }
    }

    /// How many articles one label has.
    pub(crate) async fn count(&self, label: LabelId) -> Result<i64, StoreError> {
        Ok(self.counts().await?.get(&label).copied().unwrap_or(0))
    }
}

/// The view that this request reads.
pub(crate) async fn reader(ctx: &Context<'_>) -> Result<Arc<Reader>, ApiError> {
    ctx.data_unchecked::<RequestView>().reader(app(ctx)).await
}

/// What the request costs.
pub(crate) fn ledger<'a>(ctx: &Context<'a>) -> &'a Arc<Ledger> {
    ctx.data_unchecked::<Arc<Ledger>>()
}

/// The publication.
pub(crate) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// Who asks. Whoever reaches a mutation has shown a key.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller, ApiError> {
    ctx.data_opt::<Caller>().ok_or_else(ApiError::unauthenticated)
}
