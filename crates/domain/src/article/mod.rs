//! An article: its identity and its state. `action.rs` says which actions are allowed, and
//! `transitions.rs` changes the state.

mod action;
mod obstacle;
#[cfg(test)]
mod tests;
mod transitions;

use std::fmt;

use jiff::Timestamp;

use crate::review::{EditorialReview, Review};
use crate::{ArticleId, EditionNumber, UserError, UserErrorCode, Version, ZonedInstant};

pub use action::Action;
pub use obstacle::{Editor, Obstacle};

/// An article without its content: its identity, its state, and which revision is the working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The id of the article.
    pub id: ArticleId,
    /// The id that another system uses for the article.
    pub external_ref: Option<String>,
    /// The title of the working copy, for lists.
    pub title: String,
    /// The version of the working copy.
    pub version: Version,
    /// What the public sees of the article.
    pub state: ArticleState,
    /// The state of the review of the working copy.
    pub review: Review,
    /// The scheduled publication, if there is one.
    pub schedule: Option<Schedule>,
    /// When the current publication expires.
    pub expires: Option<ZonedInstant>,
    /// When the article was archived.
    pub archived_at: Option<Timestamp>,
    /// The editorial review: whether the article is still correct.
    pub editorial: EditorialReview,
    /// When the article was created.
    pub created_at: Timestamp,
    /// When the working copy was last saved.
    pub updated_at: Timestamp,
    /// The date of the first publication.
    pub first_published_at: Option<Timestamp>,
    /// The notes about what publications have corrected, the oldest first. Readers see them.
    pub corrections: Vec<Correction>,
    /// The file that the article was last imported from.
    pub source: Option<Source>,
}

/// A note for readers: what a publication has corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// When the correction became public.
    pub at: Timestamp,
    /// What was corrected, plain text.
    pub note: String,
}

/// Facts about the last import of an article. The next import compares them with the file and with the
/// working copy, to find out which of the two has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The SHA-256 digest of the file.
    pub digest: [u8; 32],
    /// The version that the import saved; 0 when the article has been withdrawn since.
    pub version: Version,
    /// The file. `None` for an article that was imported before files were recorded.
    pub file: Option<SourceFile>,
}

/// The file that an article was imported from. Name of the source and path identify it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The name of the source.
    pub source: String,
    /// The path in the folder of the source, with `/` as separator.
    pub path: String,
    /// The id in the front matter of the file, if no other file of the source has it.
    pub id: Option<String>,
    /// The SHA-256 digest of the bytes of the file.
    pub bytes: [u8; 32],
}

/// What the public sees of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArticleState {
    /// The article has never been public.
    Draft,
    /// One revision is public.
    Published {
        /// The revision that is public.
        version: Version,
        /// The edition that made it public.
        edition: EditionNumber,
    },
    /// The article was public and no longer is.
    Withdrawn {
        /// Why it was withdrawn.
        reason: WithdrawReason,
        /// When it was withdrawn.
        at: Timestamp,
        /// A note for readers: why it was withdrawn.
        note: Option<String>,
    },
}

/// Why an article was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawReason {
    /// The article is permanently gone.
    Gone,
    /// Something else replaces the article.
    Redirect(RedirectTarget),
}

/// What replaces a withdrawn article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectTarget {
    /// Another article.
    Article(ArticleId),
    /// A page on another site: an absolute `http(s)` URL.
    Url(String),
}

/// A version that will be published at a given time. Later edits do not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The version to publish.
    pub version: Version,
    /// When to publish it.
    pub publish: ZonedInstant,
    /// When the publication expires, if it does.
    pub expires: Option<ZonedInstant>,
    /// Who scheduled it.
    pub by: String,
    /// A note for readers: what the publication corrects.
    pub note: Option<String>,
}

/// The state of an article in one word, as editors see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The article is being written. It is not public.
    Draft,
    /// The working copy waits for a review or has been approved. The article is not public.
    InReview,
    /// The article is not public and will be published at a scheduled time.
    Scheduled,
    /// The article is public.
    Published,
    /// The article was public and no longer is.
    Withdrawn,
    /// The article is archived.
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
    /// Makes a new article. Its first revision, version 1, is its working copy.
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
            corrections: Vec::new(),
            source: None,
        }
    }

    /// Returns the stage of the article.
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

    /// Returns the edition that published the version of the working copy; `None` when that version is not public.
    #[must_use]
    pub fn published_as_is(&self) -> Option<EditionNumber> {
        match self.state {
            ArticleState::Published { version, edition } if version == self.version => Some(edition),
            _ => None,
        }
    }

    /// Returns the version that is public, if one is.
    #[must_use]
    pub fn published_version(&self) -> Option<Version> {
        match self.state {
            ArticleState::Published { version, .. } => Some(version),
            _ => None,
        }
    }

    /// Whether the article is public and its working copy is another version.
    #[must_use]
    pub fn has_unpublished_changes(&self) -> bool {
        self.published_version().is_some_and(|version| version != self.version)
    }

    /// Checks that a write is based on the current version.
    ///
    /// # Errors
    /// `STALE_VERSION` when `expected` is not the current version.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        expect_version("the article", self.version, expected)
    }
}

/// Checks that a write is based on the current version. `what` names the object in the message.
pub(crate) fn expect_version(what: &str, current: Version, expected: Version) -> Result<(), UserError> {
    if current == expected {
        return Ok(());
    }
    Err(UserError::at(
        "version",
        UserErrorCode::StaleVersion,
        format!(
            "{what} is at version {current}, not {expected}: read it again, apply your change to it and name that version"
        ),
    ))
}
