//! Refusals of requests that no handler has seen.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::admission::RateLimited;
use crate::exchange::Exchange;
use crate::graphql::{self, ErrorCode, Rejection};
use crate::rest;

/// The answer, in the form that the address has: a problem document, or what GraphQL answers.
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

/// The answer to a request beyond the quota of its client, in the same forms.
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
