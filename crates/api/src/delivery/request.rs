//! What a request asks of an answer.

use axum::http::{HeaderMap, HeaderValue, Uri};
use domain::EditionId;

use super::Delivery;
use super::answers::Answer;
use super::encoding::Encoding;
use super::etag;
use super::question::{Digest, digest};
use crate::visibility::{Audience, Visibility};

/// What a request for public content asks of an answer, whatever it asks.
///
/// It is the only key to the answers that are kept. It is made of the request's [`Visibility`], and there is
/// none for a request that asks for anything but public content.
pub(crate) struct Wanted<'a> {
    /// The digest of the request as it came: the same request is asked again in the same bytes.
    pub(super) request: Digest,
    pub(super) encoding: Encoding,
    pub(super) content_type: &'static str,
    /// Only what is got by an address can be kept by it.
    pub(super) is_get: bool,
    /// Whether the request says nothing of who asks.
    pub(super) is_anonymous: bool,
    headers: &'a HeaderMap,
}

impl<'a> Wanted<'a> {
    /// A GET of this address; `None` when it does not ask for public content.
    pub(crate) fn get(
        delivery: &Delivery,
        visibility: &Visibility,
        content_type: &'static str,
        address: &Uri,
        headers: &'a HeaderMap,
    ) -> Option<Self> {
        let is_anonymous = is_anonymous(visibility)?;
        let (path, query) = parts(address);
        let request = digest(&[&delivery.basis, b"GET", content_type.as_bytes(), path, query]);
        let encoding = Encoding::negotiate(headers);
        Some(Self { request, encoding, content_type, is_get: true, is_anonymous, headers })
    }

    /// A POST of this body to this address; `None` when it does not ask for public content.
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
        let request = digest(&[&delivery.basis, b"POST", content_type.as_bytes(), path, query, body]);
        let encoding = Encoding::negotiate(headers);
        Some(Self { request, encoding, content_type, is_get: false, is_anonymous, headers })
    }

    /// Whether caches on the way may keep the answer for everybody.
    pub(super) fn is_shared(&self) -> bool {
        self.is_get && self.is_anonymous
    }

    /// Whether the client has the answer of this edition.
    pub(super) fn has(&self, edition: EditionId) -> bool {
        self.is_get && etag::has(self.headers, edition, &self.request)
    }

    /// Whether the client has this answer, or wants none if there is one.
    pub(super) fn has_answer(&self, answer: &Answer) -> bool {
        self.has(answer.edition) || (self.is_get && answer.is_found() && etag::wants_none(self.headers))
    }

    pub(super) fn etag(&self, edition: EditionId, encoding: Encoding) -> HeaderValue {
        etag::etag(edition, &self.request, encoding)
    }
}

/// Whether a request for public content says nothing of who asks; `None` for any other content.
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
