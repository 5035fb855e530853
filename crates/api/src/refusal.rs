//! Refusals of requests that no handler has seen.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

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
    if uri.path().starts_with("/v1") {
        return rest::Problem::new(status, code.as_str(), message).response(&id);
    }
    graphql::refusal(headers, id, Rejection::request(status, code, message))
}
