//! The cost of a request. It is computed before the request is executed, and a request that costs too much is
//! refused as a whole.
//!
//! The unit is the cost of finding one row of the database by its key, or of executing one field. [`count`](count::Count)
//! walks through the operation once and counts its fields, each as often as the lists around it may be long. The
//! additional cost of lists and counts of articles is estimated from the number of articles of each label and each day
//! ([`app::View::page_cost`]).

mod count;
pub(crate) mod entries;
mod introspection;
mod ledger;

use axum::http::{HeaderMap, HeaderName};

pub(crate) use introspection::Introspection;
pub(crate) use ledger::Ledger;

/// A request with `GraphQL-Cost: 1` gets its cost in the answer.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("graphql-cost");

/// Whether the answer to a request reports its cost.
pub(crate) fn is_requested(headers: &HeaderMap) -> bool {
    headers.get(HEADER).is_some_and(|value| value == "1")
}
