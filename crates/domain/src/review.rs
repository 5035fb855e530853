//! Review: who has looked at a working copy before it becomes public, and who must.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::{AuthorId, UserError, UserErrorCode, Version};

/// Who must look at a version before it becomes public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReviewPolicy {
    /// Nobody: whoever may publish, publishes.
    #[default]
    None,
    /// Somebody who did not write it.
    FourEyes,
}

/// Where the review of a working copy stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Review {
    /// Nobody has asked for one.
    #[default]
    None,
    /// Somebody waits for one.
    Requested(Verdict),
    /// A version was found fit to be published.
    Approved(Verdict),
    /// A version was found not to be fit yet.
    ChangesRequested(Verdict),
}

/// Who said it, when, and of which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The version that it is about.
    pub version: Version,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: Option<String>,
}

impl Review {
    /// Whether this version was approved.
    #[must_use]
    pub fn approves(&self, version: Version) -> bool {
        matches!(self, Self::Approved(verdict) if verdict.version == version)
    }

    /// Whether somebody waits for a verdict, or has a good one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Requested(_) | Self::Approved(_))
    }

    /// The same review when the working copy has been edited: an approval was of what it was before.
    #[must_use]
    pub(crate) fn edited(self) -> Self {
        match self {
            Self::Approved(verdict) => Self::Requested(verdict),
            other => other,
        }
    }

    /// The last verdict.
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
    /// Whether somebody may approve what these people wrote.
    ///
    /// # Errors
    /// `FOUR_EYES` when they are one of them and the policy wants another.
    pub fn may_approve(self, approver: &str, writers: &BTreeSet<String>) -> Result<(), UserError> {
        if self == Self::None || !writers.contains(approver) {
            return Ok(());
        }
        let message = "you have written part of what is not public yet, and four eyes are asked for: somebody else has to approve it";
        Err(UserError::at("id", UserErrorCode::FourEyes, message))
    }

    /// Whether a version may become public.
    ///
    /// # Errors
    /// `APPROVAL_REQUIRED` when it has to be approved first.
    pub fn may_publish(self, version: Version, review: &Review) -> Result<(), UserError> {
        if self == Self::None || review.approves(version) {
            return Ok(());
        }
        let way = match review {
            Review::Requested(_) => "somebody who did not write it has to approve it (`articleApprove`)",
            Review::ChangesRequested(_) => {
                "changes were asked for: make them, and submit it again (`articleSubmit`)"
            }
            Review::None | Review::Approved(_) => {
                "submit it (`articleSubmit`), and have somebody else approve it (`articleApprove`)"
            }
        };
        let message = format!("version {version} has not been approved, and four eyes are asked for: {way}");
        Err(UserError::at("id", UserErrorCode::ApprovalRequired, message))
    }
}

/// The editorial review of an article that is public: whether what it says still holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditorialReview {
    /// When it was last found to hold.
    pub last_reviewed_at: Option<Timestamp>,
    /// When it is to be looked at again.
    pub due_at: Option<Timestamp>,
    /// Who looked at it last.
    pub reviewer: Option<AuthorId>,
}

impl EditorialReview {
    /// Whether it should have been looked at again by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| due <= now)
    }
}

/// What happens to a public article whose editorial review is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OverduePolicy {
    /// The desk shows it.
    #[default]
    Flag,
    /// It is withdrawn.
    Withdraw,
}

/// A name that is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {known}")]
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
            other => Err(UnknownPolicy { given: other.to_owned(), known: "`none`, `four-eyes`" }),
        }
    }
}

impl std::str::FromStr for OverduePolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text {
            "flag" => Ok(Self::Flag),
            "withdraw" => Ok(Self::Withdraw),
            other => Err(UnknownPolicy { given: other.to_owned(), known: "`flag`, `withdraw`" }),
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
