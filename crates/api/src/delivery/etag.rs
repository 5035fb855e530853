//! Strong ETags (RFC 9110, 8.8.3). An ETag consists of the edition (its number and mark) and a digest of the
//! request and of what answers depend on besides. Therefore a 304 needs neither the answer nor the document.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::EditionId;

use super::digest::Digest;
use super::encoding::Encoding;

/// The number of bytes of the digest that are in an ETag.
const LENGTH: usize = 12;

/// Returns the ETag of the answer to a request in an edition.
pub(super) fn etag(edition: EditionId, request: &Digest, encoding: Encoding) -> HeaderValue {
    let text = format!("\"{}{}\"", opaque(edition, request), encoding.suffix());
    // All characters are printable ASCII.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Returns the ETags in `If-None-Match`. The comparison is a weak one (RFC 9110, 13.1.2), and caches that compress
/// make ETags weak, so `W/` is removed.
pub(crate) fn if_none_match(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).map(str::trim).map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
}

/// Whether the client requests an answer only if there is none (`If-None-Match: *`; RFC 9110, 13.1.2).
pub(crate) fn has_if_none_match_any(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::IF_NONE_MATCH).iter();
    matches!((given.next(), given.next()), (Some(only), None) if only.as_bytes().trim_ascii() == b"*")
}

/// Whether the client has the answer to the request in this edition, in any encoding.
pub(super) fn has(headers: &HeaderMap, edition: EditionId, request: &Digest) -> bool {
    let mut given = if_none_match(headers).peekable();
    if given.peek().is_none() {
        return false;
    }
    let opaque = opaque(edition, request);
    given.any(|tag| {
        let rest = tag.strip_prefix('"').and_then(|tag| tag.strip_prefix(opaque.as_str()));
        rest.is_some_and(|rest| rest == "\"" || rest.starts_with('-'))
    })
}

fn opaque(edition: EditionId, request: &Digest) -> String {
    let EditionId { number, mark } = edition;
    format!("{number}.{mark}.{}", URL_SAFE_NO_PAD.encode(&request[..LENGTH]))
}
