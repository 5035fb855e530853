//! Which fields of an article a writer may see who may not read drafts.

use std::sync::Arc;

use app::{App, Caller, Saved};
use async_graphql::Context;
use domain::{ArticleId, Scope};
use tokio::sync::OnceCell;

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{app, caller};

/// What a caller may see of an article and its working copy.
///
/// A caller who may read drafts sees everything. A caller who may only write sees what they have written and what
/// is public. To see what others have written, they need the scope `content:read-drafts`.
#[derive(Clone)]
pub(crate) struct DraftAccess(Option<Arc<Writer>>);

/// A caller who has written to an article and may not read drafts.
struct Writer {
    app: App,
    caller: Caller,
    article: ArticleId,
    /// The fields that this request has sent.
    sent: Vec<&'static str>,
    /// Whether the working copy is what the public sees.
    is_public: bool,
    /// Whether this caller has saved every version of the article.
    wrote_alone: OnceCell<bool>,
}

impl DraftAccess {
    /// Access to everything, for a caller who may read drafts.
    pub(crate) fn full() -> Self {
        Self(None)
    }

    /// Returns the access of the caller to an article after a write. `sent` are the fields of the working copy
    /// that the write has sent.
    pub(crate) fn of_writer(
        ctx: &Context<'_>,
        saved: &Saved,
        sent: Vec<&'static str>,
    ) -> Result<Self, ApiError> {
        let caller = caller(ctx)?;
        if caller.require(Scope::ReadDrafts).is_ok() {
            return Ok(Self::full());
        }
        let Saved { article, revision, .. } = saved;
        let only_one = (revision.version == 1).then(|| revision.actor == caller.actor);
        Ok(Self(Some(Arc::new(Writer {
            app: app(ctx).clone(),
            caller: caller.clone(),
            article: article.id,
            sent,
            is_public: article.published_version() == Some(article.version),
            wrote_alone: OnceCell::new_with(only_one),
        }))))
    }

    /// Refuses a field of the working copy that others may have written.
    pub(crate) async fn check_text(&self, field: &'static str) -> Result<(), ApiError> {
        let Some(writer) = &self.0 else { return Ok(()) };
        if writer.is_public || writer.sent.contains(&field) || writer.wrote_alone().await? {
            return Ok(());
        }
        writer.refuse(field)
    }

    /// Refuses what another actor has said or decided.
    pub(crate) fn check_actor(&self, field: &'static str, by: &str) -> Result<(), ApiError> {
        match &self.0 {
            Some(writer) if writer.caller.actor != by => writer.refuse(field),
            _ => Ok(()),
        }
    }

    /// Whether the caller may see the text of the article in every version.
    pub(crate) async fn includes_all_text(&self) -> Result<bool, ApiError> {
        match &self.0 {
            None => Ok(true),
            Some(writer) => writer.wrote_alone().await,
        }
    }
}

impl Writer {
    async fn wrote_alone(&self) -> Result<bool, ApiError> {
        let look = || self.app.wrote_alone(&self.caller, self.article);
        Ok(*self.wrote_alone.get_or_try_init(look).await?)
    }

    fn refuse(&self, field: &'static str) -> Result<(), ApiError> {
        self.caller.require(Scope::ReadDrafts).map_err(|missing| ApiError::not_shown(field, missing))
    }
}

/// Whether the caller may see the text of an article in every version.
pub(crate) async fn may_read_all_text(ctx: &Context<'_>, article: ArticleId) -> Result<bool, ApiError> {
    let caller = caller(ctx)?;
    if caller.require(Scope::ReadDrafts).is_ok() {
        return Ok(true);
    }
    Ok(app(ctx).wrote_alone(caller, article).await?)
}
