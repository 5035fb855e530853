//! Refuses requests before any handler sees them.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::exchange::Exchange;
use crate::rejection::Rejection;
use crate::{graphql, rest};

/// Refuses a request, with a problem document for REST, and with GraphQL errors otherwise.
pub(crate) fn refuse(exchange: &Exchange, headers: &HeaderMap, uri: &Uri, rejection: Rejection) -> Response {
    let id = &exchange.id;
    if uri.path().starts_with("/v1") {
        return rest::Problem::from(rejection).response(id);
    }
    graphql::refusal(headers, id.clone(), rejection)
}
