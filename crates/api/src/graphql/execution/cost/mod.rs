//! What a request costs: counted before it is executed, refused whole when that is too much.
//!
//! The unit is finding one row of the database by its key, or executing one field. [`count`](count::Count) walks
//! the operation once and counts its fields, each as often as the lists around it can be long. What lists of articles
//! cost beside that, and counts of articles, is estimated by how many articles there are of each label and each
//! day ([`app::View::page_cost`]).

mod count;
pub(crate) mod entries;
mod introspection;
mod ledger;

use axum::http::{HeaderMap, HeaderName};

pub(crate) use introspection::Introspection;
pub(crate) use ledger::Ledger;

/// Whoever sends `GraphQL-Cost: 1` is told what the request costs.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("graphql-cost");

/// Whether a request asks to be told what it costs.
pub(crate) fn is_asked(headers: &HeaderMap) -> bool {
    headers.get(HEADER).is_some_and(|value| value == "1")
}
