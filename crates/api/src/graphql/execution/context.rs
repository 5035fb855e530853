//! The data that resolvers find in their context.

use std::collections::HashMap;
use std::sync::Arc;

use app::{App, Caller, Preview, StoreError, View};
use async_graphql::Context;
use domain::{LabelId, Predicate};
use tokio::sync::OnceCell;

use crate::delivery::{Mentions, SubjectKind};
use crate::graphql::error::ApiError;
use crate::graphql::execution::cost::Ledger;
use crate::graphql::execution::warning::Warnings;

/// The view of the publication for one request. It is opened when it is first needed, and belongs to one edition.
#[derive(Clone, Default)]
pub(crate) struct RequestView {
    opened: Arc<OnceCell<Arc<Reader>>>,
    preview: Option<Preview>,
    /// Whether the document merges no fields, so that parts of the answer may be serialised as JSON in advance.
    may_preserialize: bool,
    /// Whether the view is read without a transaction.
    without_transaction: bool,
    /// The warnings about the request.
    warnings: Arc<Warnings>,
}

impl RequestView {
    /// Makes a view of a preview.
    pub(crate) fn of_preview(preview: Preview) -> Self {
        Self { preview: Some(preview), ..Self::default() }
    }

    /// Makes a view without a transaction. `merges` says whether the document merges fields.
    pub(crate) fn without_transaction(merges: bool) -> Self {
        Self { may_preserialize: !merges, without_transaction: true, ..Self::default() }
    }

    /// Makes a view in a transaction, which stays in one edition whatever is published meanwhile.
    pub(crate) fn in_transaction(merges: bool) -> Self {
        Self { without_transaction: false, ..Self::without_transaction(merges) }
    }

    /// Returns the same view, not yet opened.
    pub(crate) fn unopened(&self) -> Self {
        Self { opened: Arc::default(), warnings: Arc::default(), ..self.clone() }
    }

    /// Whether everything that was read belongs to one edition.
    pub(crate) async fn holds(&self) -> bool {
        match self.opened() {
            // If this fails, the caller reads again and gets the error.
            Some(read) => read.view.holds().await.unwrap_or(false),
            None => true,
        }
    }

    /// Whether parts of the answer may be serialised as JSON in advance.
    pub(crate) fn may_preserialize(&self) -> bool {
        self.may_preserialize
    }

    /// Returns the warnings about the request.
    pub(crate) fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Returns the view. Opens it if necessary.
    pub(crate) async fn reader(&self, app: &App) -> Result<Arc<Reader>, ApiError> {
        let Self { opened, preview, may_preserialize: _, without_transaction, warnings: _ } = self;
        let open = || async {
            match preview {
                None if *without_transaction => Ok(Reader::open_without_transaction(app).await?),
                None => Ok::<_, ApiError>(Reader::open(app).await?),
                Some(preview) => Ok(Reader::new(app.preview_view(preview).await?)),
            }
        };
        Ok(Arc::clone(opened.get_or_try_init(open).await?))
    }

    /// Returns the view if it was opened.
    pub(crate) fn opened(&self) -> Option<&Reader> {
        self.opened.get().map(Arc::as_ref)
    }
}

/// A view, and data that is read through it once for the whole request.
pub(crate) struct Reader {
    pub(crate) view: View,
    /// What the answer mentions.
    pub(crate) mentions: Mentions,
    counts: OnceCell<HashMap<LabelId, i64>>,
    actor_names: OnceCell<HashMap<String, String>>,
}

impl Reader {
    /// Opens a view of the latest edition in a transaction.
    pub(crate) async fn open(app: &App) -> Result<Arc<Self>, StoreError> {
        Ok(Self::new(app.view().await?))
    }

    /// Opens a view of the latest edition without a transaction.
    pub(crate) async fn open_without_transaction(app: &App) -> Result<Arc<Self>, StoreError> {
        Ok(Self::new(app.view_now().await?))
    }

    fn new(view: View) -> Arc<Self> {
        let (mentions, counts, actor_names) = (Mentions::default(), OnceCell::new(), OnceCell::new());
        Arc::new(Self { view, mentions, counts, actor_names })
    }

    /// Returns the number of articles of every tag, topic and author.
    pub(crate) async fn counts(&self) -> Result<&HashMap<LabelId, i64>, StoreError> {
        self.mentions.note_all(SubjectKind::Articles);
        self.counts.get_or_try_init(|| self.view.label_counts()).await
    }

    /// Returns the name of an API key or a person, if it is known. Only for callers who may know the actor.
    pub(crate) async fn actor_name(&self, actor: &str) -> Result<Option<String>, StoreError> {
        let names = self.actor_names.get_or_try_init(|| self.view.actor_names()).await?;
        Ok(names.get(actor).cloned())
    }

    /// Counts the articles that match. The cost must have been charged before.
    pub(crate) async fn count_matching(&self, predicate: &Predicate) -> Result<i64, StoreError> {
        match predicate {
            // The counts of all labels are read together.
            Predicate::Labelled(labels) if labels.len() == 1 => match labels.first() {
                Some(label) => self.count(*label).await,
                None => Ok(0),
            },
            _ => self.view.count(predicate).await,
        }
    }

    /// Returns the number of articles of one tag, topic or author.
    pub(crate) async fn count(&self, label: LabelId) -> Result<i64, StoreError> {
        Ok(self.counts().await?.get(&label).copied().unwrap_or(0))
    }
}

/// Returns the view of this request.
pub(crate) async fn reader(ctx: &Context<'_>) -> Result<Arc<Reader>, ApiError> {
    ctx.data_unchecked::<RequestView>().reader(app(ctx)).await
}

/// Returns the ledger, which records the cost of this request.
pub(crate) fn ledger<'a>(ctx: &Context<'a>) -> &'a Arc<Ledger> {
    ctx.data_unchecked::<Arc<Ledger>>()
}

/// Returns the application.
pub(crate) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// Returns the caller. Every request that reaches a mutation has authenticated.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller, ApiError> {
    ctx.data_opt::<Caller>().ok_or_else(ApiError::unauthenticated)
}
