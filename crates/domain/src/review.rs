//! Reviews of working copies before publication, and editorial reviews of published articles.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::{AuthorId, UserError, UserErrorCode, Version};

/// Who must approve a version before it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReviewPolicy {
    /// Nobody: no approval is needed.
    #[default]
    None,
    /// Somebody who did not write the version.
    FourEyes,
}

/// The state of the review of a working copy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Review {
    /// No review was requested.
    #[default]
    None,
    /// A review was requested and is pending.
    Requested(Verdict),
    /// A version was approved for publication.
    Approved(Verdict),
    /// A version was rejected, and changes were requested.
    ChangesRequested(Verdict),
}

/// One step of a review: a request, an approval or a rejection of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The version under review.
    pub version: Version,
    /// Who took the step, as [`AuditRecord::actor`](crate::AuditRecord::actor) writes it.
    pub by: String,
    /// When the step was taken.
    pub at: Timestamp,
    /// The comment of that person.
    pub comment: Option<String>,
}

impl Review {
    /// Whether this version was approved.
    #[must_use]
    pub fn approves(&self, version: Version) -> bool {
        matches!(self, Self::Approved(verdict) if verdict.version == version)
    }

    /// Whether a review is pending, or a version is approved.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Requested(_) | Self::Approved(_))
    }

    /// Returns the review after an edit of the working copy. An approval becomes a pending review, because it
    /// applied to the version before.
    #[must_use]
    pub(crate) fn edited(self) -> Self {
        match self {
            Self::Approved(verdict) => Self::Requested(verdict),
            other => other,
        }
    }

    /// Returns the last step, if there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::None => None,
            Self::Requested(verdict) | Self::Approved(verdict) | Self::ChangesRequested(verdict) => {
                Some(verdict)
            }
        }
    }
}

impl ReviewPolicy {
    /// Checks that `approver` may approve a version that `writers` wrote.
    ///
    /// # Errors
    /// `FOUR_EYES` when the policy requires another approver, as `approver` is one of the writers.
    pub fn may_approve(self, approver: &str, writers: &BTreeSet<String>) -> Result<(), UserError> {
        if self == Self::None || !writers.contains(approver) {
            return Ok(());
        }
        let message = "you wrote part of the unpublished changes, and the review policy is four-eyes: somebody else has to approve them";
        Err(UserError::at("id", UserErrorCode::FourEyes, message))
    }

    /// Checks that a version may be published.
    ///
    /// # Errors
    /// `APPROVAL_REQUIRED` when the policy requires an approval that the version does not have.
    pub fn may_publish(self, version: Version, review: &Review) -> Result<(), UserError> {
        if self == Self::None || review.approves(version) {
            return Ok(());
        }
        let remedy = match review {
            Review::Requested(_) => "somebody who did not write it has to approve it",
            Review::ChangesRequested(_) => "changes were requested: make them, and submit it again",
            Review::None | Review::Approved(_) => "submit it, and have somebody else approve it",
        };
        let message =
            format!("version {version} has not been approved, and the review policy is four-eyes: {remedy}");
        Err(UserError::at("id", UserErrorCode::ApprovalRequired, message))
    }
}

/// The editorial review of a published article: whether the article is still correct.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditorialReview {
    /// When a review last found the article correct.
    pub last_reviewed_at: Option<Timestamp>,
    /// When the next review is due.
    pub due_at: Option<Timestamp>,
    /// The author who did the last review.
    pub reviewer: Option<AuthorId>,
}

impl EditorialReview {
    /// Whether the next review was due at `now` or earlier.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| due <= now)
    }
}

/// What happens to a public article whose editorial review is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OverduePolicy {
    /// The desk marks it as overdue.
    #[default]
    Flag,
    /// It is withdrawn.
    Withdraw,
}

/// The text is not the name of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a policy: use {known}")]
pub struct UnknownPolicy {
    given: String,
    known: &'static str,
}

impl std::str::FromStr for ReviewPolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text {
            "none" => Ok(Self::None),
            "four-eyes" => Ok(Self::FourEyes),
            other => Err(UnknownPolicy { given: other.to_owned(), known: "`none` or `four-eyes`" }),
        }
    }
}

impl std::str::FromStr for OverduePolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text {
            "flag" => Ok(Self::Flag),
            "withdraw" => Ok(Self::Withdraw),
            other => Err(UnknownPolicy { given: other.to_owned(), known: "`flag` or `withdraw`" }),
        }
    }
}

impl fmt::Display for ReviewPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::FourEyes => "four-eyes",
        })
    }
}
