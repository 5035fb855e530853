//! The actions that editors take on an article, and the states that allow them.

use std::fmt;

use super::{Article, ArticleState};
use crate::{Review, Scope, UserError, UserErrorCode};

/// Passes all actions, with their descriptions and names, to a macro. The GraphQL enum is declared from the same list.
#[macro_export]
macro_rules! article_actions {
    ($declare:ident) => {
        $declare! {
            /// Save a new version of the working copy.
            Update = "UPDATE",
            /// Make an old revision the working copy.
            Restore = "RESTORE",
            /// Ask for a review.
            Submit = "SUBMIT",
            /// Approve the working copy for publication.
            Approve = "APPROVE",
            /// Reject the working copy and ask for changes.
            RequestChanges = "REQUEST_CHANGES",
            /// Publish the working copy, now or at a scheduled time.
            Publish = "PUBLISH",
            /// Cancel a scheduled publication.
            CancelSchedule = "CANCEL_SCHEDULE",
            /// Withdraw the article from the public.
            Withdraw = "WITHDRAW",
            /// Record that an editorial review found the article correct.
            MarkReviewed = "MARK_REVIEWED",
            /// Archive the article.
            Archive = "ARCHIVE",
            /// Take the article out of the archive.
            Unarchive = "UNARCHIVE",
            /// Delete the article and all its revisions.
            Delete = "DELETE",
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// An action that an editor takes on an article.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $action,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action),*];
        }

        impl fmt::Display for Action {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$action => $name,)*
                })
            }
        }
    };
}

article_actions!(declare);

impl Action {
    /// Returns the scope that the action needs.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::Update | Self::Restore | Self::Submit | Self::Archive | Self::Unarchive | Self::Delete => {
                Scope::ContentWrite
            }
            Self::Approve
            | Self::RequestChanges
            | Self::Publish
            | Self::CancelSchedule
            | Self::Withdraw
            | Self::MarkReviewed => Scope::ContentPublish,
        }
    }
}

impl Article {
    /// Whether the state of the article allows the action. This does not check the expected version or
    /// any policy.
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

    /// Lists the actions that the state allows, for an error message, for example `its state allows UPDATE, SUBMIT`.
    pub(super) fn allowed_actions_text(&self) -> String {
        let allowed = Action::ALL.iter().filter(|action| self.allows(**action));
        let names: Vec<_> = allowed.map(Action::to_string).collect();
        format!("its state allows {}", names.join(", "))
    }

    /// Checks that the state of the article allows the action.
    ///
    /// # Errors
    /// `INVALID_STATE`. The message names the state, the reason and the allowed actions.
    pub fn require(&self, action: Action) -> Result<(), UserError> {
        let Some(reason) = self.state_against(action) else { return Ok(()) };
        let message = format!("the article is {}: {reason}; {}", self.stage(), self.allowed_actions_text());
        Err(UserError::at("id", UserErrorCode::InvalidState, message))
    }

    /// Returns why the state of the article does not allow the action, and what to do about it. `None` if it does.
    pub(super) fn state_against(&self, action: Action) -> Option<&'static str> {
        if self.allows(action) {
            return None;
        }
        Some(match action {
            _ if self.archived_at.is_some() => "take it out of the archive first",
            Action::Withdraw => "only a published article can be withdrawn",
            Action::Restore => "it has no earlier version",
            Action::Submit if self.review.is_open() => "it is already submitted for review",
            Action::Submit => "its working copy is already public, so there is nothing to review",
            Action::Approve => "only a submitted version can be approved",
            Action::RequestChanges => "changes can be requested only for a submitted or approved version",
            Action::CancelSchedule => "nothing is scheduled",
            Action::Archive if self.schedule.is_some() => "cancel its schedule first",
            Action::Archive => "withdraw it first, so that readers learn why it is gone",
            Action::Unarchive => "it is not archived",
            Action::Delete if self.schedule.is_some() => "cancel its schedule first",
            Action::Delete => {
                "only an article that was never published can be deleted; withdraw or archive it"
            }
            Action::Update | Action::Publish | Action::MarkReviewed => "it is archived",
        })
    }
}
