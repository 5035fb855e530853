//! Cache headers.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use domain::EditionId;

/// The header with the edition of an answer: an item of structured fields (RFC 8941), which is the number with the
/// mark as its parameter.
pub(crate) const EDITION: HeaderName = HeaderName::from_static("edition");

/// The header with the number of seconds since the node last heard from its database.
pub(crate) const STALE: HeaderName = HeaderName::from_static("stale");

/// Only the client may cache the answer, and must revalidate it before each use.
pub(crate) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Nobody may cache the answer: for refusals, writes, and answers that depend on more than the edition.
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-store");
/// The number of seconds after which a client may try again.
pub(crate) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");
/// The request headers on which an answer depends.
pub(crate) const VARY: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, authorization, x-preview");

/// Returns the value of [`EDITION`].
pub(super) fn edition_header(id: EditionId) -> HeaderValue {
    // All characters are printable ASCII.
    HeaderValue::try_from(id.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// How shared caches treat answers.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryPolicy {
    /// How long a shared cache may use an answer without revalidation.
    pub shared_max_age: Duration,
    /// How much longer it may use the answer while it revalidates.
    pub stale_while_revalidate: Duration,
    /// The headers with the cache tags.
    pub cache_tags: CacheTags,
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        Self {
            shared_max_age: Duration::from_secs(10),
            stale_while_revalidate: Duration::from_secs(30),
            cache_tags: CacheTags::Both,
        }
    }
}

impl DeliveryPolicy {
    /// Returns `Cache-Control` for public answers (RFC 9111, 5.2.2; RFC 5861, 3). Browsers revalidate each time,
    /// which costs a 304.
    pub(super) fn shared_header(&self) -> HeaderValue {
        let (age, stale) = (self.shared_max_age.as_secs(), self.stale_while_revalidate.as_secs());
        HeaderValue::try_from(format!("public, max-age=0, s-maxage={age}, stale-while-revalidate={stale}"))
            .unwrap_or(PRIVATE)
    }
}

/// The headers with the cache tags of an answer, by which a shared cache can be purged exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheTags {
    /// Both headers.
    Both,
    /// `Cache-Tag`, with commas: Cloudflare, Akamai, Google, Bunny.
    CacheTag,
    /// `Surrogate-Key`, with spaces: Fastly, Varnish.
    SurrogateKey,
    /// No header.
    None,
}

/// Whether shared caches may use an answer with these headers for everybody.
pub(crate) fn is_shared(headers: &HeaderMap) -> bool {
    let control = headers.get(header::CACHE_CONTROL).and_then(|control| control.to_str().ok());
    control.is_some_and(|control| control.starts_with("public"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visibility::Visibility;

    #[test]
    fn vary_names_all_headers_that_decide_visibility() {
        let vary = VARY;
        let named: Vec<_> = vary.to_str().unwrap().split(", ").collect();
        for header in Visibility::HEADERS {
            assert!(named.contains(&header.as_str()), "{header}");
        }
    }
}
