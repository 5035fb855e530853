//! Checks the claims of a token, and maps them to an identity.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Scope, Timestamp};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::header::Claims;
use crate::{Config, Identity, Refusal};

/// The maximum length of a subject (OpenID Connect Core 1.0, section 2) and of a name, in bytes.
const MAX_NAME: usize = 255;
/// The prefix of a hashed subject in an actor.
const HASHED: &str = "sha256-";

/// Checks issuer, audience, validity period and subject, and returns the identity that the claims describe.
pub(crate) fn check(claims: &Claims, config: &Config, now: Timestamp) -> Result<Identity, Refusal> {
    let Config { issuer, audience, scopes_claim, scope_map, leeway } = config;
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Refusal::Issuer);
    }
    if !claims.get("aud").is_some_and(|aud| texts(aud).any(|aud| aud == audience)) {
        return Err(Refusal::Audience);
    }
    let leeway = i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX);
    let expires = seconds(claims, "exp")?.ok_or(Refusal::Malformed("the claim `exp` (expiry) is missing"))?;
    if now.as_second() >= expires.saturating_add(leeway) {
        return Err(Refusal::Expired);
    }
    if seconds(claims, "nbf")?.is_some_and(|begins| now.as_second() < begins.saturating_sub(leeway)) {
        return Err(Refusal::NotYetValid);
    }
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| is_name(subject));
    let subject = subject
        .ok_or(Refusal::Malformed("the claim `sub` (subject) is missing, or has more than 255 bytes"))?;
    let name = ["name", "preferred_username"]
        .into_iter()
        .find_map(|claim| claims.get(claim)?.as_str().filter(|name| is_name(name)));
    Ok(Identity {
        subject: subject.to_owned(),
        issuer: issuer.clone(),
        name: name.map(str::to_owned),
        scopes: scopes(claims, scopes_claim, scope_map),
        expires_at: Timestamp::from_second(expires).unwrap_or(Timestamp::MAX),
    })
}

/// Returns `oidc:` followed by the subject. A subject with unsafe characters is replaced by its hash, and so is a
/// subject that looks like such a hash; therefore different subjects have different actors.
pub(crate) fn actor(subject: &str) -> String {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~|@:+/=".contains(&byte);
    if subject.bytes().all(is_safe) && !subject.starts_with(HASHED) {
        return format!("oidc:{subject}");
    }
    format!("oidc:{HASHED}{}", URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.as_bytes())))
}

/// Returns a NumericDate claim (RFC 7519, section 2) in whole seconds; fractions are truncated.
fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an instant out of range is as early or late as possible"
    )]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|value| value as i64));
    seconds.map(Some).ok_or(Refusal::Malformed("`exp` and `nbf` must be numbers"))
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
}

/// Maps the value of the scopes claim to scopes. Values without a meaning here are ignored.
fn scopes(claims: &Claims, path: &str, map: &[(String, Scope)]) -> Vec<Scope> {
    let Some(value) = find(claims, path) else { return Vec::new() };
    let words: Vec<&str> = match value {
        Value::String(words) => words.split_whitespace().collect(),
        other => texts(other).collect(),
    };
    let mut scopes: Vec<Scope> = if map.is_empty() {
        words.iter().filter_map(|word| word.parse().ok()).collect()
    } else {
        map.iter().filter(|(value, _)| words.contains(&value.as_str())).map(|(_, scope)| *scope).collect()
    };
    scopes.sort();
    scopes.dedup();
    scopes
}

/// Finds the claim with exactly this name, dots included (`https://example.org/roles`), or else the value at this path.
fn find<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, name| value.get(name))
    })
}

