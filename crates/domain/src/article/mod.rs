//! An article: its identity and its state. What can be done with it is in `action.rs`, the ways from one
//! state to the next are in `transitions.rs`.

mod action;
#[cfg(test)]
mod tests;
mod transitions;

use std::fmt;

use jiff::Timestamp;

use crate::review::{EditorialReview, Review};
use crate::{ArticleId, EditionNumber, UserError, UserErrorCode, ZonedInstant};

pub use action::Action;

/// Counts the revisions of an article, from 1.
pub type Version = i32;

/// An article, without its content: identity, state, and which revision is the working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// What the system that it came from calls it.
    pub external_ref: Option<String>,
    /// The title of its working copy, for lists.
    pub title: String,
    /// The version of its working copy.
    pub version: Version,
    /// What the public sees of it.
    pub state: ArticleState,
    /// Where the review of its working copy stands.
    pub review: Review,
    /// What is to become public by itself.
    pub schedule: Option<Schedule>,
    /// When what is public ends by itself.
    pub expires: Option<ZonedInstant>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// Whether what it says still holds.
    pub editorial: EditorialReview,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its working copy was last saved.
    pub updated_at: Timestamp,
    /// The date of its first publication.
    pub first_published_at: Option<Timestamp>,
    /// The file that it was last imported from.
    pub source: Option<Source>,
}

/// What an import left behind, so that the next one knows what has changed since, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Digest of the file (SHA-256).
    pub digest: [u8; 32],
    /// The version that the import saved; 0 when the article was withdrawn here since.
    pub version: Version,
}

/// What the public sees of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticleState {
    /// Nothing, and it never has.
    Draft,
    /// The publication of one revision.
    Published {
        /// The revision that is public.
        version: Version,
        /// The edition that made it public.
        edition: EditionNumber,
    },
    /// Nothing any more.
    Withdrawn {
        /// Why.
        reason: WithdrawReason,
        /// When.
        at: Timestamp,
    },
}

/// Why an article was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawReason {
    /// It is gone for good.
    Gone,
    /// Something else stands in its place.
    Redirect(RedirectTarget),
}

/// What stands in an article's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectTarget {
    /// Another article.
    Article(ArticleId),
    /// A page elsewhere: an absolute `http(s)` address.
    Url(String),
}

/// A version that is to become public by itself. Later edits do not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The revision.
    pub version: Version,
    /// When.
    pub publish: ZonedInstant,
    /// When it is to end again.
    pub expires: Option<ZonedInstant>,
    /// Who scheduled it.
    pub by: String,
}

/// Where an article stands, in one word: what an editor asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It is being written, and is not public.
    Draft,
    /// It is not public, and waits for a verdict or has a good one.
    InReview,
    /// It is not public, and will be by itself.
    Scheduled,
    /// It is public.
    Published,
    /// It was public, and is not any more.
    Withdrawn,
    /// It was put away.
    Archived,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::InReview, Self::Scheduled, Self::Published, Self::Withdrawn, Self::Archived];
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "DRAFT",
            Self::InReview => "IN_REVIEW",
            Self::Scheduled => "SCHEDULED",
            Self::Published => "PUBLISHED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Archived => "ARCHIVED",
        })
    }
}

impl Article {
    /// A new article, whose first revision is its working copy.
    #[must_use]
    pub fn create(id: ArticleId, external_ref: Option<String>, title: String, now: Timestamp) -> Self {
        Self {
            id,
            external_ref,
            title,
            version: 1,
            state: ArticleState::Draft,
            review: Review::None,
            schedule: None,
            expires: None,
            archived_at: None,
            editorial: EditorialReview::default(),
            created_at: now,
            updated_at: now,
            first_published_at: None,
            source: None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match &self.state {
            _ if self.archived_at.is_some() => Stage::Archived,
            ArticleState::Published { .. } => Stage::Published,
            _ if self.schedule.is_some() => Stage::Scheduled,
            _ if self.review.is_open() => Stage::InReview,
            ArticleState::Withdrawn { .. } => Stage::Withdrawn,
            ArticleState::Draft => Stage::Draft,
        }
    }

    /// The edition in which the working copy is public as it stands, if it is.
    #[must_use]
    pub fn published_as_is(&self) -> Option<EditionNumber> {
        match self.state {
            ArticleState::Published { version, edition } if version == self.version => Some(edition),
            _ => None,
        }
    }

    /// The version that is public.
    #[must_use]
    pub fn published_version(&self) -> Option<Version> {
        match self.state {
            ArticleState::Published { version, .. } => Some(version),
            _ => None,
        }
    }

    /// Whether it is public, and its working copy says something else.
    #[must_use]
    pub fn has_unpublished_changes(&self) -> bool {
        self.published_version().is_some_and(|version| version != self.version)
    }

    /// Refuses a write that is based on another version than the current one.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        expect_version("the article", self.version, expected)
    }
}

/// Refuses a write that is based on another version of `what` than the current one.
pub(crate) fn expect_version(what: &str, current: Version, expected: Version) -> Result<(), UserError> {
    if current == expected {
        return Ok(());
    }
    Err(UserError::at(
        "expectedVersion",
        UserErrorCode::StaleVersion,
        format!(
            "{what} is at version {current}, not {expected}: read it again, apply your change to it and name that version"
        ),
    ))
}
