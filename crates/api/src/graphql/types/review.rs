//! Reviews of a working copy before publication, and editorial reviews of a published article.

use std::sync::Arc;

use app::App;
use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::Verdict;

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::Reader;
use crate::graphql::execution::draft_access::DraftAccess;
use crate::graphql::types::author::Author;
use crate::graphql::types::scalar::DateTime;

/// The state of the review of a working copy.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ReviewState {
    /// The working copy was not submitted.
    None,
    /// The working copy was submitted and waits for a decision.
    Requested,
    /// A version was approved.
    Approved,
    /// Changes to a version were requested.
    ChangesRequested,
}

pub(crate) struct Review {
    review: domain::Review,
    access: DraftAccess,
    reader: Arc<Reader>,
}

impl Review {
    pub(crate) fn new(review: domain::Review, access: &DraftAccess, reader: &Arc<Reader>) -> Self {
        Self { review, access: access.clone(), reader: Arc::clone(reader) }
    }

    /// Returns something of the last step, if the caller may see it.
    fn said<'a, T>(
        &'a self,
        ctx: &Context<'_>,
        field: &'static str,
        what: impl FnOnce(&'a Verdict) -> Option<T>,
    ) -> Option<T> {
        let verdict = self.review.verdict()?;
        let found = what(verdict)?;
        or_null(ctx, self.access.check_actor(field, &verdict.by).map(|()| Some(found)))
    }
}

/// The review of a working copy: the last step, who took it, and for which version.
#[Object]
impl Review {
    /// The state of the review.
    async fn state(&self) -> ReviewState {
        match &self.review {
            domain::Review::None => ReviewState::None,
            domain::Review::Requested(_) => ReviewState::Requested,
            domain::Review::Approved(_) => ReviewState::Approved,
            domain::Review::ChangesRequested(_) => ReviewState::ChangesRequested,
        }
    }

    /// The version that was submitted, approved or sent back. An edit after an approval needs a new approval. Null
    /// if there is none.
    async fn version(&self) -> Option<i32> {
        self.review.verdict().map(|verdict| verdict.version)
    }

    /// The actor of the last step. Null if there was none. A writer who may not read drafts sees only themselves.
    async fn by(&self, ctx: &Context<'_>) -> Option<&str> {
        self.said(ctx, "by", |verdict| Some(verdict.by.as_str()))
    }

    /// The name of that actor: of the API key, or of the person. Null if it is not known.
    async fn by_name(&self, ctx: &Context<'_>) -> Option<String> {
        let by = self.said(ctx, "byName", |verdict| Some(verdict.by.as_str()))?;
        or_null(ctx, self.reader.actor_name(by).await.map_err(ApiError::from))
    }

    /// The time of the last step. Null if there was none.
    async fn at(&self) -> Option<DateTime> {
        self.review.verdict().map(|verdict| verdict.at.into())
    }

    /// The comment on the last step. Null if there is none. A writer who may not read drafts sees only a comment
    /// of their own.
    async fn comment(&self, ctx: &Context<'_>) -> Option<&str> {
        self.said(ctx, "comment", |verdict| verdict.comment.as_deref())
    }
}

/// The editorial review of an article: whether it is still correct.
#[derive(SimpleObject)]
pub(crate) struct EditorialReview {
    /// The time of the last editorial review. Null if there was none.
    last_reviewed_at: Option<DateTime>,
    /// The time at which the next editorial review is due. Null if none is planned.
    review_due_at: Option<DateTime>,
    /// The author who did the last editorial review. Null if none is named.
    reviewer: Option<Author>,
    /// Whether the next editorial review is overdue.
    overdue: bool,
}

impl EditorialReview {
    pub(crate) fn new(review: &domain::EditorialReview, reader: &Arc<Reader>) -> Self {
        let domain::EditorialReview { last_reviewed_at, due_at, reviewer } = review;
        let reviewer = reviewer.and_then(|id| reader.view.taxonomy().author(id));
        Self {
            last_reviewed_at: last_reviewed_at.map(DateTime::from),
            review_due_at: due_at.map(DateTime::from),
            reviewer: reviewer.map(|author| Author::new(author.clone(), reader)),
            overdue: review.is_overdue(App::now()),
        }
    }
}
