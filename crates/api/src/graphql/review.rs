//! Reviews: of a working copy before it is public, and of an article after a while.

use std::sync::Arc;

use app::App;
use async_graphql::{Enum, SimpleObject};

use super::author::Author;
use super::context::Reader;
use super::scalar::DateTime;

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

/// The review of a working copy: the last word that was said, by whom, and of which version.
#[derive(SimpleObject)]
pub(crate) struct Review {
    /// Where it stands.
    state: ReviewState,
    /// The version that the last word was about; an edit after an approval needs another one.
    version: Option<i32>,
    /// Who said it.
    by: Option<String>,
    /// When.
    at: Option<DateTime>,
    /// What they said.
    comment: Option<String>,
}

impl From<&domain::Review> for Review {
    fn from(review: &domain::Review) -> Self {
        let state = match review {
            domain::Review::None => ReviewState::None,
            domain::Review::Requested(_) => ReviewState::Requested,
            domain::Review::Approved(_) => ReviewState::Approved,
            domain::Review::ChangesRequested(_) => ReviewState::ChangesRequested,
        };
        match review.verdict().cloned() {
            None => Self { state, version: None, by: None, at: None, comment: None },
            Some(domain::Verdict { version, by, at, comment }) => {
                Self { state, version: Some(version), by: Some(by), at: Some(at.into()), comment }
            }
        }
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
