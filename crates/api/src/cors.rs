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
/// A preflight answer depends on the headers that the browser asks for.
const VARY: HeaderValue = HeaderValue::from_static("access-control-request-headers");
/// The maximum length of the list of headers that a browser may ask for, in bytes. Longer lists are not read.
const MAX_ASKED: usize = 2 << 10;

/// The request headers that pages of other sites may send in any case.
static ALWAYS_ALLOWED: LazyLock<Vec<HeaderName>> = LazyLock::new(|| {
    let standard = [header::CONTENT_TYPE, header::ACCEPT, header::IF_NONE_MATCH, header::IF_MATCH];
    let own = [request_id::REQUEST_ID, at_least::HEADER, cost::HEADER, IdempotencyKey::HEADER];
    standard.into_iter().chain(own).chain(Visibility::HEADERS).collect()
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
///
/// The page may send every header that the browser asks for: client names, trace ids, and others that this server
/// ignores. Cookies stay forbidden, because the answer has no `Access-Control-Allow-Credentials`.
pub(crate) fn preflight(headers: &HeaderMap) -> Response {
    let answered = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed(headers)),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        (header::VARY, VARY),
    ];
    answered.into_response()
}

/// Returns the headers that a page may send: those that are always allowed, and those that the browser asks for.
fn allowed(headers: &HeaderMap) -> HeaderValue {
    let asked = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let asked: Vec<&str> = asked.filter_map(|value| value.to_str().ok()).collect();
    let length: usize = asked.iter().map(|value| value.len()).sum();
    if asked.is_empty() || length > MAX_ASKED {
        return list(ALWAYS_ALLOWED.iter().cloned());
    }
    let names = asked.iter().flat_map(|value| value.split(',')).map(str::trim);
    // What is not the name of a header is left out.
    let names = names.filter_map(|name| HeaderName::try_from(name).ok());
    let known = ALWAYS_ALLOWED.iter().cloned();
    let mut all: Vec<HeaderName> = Vec::new();
    for name in known.chain(names) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    list(all)
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
