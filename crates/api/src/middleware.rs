//! What happens around every request: its id, and its line in the log.

use std::fmt;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::delivery::EDITION;

/// The header that carries the id of a request, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the client's own, if it sends a sensible one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl Default for RequestId {
    fn default() -> Self {
        let mut bytes = [0; 8];
        // An id that repeats is a nuisance in the log, and no more than that.
        let _ = getrandom::fill(&mut bytes);
        Self(format!("{:016x}", u64::from_be_bytes(bytes)))
    }
}

impl RequestId {
    fn of(request: &Request<Body>) -> Self {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let sensible = |id: &&str| {
            (1..=128).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        given.filter(sensible).map_or_else(Self::default, |id| Self(id.to_owned()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives every request an id, and every answer a line in the log.
pub(crate) async fn trace(mut request: Request<Body>, next: Next) -> Response {
    let id = RequestId::of(&request);
    let span =
        tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    async move {
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let status = response.status();
        // What was read is no news: it would be most of the log, and cost more than most answers do.
        if response.headers().contains_key(EDITION) {
            tracing::debug!(status = status.as_u16(), micros, "answered");
        } else {
            tracing::info!(status = status.as_u16(), micros, "answered");
        }
        response
    }
    .instrument(span)
    .await
}