/// Iterates over the strings of a list, or over a single string.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOTH: [Scope; 2] = [Scope::ContentWrite, Scope::ContentPublish];

    fn granted(claims: Value, path: &str, map: &[(&str, Scope)]) -> Vec<Scope> {
        let map: Vec<_> = map.iter().map(|(value, scope)| ((*value).to_owned(), *scope)).collect();
        scopes(claims.as_object().unwrap(), path, &map)
    }

    #[test]
    fn without_a_map_values_must_be_scope_names() {
        let words = json!({"scope": "openid content:publish  content:write content:write"});
        assert_eq!(granted(words, "scope", &[]), BOTH);
        assert_eq!(granted(json!({"scp": ["content:write", 7, "email"]}), "scp", &[]), [Scope::ContentWrite]);
        for nothing in
            [json!({}), json!({"scope": null}), json!({"scope": 1}), json!({"scope": "Content:Write"})]
        {
            assert_eq!(granted(nothing, "scope", &[]), []);
        }
    }

    #[test]
    fn with_a_map_only_mapped_values_count() {
        let map = [
            ("editor", Scope::ContentPublish),
            ("editor", Scope::ContentWrite),
            ("Guest Author", Scope::ContentWrite),
        ];
        assert_eq!(granted(json!({"roles": ["editor"]}), "roles", &map), BOTH);
        assert_eq!(granted(json!({"roles": ["Guest Author"]}), "roles", &map), [Scope::ContentWrite]);
        assert_eq!(granted(json!({"roles": "editors editor2"}), "roles", &map), []);
        // With a map, nothing else counts.
        assert_eq!(granted(json!({"roles": ["content:write"]}), "roles", &map), []);
    }

    #[test]
    fn claims_are_found_by_name_and_by_path() {
        let nested = json!({"realm_access": {"roles": ["content:write"]}});
        assert_eq!(granted(nested.clone(), "realm_access.roles", &[]), [Scope::ContentWrite]);
        assert_eq!(granted(nested.clone(), "realm_access", &[]), []);
        assert_eq!(granted(nested, "realm_access.roles.x", &[]), []);
        let named = json!({"https://example.org/roles": ["content:write"]});
        assert_eq!(granted(named, "https://example.org/roles", &[]), [Scope::ContentWrite]);
    }

    #[test]
    fn actors_are_safe_and_different_for_different_subjects() {
        for subject in ["1", "auth0|5f7c", "google-oauth2|108", "a@example.org", "https://a/b=c+d~"] {
            assert_eq!(actor(subject), format!("oidc:{subject}"));
        }
        let strange = actor("Zoë\n");
        assert!(strange.starts_with("oidc:sha256-") && strange.is_ascii(), "{strange}");
        let looks_like_it = strange.strip_prefix("oidc:").unwrap();
        assert_ne!(actor(looks_like_it), strange);
        assert_ne!(actor("Zoë"), actor("Zoé"));
    }

    #[test]
    fn issuer_audience_period_and_subject_are_checked() {
        let now = Timestamp::from_second(1_000).unwrap();
        let judged = |change: Value| {
            let mut claims = json!({"iss": "https://a", "aud": "b", "sub": "c", "exp": 1_000});
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            check(claims.as_object().unwrap(), &Config::new("https://a", "b"), now)
                .map(|identity| identity.expires_at)
        };
        assert_eq!(judged(json!({})), Ok(now));
        for good in [json!({"aud": ["x", "b"]}), json!({"nbf": 1_060}), json!({"sub": "c".repeat(255)})] {
            assert!(judged(good.clone()).is_ok(), "{good}");
        }
        assert_eq!(judged(json!({"exp": 1e300})), Ok(Timestamp::MAX));
        assert_eq!(judged(json!({"exp": 1_000.5})), Ok(now));
        for (bad, refusal) in [
            (json!({"iss": "https://a/"}), Refusal::Issuer),
            (json!({"iss": ["https://a"]}), Refusal::Issuer),
            (json!({"aud": "B"}), Refusal::Audience),
            (json!({"aud": []}), Refusal::Audience),
            (json!({"aud": null}), Refusal::Audience),
            (json!({"exp": 940}), Refusal::Expired),
            (json!({"exp": -1e300}), Refusal::Expired),
            (json!({"nbf": 1_061}), Refusal::NotYetValid),
        ] {
            assert_eq!(judged(bad.clone()), Err(refusal), "{bad}");
        }
        for bad in [
            json!({"exp": null}),
            json!({"exp": "2000"}),
            json!({"nbf": "0"}),
            json!({"sub": ""}),
            json!({"sub": 1}),
            json!({"sub": "c".repeat(256)}),
        ] {
            assert!(matches!(judged(bad.clone()), Err(Refusal::Malformed(_))), "{bad}");
        }
    }
}
