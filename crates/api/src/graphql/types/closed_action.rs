//! Actions that a caller cannot take now, and why.

use async_graphql::{Enum, SimpleObject};
use domain::{Obstacle, UserErrorCode};

use crate::graphql::types::desk_article::ArticleAction;
use crate::graphql::types::key::Scope;

/// An action on an article that you cannot take now, and why.
#[derive(SimpleObject)]
pub(crate) struct ClosedAction {
    /// The action.
    action: ArticleAction,
    /// Everything that prevents the action: at least one reason.
    reasons: Vec<ClosedReason>,
}

/// A reason for which you cannot take an action now.
#[derive(SimpleObject)]
pub(crate) struct ClosedReason {
    /// The code of the reason, for programs.
    code: ClosedReasonCode,
    /// The reason and what helps, for people.
    message: String,
    /// The scope that your key or token lacks. Null for other reasons.
    scope: Option<Scope>,
}

/// The kind of a reason for which you cannot take an action now. New values may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ClosedReasonCode {
    /// Your key or token lacks a scope.
    ScopeMissing,
    /// The state of the article does not allow the action.
    InvalidState,
    /// The review policy requires an approval, which the working copy does not have.
    ApprovalRequired,
    /// You wrote a part of the working copy, so the review policy requires somebody else to approve it.
    FourEyes,
}

impl ClosedAction {
    /// Makes the entry for an action. `None` if nothing prevents it.
    pub(crate) fn new(action: domain::Action, obstacles: Vec<Obstacle>) -> Option<Self> {
        if obstacles.is_empty() {
            return None;
        }
        let reasons = obstacles.into_iter().map(ClosedReason::from).collect();
        Some(Self { action: action.into(), reasons })
    }
}

impl From<Obstacle> for ClosedReason {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Scope(scope) => Self {
                code: ClosedReasonCode::ScopeMissing,
                message: app::Forbidden(scope).to_string(),
                scope: Some(scope.into()),
            },
            Obstacle::State(reason) => {
                Self { code: ClosedReasonCode::InvalidState, message: reason.to_owned(), scope: None }
            }
            Obstacle::Review(error) => {
                let code = match error.code {
                    UserErrorCode::FourEyes => ClosedReasonCode::FourEyes,
                    _ => ClosedReasonCode::ApprovalRequired,
                };
                Self { code, message: error.message, scope: None }
            }
        }
    }
}
