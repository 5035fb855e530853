//! What caches are told.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use domain::EditionId;

/// The header that tells which edition an answer belongs to: an item of structured fields (RFC 8941), the
/// number with the mark as its parameter.
pub(crate) const EDITION: HeaderName = HeaderName::from_static("edition");

/// The header that tells for how many seconds a node has not heard from its database.
pub(crate) const STALE: HeaderName = HeaderName::from_static("stale");

/// What only its reader may keep, and must ask about before using it again.
pub(crate) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What nobody keeps: refusals, writes, and what depends on more than the edition.
pub(crate) const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-store");
/// In how many seconds what is unavailable may be there again.
pub(crate) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");
/// What else an answer depends on than the address.
pub(crate) const VARY: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, authorization, x-preview");

/// The value of [`EDITION`].
pub(super) fn edition(id: EditionId) -> HeaderValue {
    // It is all printable ASCII.
    HeaderValue::try_from(id.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// How answers are kept by caches on the way.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryPolicy {
    /// How long a shared cache may answer without asking.
    pub shared_max_age: Duration,
    /// How much longer it may while it asks.
    pub stale_while_revalidate: Duration,
    /// How a shared cache is told what an answer tells of.
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
    /// `Cache-Control` for what anybody may keep (RFC 9111, 5.2.2; RFC 5861, 3). A browser asks each time,
    /// which costs it a 304.
    pub(super) fn shared_header(&self) -> HeaderValue {
        let (age, stale) = (self.shared_max_age.as_secs(), self.stale_while_revalidate.as_secs());
        HeaderValue::try_from(format!("public, max-age=0, s-maxage={age}, stale-while-revalidate={stale}"))
            .unwrap_or(PRIVATE)
    }
}

/// How a shared cache is told what an answer tells of, so that it can be purged exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheTags {
    /// In both headers.
    Both,
    /// As `Cache-Tag`, with commas: Cloudflare, Akamai, Google, Bunny.
    CacheTag,
    /// As `Surrogate-Key`, with spaces: Fastly, Varnish.
    SurrogateKey,
    /// Not at all.
    None,
}

/// Whether caches on the way may keep an answer with these headers for everybody.
pub(crate) fn is_shared(headers: &HeaderMap) -> bool {
    let control = headers.get(header::CACHE_CONTROL).and_then(|control| control.to_str().ok());
    control.is_some_and(|control| control.starts_with("public"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visibility::Visibility;

    #[test]
    fn caches_tell_answers_apart_by_whatever_decides_visibility() {
        let vary = VARY;
        let named: Vec<_> = vary.to_str().unwrap().split(", ").collect();
        for header in Visibility::HEADERS {
            assert!(named.contains(&header.as_str()), "{header}");
        }
    }
}
