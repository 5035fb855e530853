//! Reviews: of a working copy before it is public, and of an article after a while.

use std::sync::Arc;

use app::App;
use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::Verdict;

use crate::graphql::error::or_null;
use crate::graphql::execution::context::Reader;
use crate::graphql::execution::sight::Sight;
use crate::graphql::types::author::Author;
use crate::graphql::types::scalar::DateTime;

/// Where the review of a working copy stands.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ReviewState {
    /// Nobody has asked for one.
    None,
    /// Somebody waits for one.
    Requested,
    /// A version was found fit to be published.
    Approved,
    /// A version was found not to be fit yet.
    ChangesRequested,
}

pub(crate) struct Review {
    review: domain::Review,
    sight: Sight,
}

impl Review {
    pub(crate) fn new(review: domain::Review, sight: &Sight) -> Self {
        Self { review, sight: sight.clone() }
    }

    /// What the last word has of this, as far as it is shown.
    fn said<'a, T>(
        &'a self,
        ctx: &Context<'_>,
        field: &'static str,
        what: impl FnOnce(&'a Verdict) -> Option<T>,
    ) -> Option<T> {
        let verdict = self.review.verdict()?;
        let found = what(verdict)?;
        or_null(ctx, self.sight.word(field, &verdict.by).map(|()| Some(found)))
    }
}

/// The review of a working copy: the last word that was said, by whom, and of which version.
#[Object]
impl Review {
    /// Where it stands.
    async fn state(&self) -> ReviewState {
        match &self.review {
            domain::Review::None => ReviewState::None,
            domain::Review::Requested(_) => ReviewState::Requested,
            domain::Review::Approved(_) => ReviewState::Approved,
            domain::Review::ChangesRequested(_) => ReviewState::ChangesRequested,
        }
    }

    /// The version that the last word was about; an edit after an approval needs another one.
    async fn version(&self) -> Option<i32> {
        self.review.verdict().map(|verdict| verdict.version)
    }

    /// Who said it. A writer who may not read drafts is told of nobody else.
    async fn by(&self, ctx: &Context<'_>) -> Option<&str> {
        self.said(ctx, "by", |verdict| Some(verdict.by.as_str()))
    }

    /// When.
    async fn at(&self) -> Option<DateTime> {
        self.review.verdict().map(|verdict| verdict.at.into())
    }

    /// What they said. A writer who may not read drafts is told only what they have said themselves.
    async fn comment(&self, ctx: &Context<'_>) -> Option<&str> {
        self.said(ctx, "comment", |verdict| verdict.comment.as_deref())
    }
}

/// The editorial review of an article: whether what it says still holds.
#[derive(SimpleObject)]
pub(crate) struct EditorialReview {
    /// When it was last found to hold.
    last_reviewed_at: Option<DateTime>,
    /// When it is to be looked at again.
    review_due_at: Option<DateTime>,
    /// Who looked at it last.
    reviewer: Option<Author>,
    /// Whether it should have been looked at again by now.
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
