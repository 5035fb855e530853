//! Refuses requests before any handler sees them.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::admission::RateLimited;
use crate::exchange::Exchange;
use crate::graphql::{self, ErrorCode, Rejection};
use crate::rest;

/// Refuses a request, with a problem document for REST, and with GraphQL errors otherwise.
pub(crate) fn refuse(
    exchange: &Exchange,
    headers: &HeaderMap,
    uri: &Uri,
    status: StatusCode,
    code: ErrorCode,
    message: impl Into<String>,
) -> Response {
    let id = exchange.id.clone();
    if is_rest(uri) {
        return rest::Problem::new(status, code.as_str(), message).response(&id);
    }
    graphql::refusal(headers, id, Rejection::request(status, code, message))
}

/// Refuses a request that exceeds the quota of its client, in the same formats.
pub(crate) fn rate_limited(
    exchange: &Exchange,
    headers: &HeaderMap,
    uri: &Uri,
    limited: RateLimited,
) -> Response {
    let id = exchange.id.clone();
    if is_rest(uri) {
        return rest::Problem::rate_limited(limited).response(&id);
    }
    graphql::refusal(headers, id, limited.rejection())
}

fn is_rest(uri: &Uri) -> bool {
    uri.path().starts_with("/v1")
}
