//! What keeps somebody from taking an action on an article.

use std::collections::BTreeSet;

use super::{Action, Article};
use crate::{ReviewPolicy, Scope, UserError};

/// Somebody who wants to take an action.
#[derive(Debug, Clone, Copy)]
pub struct Editor<'a> {
    /// Their name in the audit log.
    pub actor: &'a str,
    /// What they may do.
    pub scopes: &'a [Scope],
}

/// A reason why an editor cannot take an action now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// They lack this scope.
    Scope(Scope),
    /// The state of the article does not allow the action. The text says what to do about it.
    State(&'static str),
    /// The review policy forbids the action.
    Review(UserError),
}

impl Article {
    /// Returns everything that keeps an editor from taking an action now. `writers` are the actors who saved the revisions
    /// since the last publication; only an article whose review is pending needs them.
    #[must_use]
    pub fn obstacles(
        &self,
        action: Action,
        editor: Editor<'_>,
        policy: ReviewPolicy,
        writers: &BTreeSet<String>,
    ) -> Vec<Obstacle> {
        let scope = action.scope();
        let scope = (!editor.scopes.contains(&scope)).then_some(Obstacle::Scope(scope));
        let state = self.state_against(action).map(Obstacle::State);
        let review = match action {
            _ if state.is_some() => None,
            // A version that is public already can be published again, to change its expiry.
            Action::Publish if self.published_as_is().is_none() => {
                policy.may_publish(self.version, &self.review).err()
            }
            Action::Approve => policy.may_approve(editor.actor, writers).err(),
            _ => None,
        };
        scope.into_iter().chain(state).chain(review.map(Obstacle::Review)).collect()
    }
}
