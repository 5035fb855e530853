//! Cross-origin requests (CORS). Pages of any site may read, and write with an API key: nothing here depends on
//! cookies.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::admission::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::graphql::IdempotencyKey;
use crate::graphql::execution::cost;
use crate::visibility::Visibility;
use crate::{at_least, delivery, request_id};

/// The methods that pages of other sites may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PATCH,DELETE");
/// How long a browser may cache the answer to a preflight request, in seconds: a day.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// The request headers that pages of other sites may send.
static ALLOWED: LazyLock<HeaderValue> = LazyLock::new(|| {
    let standard = [header::CONTENT_TYPE, header::ACCEPT, header::IF_NONE_MATCH, header::IF_MATCH];
    let own = [request_id::REQUEST_ID, at_least::HEADER, cost::HEADER, IdempotencyKey::HEADER];
    list(standard.into_iter().chain(own).chain(Visibility::HEADERS))
});

/// The headers of an answer that pages of other sites may read.
static EXPOSED: LazyLock<HeaderValue> = LazyLock::new(|| {
    list([
        request_id::REQUEST_ID,
        header::WWW_AUTHENTICATE,
        header::LINK,
        header::LOCATION,
        header::RETRY_AFTER,
        header::ETAG,
        delivery::EDITION,
        delivery::STALE,
        RATE_LIMIT,
        RATE_LIMIT_POLICY,
    ])
});

/// Answers a preflight request, with which a browser asks whether a page may send a request.
pub(crate) fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED.clone()),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    headers.into_response()
}

/// Allows pages of any site to read an answer. The headers are the same for every origin, so caches need not
/// distinguish origins.
pub(crate) fn allow(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED.clone());
}

fn list(names: impl IntoIterator<Item = HeaderName>) -> HeaderValue {
    let names: Vec<_> = names.into_iter().map(|name| name.to_string()).collect();
    HeaderValue::try_from(names.join(",")).unwrap_or(HeaderValue::from_static("*"))
}
