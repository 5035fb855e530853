//! Tests with the tokens and keys of a real provider, at instants that the tests choose.

#![expect(clippy::unwrap_used, reason = "in a test, a surprise is a failure")]

#[path = "../../../tests/e2e/support/issuer.rs"]
mod issuer;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Scope, Timestamp};
use issuer::{AUDIENCE, Issuer, SigningKey, unsigned};
use oidc::{Config, Identity, Refusal, Verifier};
use serde_json::{Value, json};

/// When the tokens expire: later than all cached keys.
const UNTIL: i64 = 2_000_000_000;
const HOUR: i64 = 60 * 60;

/// The instant `seconds` after the start of the tests.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn verifier(issuer: &Issuer) -> Verifier {
    Verifier::new(Config::new(&issuer.url, AUDIENCE)).unwrap()
}

/// The reason why a token is refused, if it is.
async fn refused(verifier: &Verifier, token: &str, now: Timestamp) -> Option<Refusal> {
    verifier.verify(token, now).await.err()
}

#[tokio::test]
async fn a_valid_token_gives_an_identity() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    let claims =
        json!({"sub": "auth0|7", "name": "Zoë", "aud": ["x", AUDIENCE], "scope": "openid content:write"});
    let token = key.sign(&issuer.claims(UNTIL, claims));
    let identity = verifier(&issuer).verify(&token, at(0)).await.unwrap();
    assert_eq!(identity.actor(), "oidc:auth0|7");
    let expected = Identity {
        subject: "auth0|7".to_owned(),
        issuer: issuer.url.clone(),
        name: Some("Zoë".to_owned()),
        scopes: vec![Scope::ContentWrite],
        expires_at: Timestamp::from_second(UNTIL).unwrap(),
    };
    assert_eq!(identity, expected);
}

#[tokio::test]
async fn every_asymmetric_algorithm_is_supported() {
    let keys = [SigningKey::p256("a"), SigningKey::p384("b"), SigningKey::ed25519("c"), SigningKey::rsa("d")];
    let issuer = Issuer::start(&keys.each_ref());
    let verifier = verifier(&issuer);
    let claims = issuer.claims(UNTIL, json!({}));
    for key in &keys {
        assert_eq!(refused(&verifier, &key.sign(&claims), at(0)).await, None);
    }
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        for header in [json!({"alg": algorithm, "kid": "d"}), json!({"alg": algorithm})] {
            let token = keys[3].sign_with(&header, &claims);
            assert_eq!(refused(&verifier, &token, at(0)).await, None, "{header}");
        }
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_key_verifies_only_its_own_algorithms() {
    let (curve, rsa) = (SigningKey::p256("a"), SigningKey::rsa("b"));
    let issuer = Issuer::start(&[&curve]);
    issuer.publish_raw(vec![curve.jwk(), {
        let mut jwk = rsa.jwk();
        jwk["alg"] = "PS256".into();
        jwk
    }]);
    let verifier = verifier(&issuer);
    let claims = issuer.claims(UNTIL, json!({}));
    let header = |algorithm: &str, id: &str| json!({"alg": algorithm, "kid": id});
    let good = rsa.sign_with(&header("PS256", "b"), &claims);
    assert_eq!(refused(&verifier, &good, at(0)).await, None);
    for (header, key, refusal) in [
        (header("RS256", "b"), &rsa, Refusal::UnknownKey),
        (header("RS256", "a"), &curve, Refusal::UnknownKey),
        (header("ES384", "a"), &curve, Refusal::UnknownKey),
        (header("ES256", "b"), &curve, Refusal::UnknownKey),
        (header("ES256", "a"), &SigningKey::p256("a"), Refusal::Signature),
        (header("HS256", "a"), &curve, Refusal::Algorithm),
        (header("none", "a"), &curve, Refusal::Algorithm),
    ] {
        let token = key.sign_with(&header, &claims);
        assert_eq!(refused(&verifier, &token, at(0)).await, Some(refusal), "{header}");
    }
}

#[tokio::test]
async fn a_manipulated_token_is_refused() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    let verifier = verifier(&issuer);
    let token = key.sign(&issuer.claims(UNTIL, json!({"scope": "openid"})));
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{token}") };
    let better = issuer.claims(UNTIL, json!({"scope": "content:publish"}));
    let better = URL_SAFE_NO_PAD.encode(better.to_string());
    let renamed = unsigned(&json!({"alg": "ES256"}), &issuer.claims(UNTIL, json!({"scope": "openid"})));
    for bad in [
        format!("{header}.{better}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{header}.{claims}.{signature}{signature}"),
        format!("{header}.{claims}.{signature}="),
        format!("{renamed}.{signature}"),
    ] {
        assert_eq!(refused(&verifier, &bad, at(0)).await, Some(Refusal::Signature), "{bad}");
    }
}

