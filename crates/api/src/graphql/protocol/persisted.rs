//! Automatic persisted queries, as Apollo's clients send them: first the SHA-256 of a document alone, and
//! the document with it when it is not known here. A GET then has an address that is short, and always the
//! same, for caches on the way.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::delivery::Digest;
use crate::graphql::error::ErrorCode;
use crate::graphql::protocol::rejection::Rejection;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u64,
    sha256_hash: String,
}

/// The SHA-256 of a document.
pub(crate) fn digest(text: &str) -> Digest {
    Sha256::digest(text.as_bytes()).into()
}

/// The SHA-256 that the extensions name.
pub(crate) fn hash(extensions: &Map<String, Value>) -> Result<Option<Digest>, Rejection> {
    let named = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => return Ok(None),
        Some(named) => PersistedQuery::deserialize(named),
    };
    match named {
        Ok(PersistedQuery { version: 1, sha256_hash }) => match bytes(&sha256_hash) {
            Some(digest) => Ok(Some(digest)),
            None => Err(Rejection::bad_request(
                "`extensions.persistedQuery.sha256Hash` must be a SHA-256 in 64 hexadecimal digits",
            )),
        },
        Ok(PersistedQuery { version, .. }) => Err(Rejection::bad_request(format!(
            "`extensions.persistedQuery.version` is {version}: 1 is the only one there is"
        ))),
        Err(error) => Err(Rejection::bad_request(format!(
            "`extensions.persistedQuery` must be `{{\"version\":1,\"sha256Hash\":\"…\"}}`: {error}"
        ))),
    }
}

/// Clients go by the message or the code, and send the document. It is no fault of theirs.
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
