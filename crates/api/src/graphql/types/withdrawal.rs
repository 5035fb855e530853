//! Withdrawals of articles.

use async_graphql::{Enum, ID, SimpleObject};
use domain::RedirectTarget;

use crate::graphql::types::scalar::DateTime;

/// The reason for which an article is withdrawn.
#[derive(Enum, Copy, Clone, PartialEq, Eq, Default)]
pub(crate) enum WithdrawReason {
    /// The article is gone for good.
    #[default]
    Gone,
    /// Something else replaces the article; `redirectTo` names it.
    Redirect,
}

/// Why an article was withdrawn, and what readers get instead.
#[derive(SimpleObject)]
pub(crate) struct Withdrawal {
    /// The reason.
    reason: WithdrawReason,
    /// The time of the withdrawal.
    at: DateTime,
    /// The id of the article that readers get instead. Null if there is none.
    article_id: Option<ID>,
    /// The URL of the page that readers get instead. Null if there is none.
    url: Option<String>,
    /// A note for readers: why the article was withdrawn. Null if there is none.
    note: Option<String>,
}

impl Withdrawal {
    pub(crate) fn new(reason: &domain::WithdrawReason, at: domain::Timestamp, note: Option<String>) -> Self {
        let (reason, article_id, url) = match reason {
            domain::WithdrawReason::Gone => (WithdrawReason::Gone, None, None),
            domain::WithdrawReason::Redirect(RedirectTarget::Article(id)) => {
                (WithdrawReason::Redirect, Some(id.to_string().into()), None)
            }
            domain::WithdrawReason::Redirect(RedirectTarget::Url(url)) => {
                (WithdrawReason::Redirect, None, Some(url.clone()))
            }
        };
        Self { reason, at: at.into(), article_id, url, note }
    }
}
