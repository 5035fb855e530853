//! Why an article was taken from the public.

use async_graphql::{Enum, ID, SimpleObject};
use domain::RedirectTarget;

use crate::graphql::types::scalar::DateTime;

/// Why an article is withdrawn.
#[derive(Enum, Copy, Clone, PartialEq, Eq, Default)]
pub(crate) enum WithdrawReason {
    /// It is gone for good.
    #[default]
    Gone,
    /// Something else stands in its place; `redirectTo` names it.
    Redirect,
}

/// Why an article was taken from the public, and what readers get instead.
#[derive(SimpleObject)]
pub(crate) struct Withdrawal {
    /// Why.
    reason: WithdrawReason,
    /// When.
    at: DateTime,
    /// The id of the article that readers get instead.
    article_id: Option<ID>,
    /// The address of the page elsewhere that readers get instead.
    url: Option<String>,
}

impl Withdrawal {
    pub(crate) fn new(reason: &domain::WithdrawReason, at: domain::Timestamp) -> Self {
        let (reason, article_id, url) = match reason {
            domain::WithdrawReason::Gone => (WithdrawReason::Gone, None, None),
            domain::WithdrawReason::Redirect(RedirectTarget::Article(id)) => {
                (WithdrawReason::Redirect, Some(id.to_string().into()), None)
            }
            domain::WithdrawReason::Redirect(RedirectTarget::Url(url)) => {
                (WithdrawReason::Redirect, None, Some(url.clone()))
            }
        };
        Self { reason, at: at.into(), article_id, url }
    }
}
