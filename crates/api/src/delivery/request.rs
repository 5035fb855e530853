//! What a request asks of an answer.

use axum::http::{HeaderMap, HeaderValue, Uri};
use domain::EditionId;

use super::Delivery;
use super::encoding::Encoding;
use super::etag;
use super::question::{Digest, digest};

/// What a request asks of an answer, whatever it asks.
pub(crate) struct Wanted<'a> {
    /// The digest of the request as it came: the same request is asked again in the same bytes.
    pub(super) request: Digest,
    pub(super) encoding: Encoding,
    pub(super) content_type: &'static str,
    /// Only what is got by an address can be kept by it.
    pub(super) is_get: bool,
    /// Whether others may be sent it as well.
    pub(super) is_shared: bool,
    headers: &'a HeaderMap,
}

impl<'a> Wanted<'a> {
    /// A GET of this address. Caches on the way may keep the answer when nobody has said who asks.
    pub(crate) fn get(
        delivery: &Delivery,
        content_type: &'static str,
        address: &Uri,
        headers: &'a HeaderMap,
        is_anonymous: bool,
    ) -> Self {
        let (path, query) = (address.path().as_bytes(), address.query().unwrap_or_default().as_bytes());
        let request = digest(&[&delivery.basis, b"GET", content_type.as_bytes(), path, query]);
        let encoding = Encoding::negotiate(headers);
        Self { request, encoding, content_type, is_get: true, is_shared: is_anonymous, headers }
    }

    /// A POST of this body.
    pub(crate) fn post(
        delivery: &Delivery,
        content_type: &'static str,
        body: &[u8],
        headers: &'a HeaderMap,
    ) -> Self {
        let request = digest(&[&delivery.basis, b"POST", content_type.as_bytes(), body]);
        let encoding = Encoding::negotiate(headers);
        Self { request, encoding, content_type, is_get: false, is_shared: false, headers }
    }

    /// Whether the client has the answer of this edition.
    pub(super) fn has(&self, edition: EditionId) -> bool {
        self.is_get && etag::has(self.headers, edition, &self.request)
    }

    pub(super) fn etag(&self, edition: EditionId, encoding: Encoding) -> HeaderValue {
        etag::etag(edition, &self.request, encoding)
    }
}