#[tokio::test]
async fn concurrent_requests_fetch_the_keys_once() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    let verifier = verifier(&issuer);
    let token = key.sign(&issuer.claims(UNTIL, json!({})));
    let all: Vec<_> = (0..30)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { refused(&verifier, &token, at(0)).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), None);
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_removed_one_forgotten() {
    let (old, new) = (SigningKey::p256("old"), SigningKey::rsa("new"));
    let issuer = Issuer::start(&[&old]);
    let verifier = verifier(&issuer);
    let [by_old, by_new] = [&old, &new].map(|key| key.sign(&issuer.claims(UNTIL, json!({}))));
    verifier.warm_up(at(0)).await;
    assert_eq!(refused(&verifier, &by_old, at(0)).await, None);
    issuer.publish(&[&new]);
    assert_eq!(refused(&verifier, &by_old, at(599)).await, None);
    assert_eq!(refused(&verifier, &by_new, at(1)).await, None);
    assert_eq!(refused(&verifier, &by_old, at(2)).await, Some(Refusal::UnknownKey));
    assert_eq!(issuer.fetches(), 2);
    // Keys are fetched again when they are no longer fresh, even without an unknown key.
    issuer.publish(&[&old]);
    assert_eq!(refused(&verifier, &by_new, at(600)).await, None);
    assert_eq!(refused(&verifier, &by_new, at(601)).await, Some(Refusal::UnknownKey));
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn unknown_keys_cause_few_fetches() {
    let (key, stranger) = (SigningKey::p256("a"), SigningKey::p256("b"));
    let issuer = Issuer::start(&[&key]);
    let verifier = verifier(&issuer);
    let claims = issuer.claims(UNTIL, json!({}));
    verifier.warm_up(at(0)).await;
    for number in 0..50 {
        let token = stranger.sign_with(&json!({"alg": "ES256", "kid": format!("k{number}")}), &claims);
        assert_eq!(refused(&verifier, &token, at(1)).await, Some(Refusal::UnknownKey));
    }
    assert_eq!(issuer.fetches(), 2);
    for (seconds, fetches) in [(10, 2), (11, 3), (12, 3)] {
        assert_eq!(refused(&verifier, &stranger.sign(&claims), at(seconds)).await, Some(Refusal::UnknownKey));
        assert_eq!(issuer.fetches(), fetches, "after {seconds} s");
    }
    // Tokens from another issuer cause none.
    let other = stranger.sign(&issuer.claims(UNTIL, json!({"iss": "https://login.example.org"})));
    assert_eq!(refused(&verifier, &other, at(100)).await, Some(Refusal::Issuer));
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn keys_outlive_the_provider_for_a_day() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    let verifier = verifier(&issuer);
    let token = key.sign(&issuer.claims(UNTIL, json!({})));
    verifier.warm_up(at(0)).await;
    issuer.switch(false);
    for seconds in [0, 601, HOUR, 24 * HOUR - 1] {
        assert_eq!(refused(&verifier, &token, at(seconds)).await, None, "after {seconds} s");
    }
    assert_eq!(issuer.fetches(), 1 + 3);
    // The provider may publish another key now, which cannot be checked.
    let other = SigningKey::p256("b").sign(&issuer.claims(UNTIL, json!({})));
    assert_eq!(refused(&verifier, &other, at(24 * HOUR - 1)).await, Some(Refusal::Unavailable));
    // A provider that does not answer is not asked again for a while.
    assert_eq!(issuer.fetches(), 4);
    assert_eq!(refused(&verifier, &token, at(24 * HOUR)).await, Some(Refusal::Unavailable));
    issuer.switch(true);
    assert_eq!(refused(&verifier, &token, at(24 * HOUR + 30)).await, None);
}

#[tokio::test]
async fn a_provider_that_was_down_is_asked_again() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    issuer.switch(false);
    let verifier = verifier(&issuer);
    let token = key.sign(&issuer.claims(UNTIL, json!({})));
    verifier.warm_up(at(0)).await;
    assert_eq!(refused(&verifier, &token, at(0)).await, Some(Refusal::Unavailable));
    issuer.switch(true);
    assert_eq!(refused(&verifier, &token, at(29)).await, Some(Refusal::Unavailable));
    assert_eq!(refused(&verifier, &token, at(30)).await, None);
}

#[tokio::test]
async fn malformed_responses_of_the_provider_make_it_unavailable() {
    let key = SigningKey::p256("a");
    let issuer = Issuer::start(&[&key]);
    let token = key.sign(&issuer.claims(UNTIL, json!({})));
    let judged = async || refused(&verifier(&issuer), &token, at(0)).await;
    let long = "x".repeat(2 << 20);
    for answer in [
        "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"keys\":1".to_owned(),
        format!("HTTP/1.1 302 There\r\nlocation: {}/elsewhere\r\ncontent-length: 0\r\n\r\n", issuer.url),
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{{\"keys\":[],\"x\":\"{long}\"}}",
            long.len() + 18
        ),
    ] {
        issuer.set_keys_answer(Some(answer));
        assert_eq!(judged().await, Some(Refusal::Unavailable));
    }
    issuer.set_keys_answer(None);
    assert_eq!(judged().await, None);
    issuer.set_issuer("https://login.example.org");
    assert_eq!(judged().await, Some(Refusal::Unavailable));
}

#[tokio::test]
async fn malformed_keys_do_not_affect_the_others() {
    let key = SigningKey::rsa("a");
    let issuer = Issuer::start(&[&key]);
    let with = |name: &str, value: Value| {
        let mut jwk = key.jwk();
        jwk["kid"] = "strange".into();
        jwk[name] = value;
        jwk
    };
    issuer.publish_raw(vec![
        json!(null),
        json!({"kty": "oct", "kid": "strange", "k": "c2VjcmV0", "alg": "HS256"}),
        json!({"kty": "LATTICE", "kid": "strange", "alg": "ML-DSA-44", "pub": "x"}),
        with("use", "enc".into()),
        with("key_ops", json!(["encrypt"])),
        with("alg", "RSA-OAEP".into()),
        with("n", "!".into()),
        key.jwk(),
    ]);
    let verifier = verifier(&issuer);
    let claims = issuer.claims(UNTIL, json!({}));
    assert_eq!(refused(&verifier, &key.sign(&claims), at(0)).await, None);
    let strange = key.sign_with(&json!({"alg": "RS256", "kid": "strange"}), &claims);
    assert_eq!(refused(&verifier, &strange, at(0)).await, Some(Refusal::UnknownKey));
}
