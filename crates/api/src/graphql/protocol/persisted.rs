//! Automatic persisted queries, in Apollo's format: a client first sends only the SHA-256 of a document, and the
//! document itself if the server does not know it. This keeps the URL of a GET short and constant, which helps
//! caches.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::delivery::Digest;
use crate::graphql::error::ErrorCode;
use crate::rejection::Rejection;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u64,
    sha256_hash: String,
}

/// Returns the SHA-256 of a document.
pub(crate) fn digest(text: &str) -> Digest {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns the SHA-256 in the extensions.
pub(crate) fn hash(extensions: &Map<String, Value>) -> Result<Option<Digest>, Rejection> {
    let named = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => return Ok(None),
        Some(named) => PersistedQuery::deserialize(named),
    };
    match named {
        Ok(PersistedQuery { version: 1, sha256_hash }) => match bytes(&sha256_hash) {
            Some(digest) => Ok(Some(digest)),
            None => Err(Rejection::bad_request(
                "`extensions.persistedQuery.sha256Hash` must be a SHA-256 with 64 hexadecimal digits",
            )),
        },
        Ok(PersistedQuery { version, .. }) => Err(Rejection::bad_request(format!(
            "`extensions.persistedQuery.version` is {version}: only version 1 is supported"
        ))),
        Err(error) => Err(Rejection::bad_request(format!(
            "`extensions.persistedQuery` must be `{{\"version\":1,\"sha256Hash\":\"…\"}}`: {error}"
        ))),
    }
}

/// Clients recognise the message or the code, and then send the document. The status is 200, because this is no
/// error of the client.
pub(crate) fn not_found() -> Rejection {
    Rejection::request(StatusCode::OK, ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
}

fn bytes(hex: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if hex.len() != 2 * digest.len() || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
    }
    Some(digest)
}
