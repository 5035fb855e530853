//! A request, as the cache of answers sees it.

use axum::http::{HeaderMap, HeaderValue, Uri};
use domain::EditionId;

use super::Delivery;
use super::answers::Answer;
use super::digest::{Digest, digest};
use super::encoding::Encoding;
use super::etag;
use crate::visibility::{Audience, Visibility};

/// What a request for public content requires of its answer.
///
/// It is the only key to cached answers. It is made from the [`Visibility`] of a request, and only if the request
/// is for public content.
pub(crate) struct PublicRequest<'a> {
    /// The digest of the request as it was sent. A repeated request has the same bytes.
    pub(super) digest: Digest,
    pub(super) encoding: Encoding,
    pub(super) content_type: &'static str,
    /// Whether the request is a GET. Other answers cannot be cached by their URL.
    pub(super) is_get: bool,
    /// Whether the request has no credentials.
    pub(super) is_anonymous: bool,
    headers: &'a HeaderMap,
}

impl<'a> PublicRequest<'a> {
    /// Describes a GET of this URL. Returns `None` if the request is not for public content.
    pub(crate) fn get(
        delivery: &Delivery,
        visibility: &Visibility,
        content_type: &'static str,
        address: &Uri,
        headers: &'a HeaderMap,
    ) -> Option<Self> {
        let is_anonymous = is_anonymous(visibility)?;
        let (path, query) = parts(address);
        let digest = digest(&[&delivery.basis, b"GET", content_type.as_bytes(), path, query]);
        let encoding = Encoding::negotiate(headers);
        Some(Self { digest, encoding, content_type, is_get: true, is_anonymous, headers })
    }

    /// Describes a POST of this body to this URL. Returns `None` if the request is not for public content.
    pub(crate) fn post(
        delivery: &Delivery,
        visibility: &Visibility,
        content_type: &'static str,
        address: &Uri,
        body: &[u8],
        headers: &'a HeaderMap,
    ) -> Option<Self> {
        let is_anonymous = is_anonymous(visibility)?;
        let (path, query) = parts(address);
        let digest = digest(&[&delivery.basis, b"POST", content_type.as_bytes(), path, query, body]);
        let encoding = Encoding::negotiate(headers);
        Some(Self { digest, encoding, content_type, is_get: false, is_anonymous, headers })
    }

    /// Whether shared caches may use the answer for everybody.
    pub(super) fn is_shared(&self) -> bool {
        self.is_get && self.is_anonymous
    }

    /// Whether the client has the answer of this edition.
    pub(super) fn has(&self, edition: EditionId) -> bool {
        self.is_get && etag::has(self.headers, edition, &self.digest)
    }

    /// Whether the client has this answer, or wants none if there is one.
    pub(super) fn has_answer(&self, answer: &Answer) -> bool {
        self.has(answer.edition)
            || (self.is_get && answer.is_found() && etag::has_if_none_match_any(self.headers))
    }

    pub(super) fn etag(&self, edition: EditionId, encoding: Encoding) -> HeaderValue {
        etag::etag(edition, &self.digest, encoding)
    }
}

/// Whether a request for public content has no credentials. `None` for other content.
fn is_anonymous(visibility: &Visibility) -> Option<bool> {
    match visibility.audience() {
        Audience::Everyone => Some(true),
        Audience::Authenticated => Some(false),
        Audience::Nobody => None,
    }
}

fn parts(address: &Uri) -> (&[u8], &[u8]) {
    (address.path().as_bytes(), address.query().unwrap_or_default().as_bytes())
}
