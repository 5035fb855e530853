//! Answers that change only with the program: pages, scripts and descriptions.

use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::delivery::{digest, has_if_none_match_any, if_none_match};

/// `Cache-Control` for a URL whose content may change: caches must revalidate, which costs a 304.
pub(crate) const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");
/// `Cache-Control` for a URL that contains the version of its content.
pub(crate) const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A fixed answer. Its ETag is made from its bytes.
pub(crate) struct StaticAnswer {
    content_type: &'static str,
    cache_control: HeaderValue,
    bytes: Bytes,
    etag: ETag,
}

impl StaticAnswer {
    pub(crate) fn new(
        content_type: &'static str,
        cache_control: HeaderValue,
        bytes: impl Into<Bytes>,
    ) -> Self {
        Self { content_type, cache_control, bytes: bytes.into(), etag: ETag::new() }
    }

    /// Answers a request with these headers, with a 304 if the client has the answer.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Response {
        let Self { content_type, cache_control, bytes, etag } = self;
        let etag = etag.of(bytes, "");
        if client_has(headers, etag) {
            return not_modified(etag, cache_control);
        }
        let mut response = Response::new(Body::from(bytes.clone()));
        let answered = response.headers_mut();
        answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        answered.insert(header::CACHE_CONTROL, cache_control.clone());
        answered.insert(header::ETAG, etag.clone());
        response
    }
}

/// An ETag that is made when it is first needed.
pub(crate) struct ETag(OnceLock<HeaderValue>);

impl ETag {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Returns the ETag of these bytes. With the prefix `W/` it is weak: equivalent answers may differ in their
    /// bytes.
    pub(crate) fn of(&self, bytes: &[u8], prefix: &str) -> &HeaderValue {
        self.0.get_or_init(|| {
            let text = URL_SAFE_NO_PAD.encode(&digest(&[bytes])[..12]);
            // All characters are printable ASCII.
            HeaderValue::try_from(format!("{prefix}\"{text}\"")).unwrap_or(HeaderValue::from_static("\"\""))
        })
    }
}

/// Whether the client has the answer with this ETag (RFC 9110, 13.1.2).
pub(crate) fn client_has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &HeaderValue| {
        let text = tag.to_str().unwrap_or_default();
        text.strip_prefix("W/").unwrap_or(text).to_owned()
    };
    let own = opaque(etag);
    has_if_none_match_any(headers) || if_none_match(headers).any(|tag| tag == own)
}

/// Makes a 304.
pub(crate) fn not_modified(etag: &HeaderValue, cache_control: &HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(header::ETAG, etag.clone());
    response.headers_mut().insert(header::CACHE_CONTROL, cache_control.clone());
    response
}
