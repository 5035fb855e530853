//! A token taken apart: what its header says, and its claims, not believed yet.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Refusal;

/// The longest token that is looked at.
const MAX_LENGTH: usize = 12 << 10;

/// How a token is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    /// The name of the key.
    pub(crate) key_id: Option<String>,
}

/// The claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// Takes a token apart.
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
    let Written { alg, kid, typ, crit } = decode(header)
        .ok_or(Refusal::Malformed("its header is not base64url-encoded JSON with an algorithm (`alg`)"))?;
    if crit.is_some() {
        return Err(Refusal::Extension);
    }
    if typ.is_some_and(|typ| !gives_access(&typ)) {
        return Err(Refusal::Type);
    }
    let algorithm = allowed(&alg).ok_or(Refusal::Algorithm)?;
    let claims =
        decode(claims).ok_or(Refusal::Malformed("its claims are not a base64url-encoded JSON object"))?;
    Ok((Header { algorithm, key_id: kid }, claims))
}

#[derive(Deserialize)]
struct Written {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Signatures that only the holder of a private key can make. A shared secret is none: the provider
/// publishes its keys, so anybody could sign with them.
fn allowed(name: &str) -> Option<Algorithm> {
    let algorithm = name.parse().ok()?;
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        _ => Some(algorithm),
    }
}

/// Whether a token of this type is one to send with a request (RFC 9068, 2.1), rather than one to log
/// somebody out, say, that the same provider signs with the same key.
fn gives_access(typ: &str) -> bool {
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
    fn only_signatures_of_private_keys_are_allowed() {
        for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
            assert_eq!(refused(&format!(r#"{{"alg":"{name}"}}"#)), None, "{name}");
        }
        for name in ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "ES512", "rs256", "dir"] {
            assert_eq!(refused(&format!(r#"{{"alg":"{name}"}}"#)), Some(Refusal::Algorithm), "{name}");
        }
    }

    #[test]
    fn types_and_extensions() {
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
            assert_eq!(refused(&format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#)), None, "{typ}");
        }
        assert_eq!(refused(r#"{"alg":"ES256","typ":"logout+jwt"}"#), Some(Refusal::Type));
        assert_eq!(refused(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#), Some(Refusal::Extension));
    }

    #[test]
    fn what_is_no_token() {
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
