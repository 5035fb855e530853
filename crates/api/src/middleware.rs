//! What happens around every request: its id, and its line in the log.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Level, Span};

use crate::delivery::EDITION;

/// The header that carries the id of a request, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) IpAddr);

/// The id of a request: the client's own, if it sends a sensible one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl Default for RequestId {
    /// Ids tell requests of all nodes apart, and are no secret: each node counts from a place of its own.
    fn default() -> Self {
        static START: OnceLock<u64> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let start = START.get_or_init(|| {
            let mut bytes = [0; 8];
            // An id that repeats is a nuisance in the log, and no more than that.
            let _ = getrandom::fill(&mut bytes);
            u64::from_be_bytes(bytes)
        });
        let id = start.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed));
        Self(format!("{id:016x}"))
    }
}

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let sensible = |id: &&str| {
            (1..=128).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        given.filter(sensible).map_or_else(Self::default, |id| Self(id.to_owned()))
    }

    /// Writes it on the answer.
    pub(crate) fn mark(self, response: &mut Response) {
        if let Ok(value) = HeaderValue::try_from(self.0) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
    }

    fn span(&self, client: Client, method: &Method, uri: &Uri) -> Span {
        tracing::info_span!("request", id = %self, client = %client.0, %method, path = uri.path())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives every request an id, and every answer a line in the log.
pub(crate) async fn trace(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let client = request.extensions().get().copied().unwrap_or(Client(Ipv4Addr::UNSPECIFIED.into()));
    let span = id.span(client, request.method(), request.uri());
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    async move {
        let mut response = next.run(request).await;
        id.mark(&mut response);
        let status = response.status().as_u16();
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        // What was read is no news: it would be most of the log, and cost more than most answers do.
        if response.headers().contains_key(EDITION) {
            tracing::debug!(status, micros, "answered");
        } else {
            tracing::info!(status, micros, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The line in the log of an answer that was at hand.
pub(crate) fn told(id: &RequestId, client: Client, method: &Method, uri: &Uri, response: &Response) {
    if tracing::enabled!(Level::DEBUG) {
        let status = response.status().as_u16();
        id.span(client, method, uri).in_scope(|| tracing::debug!(status, "answered"));
    }
}
