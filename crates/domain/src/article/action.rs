//! What can be done with an article, and when.

use super::{Article, ArticleState};
use crate::{Review, UserError, UserErrorCode};

/// What can be done with an article. Its name is that of the mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Save a new working copy.
    Update,
    /// Make an old revision the working copy.
    Restore,
    /// Ask for a review.
    Submit,
    /// Find the working copy fit to be published.
    Approve,
    /// Find that it is not.
    RequestChanges,
    /// Make the working copy public, now or later.
    Publish,
    /// Call a scheduled publication off.
    CancelSchedule,
    /// Take it from the public.
    Withdraw,
    /// Note that what it says was found to hold.
    MarkReviewed,
    /// Put it away.
    Archive,
    /// Take it out again.
    Unarchive,
    /// Remove it, with everything that was ever saved of it.
    Delete,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
        Self::Update,
        Self::Restore,
        Self::Submit,
        Self::Approve,
        Self::RequestChanges,
        Self::Publish,
        Self::CancelSchedule,
        Self::Withdraw,
        Self::MarkReviewed,
        Self::Archive,
        Self::Unarchive,
        Self::Delete,
    ];

    /// The mutation that does it.
    #[must_use]
    pub fn mutation(self) -> &'static str {
        match self {
            Self::Update => "articleUpdate",
            Self::Restore => "articleRestore",
            Self::Submit => "articleSubmit",
            Self::Approve => "articleApprove",
            Self::RequestChanges => "articleRequestChanges",
            Self::Publish => "articlePublish",
            Self::CancelSchedule => "articleCancelSchedule",
            Self::Withdraw => "articleWithdraw",
            Self::MarkReviewed => "articleMarkReviewed",
            Self::Archive => "articleArchive",
            Self::Unarchive => "articleUnarchive",
            Self::Delete => "articleDelete",
        }
    }
}

impl Article {
    /// Whether something can be done from here; which version is named, and what policies say, is
    /// another matter.
    #[must_use]
    pub fn allows(&self, action: Action) -> bool {
        if self.archived_at.is_some() {
            return action == Action::Unarchive;
        }
        let is_public = matches!(self.state, ArticleState::Published { .. });
        match action {
            Action::Update | Action::Publish | Action::MarkReviewed => true,
            Action::Restore => self.version > 1,
            Action::Submit => !self.review.is_open() && self.published_as_is().is_none(),
            Action::Approve => matches!(self.review, Review::Requested(_)),
            Action::RequestChanges => self.review.is_open(),
            Action::CancelSchedule => self.schedule.is_some(),
            Action::Withdraw => is_public,
            Action::Archive => !is_public && self.schedule.is_none(),
            Action::Unarchive => false,
            Action::Delete => {
                self.state == ArticleState::Draft
                    && self.first_published_at.is_none()
                    && self.schedule.is_none()
            }
        }
    }

    /// What can be done from here.
    #[must_use]
    pub fn open_actions(&self) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| self.allows(*action)).collect()
    }

    /// Refuses what cannot be done from here.
    ///
    /// # Errors
    /// `INVALID_STATE`, which tells the state and what can be done.
    pub fn require(&self, action: Action) -> Result<(), UserError> {
        if self.allows(action) {
            return Ok(());
        }
        let why = match action {
            _ if self.archived_at.is_some() => "it has to be taken out of the archive first",
            Action::Withdraw => "only a published article can be withdrawn",
            Action::Restore => "it has no earlier version",
            Action::Submit if self.review.is_open() => "it was submitted already",
            Action::Submit => "its working copy is public as it is, so that there is nothing to review",
            Action::Approve => "only what was submitted can be approved",
            Action::RequestChanges => "changes can be asked for only in what was submitted or approved",
            Action::CancelSchedule => "nothing is scheduled",
            Action::Archive if self.schedule.is_some() => "its schedule has to be cancelled first",
            Action::Archive => "it has to be withdrawn first, so that readers are told what became of it",
            Action::Unarchive => "it is not archived",
            Action::Delete if self.schedule.is_some() => "its schedule has to be cancelled first",
            Action::Delete => "only what was never published can be deleted; withdraw it, or archive it",
            Action::Update | Action::Publish | Action::MarkReviewed => "it is archived",
        };
        let open: Vec<_> = self.open_actions().into_iter().map(Action::mutation).collect();
        let message = format!("the article is {}: {why}; open from here: {}", self.stage(), open.join(", "));
        Err(UserError::at("id", UserErrorCode::InvalidState, message))
    }
}
