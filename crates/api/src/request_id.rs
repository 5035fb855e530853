//! The ids of requests.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use app::SECRET_PREFIXES;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// The header with the id of a request, in requests and answers.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request. A client may choose it, within limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl Default for RequestId {
    /// Generates an id that differs from those of other nodes: each node counts from a random number. Ids are no
    /// secret.
    fn default() -> Self {
        static START: OnceLock<u64> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let start = START.get_or_init(|| {
            let mut bytes = [0; 8];
            // Without randomness, ids may repeat, which only makes the log harder to read.
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
                // The id appears in the log and in the audit log.
                && !SECRET_PREFIXES.iter().any(|prefix| id.contains(prefix))
        };
        given.filter(sensible).map_or_else(Self::default, |id| Self(id.to_owned()))
    }

    /// Writes the id to a response.
    pub(crate) fn mark(&self, response: &mut Response) {
        if let Ok(value) = HeaderValue::try_from(self.0.as_str()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
