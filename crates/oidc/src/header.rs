//! Decodes the header and the claims of a token. Nothing is verified yet.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Refusal;

/// The maximum length of a token, in bytes.
const MAX_LENGTH: usize = 12 << 10;

/// The parts of a token's header that determine how it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    /// The id of the key (`kid`).
    pub(crate) key_id: Option<String>,
}

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// Decodes a token.
///
/// # Errors
/// [`Refusal`] when the token is malformed, or when its type, algorithm or extensions are not accepted.
pub(crate) fn read(token: &str) -> Result<(Header, Claims), Refusal> {
    if token.len() > MAX_LENGTH {
        return Err(Refusal::TooLong(MAX_LENGTH));
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Malformed("it is not a signed JWT of three parts"));
    };
    let RawHeader { alg, kid, typ, crit } = decode(header)
        .ok_or(Refusal::Malformed("its header is not base64url-encoded JSON with an algorithm (`alg`)"))?;
    if crit.is_some() {
        return Err(Refusal::Extension);
    }
    if typ.is_some_and(|typ| !is_access_token(&typ)) {
        return Err(Refusal::Type);
    }
    let algorithm = allowed(&alg).ok_or(Refusal::Algorithm)?;
    let claims =
        decode(claims).ok_or(Refusal::Malformed("its claims are not a base64url-encoded JSON object"))?;
    Ok((Header { algorithm, key_id: kid }, claims))
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Returns the algorithm if it is asymmetric, so that only the holder of the private key can sign. With a
/// symmetric algorithm, anybody could sign with the published keys.
fn allowed(name: &str) -> Option<Algorithm> {
    let algorithm = name.parse().ok()?;
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        _ => Some(algorithm),
    }
}

/// Whether the type is that of an access token (RFC 9068, section 2.1). The provider signs other tokens,
/// such as logout tokens, with the same key.
fn is_access_token(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    ["jwt", "at+jwt"].contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> String {
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("{}"))
    }

    fn refused(header: &str) -> Option<Refusal> {
        read(&token(header)).err()
    }

    #[test]
    fn only_asymmetric_algorithms_are_allowed() {
        for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
            assert_eq!(refused(&format!(r#"{{"alg":"{name}"}}"#)), None, "{name}");
        }
        for name in ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "ES512", "rs256", "dir"] {
            assert_eq!(refused(&format!(r#"{{"alg":"{name}"}}"#)), Some(Refusal::Algorithm), "{name}");
        }
    }

    #[test]
    fn other_token_types_and_critical_extensions_are_refused() {
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
            assert_eq!(refused(&format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#)), None, "{typ}");
        }
        assert_eq!(refused(r#"{"alg":"ES256","typ":"logout+jwt"}"#), Some(Refusal::Type));
        assert_eq!(refused(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#), Some(Refusal::Extension));
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = token(r#"{"alg":"ES256"}"#);
        for bad in [
            "",
            "..",
            "a.b",
            "a.b.c.d",
            "é.é.é",
            &good.replace('.', ".!"),
            &token("[]"),
            &token(r#"{"alg":1}"#),
        ] {
            assert!(matches!(read(bad), Err(Refusal::Malformed(_))), "{bad}");
        }
        let list =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#), URL_SAFE_NO_PAD.encode("[]"));
        assert!(matches!(read(&list), Err(Refusal::Malformed(_))));
        assert_eq!(read(&"a".repeat(MAX_LENGTH + 1)), Err(Refusal::TooLong(MAX_LENGTH)));
    }
}
