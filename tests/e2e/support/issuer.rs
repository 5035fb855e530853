//! An OpenID provider that publishes its keys over HTTP and signs tokens with them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};

/// The audience of the tokens.
pub(crate) const AUDIENCE: &str = "greymatters";

/// The provider. It listens until the end of the tests.
pub(crate) struct Issuer {
    pub(crate) url: String,
    published: Arc<Mutex<Published>>,
}

/// What the provider answers, and how often it was asked.
struct Published {
    keys: Vec<Value>,
    issuer: String,
    is_up: bool,
    /// A complete HTTP answer that is sent instead of the keys.
    instead: Option<String>,
    fetches: usize,
}

impl Issuer {
    /// Starts a provider that publishes these keys.
    pub(crate) fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Mutex::new(Published {
            keys: keys.iter().map(|key| key.jwk()).collect(),
            issuer: url.clone(),
            is_up: true,
            instead: None,
            fetches: 0,
        }));
        let answers = Arc::clone(&published);
        let own = url.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &own, &answers);
            }
        });
        Self { url, published }
    }

    /// From now on, publishes exactly these keys.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        self.publish_raw(keys.iter().map(|key| key.jwk()).collect());
    }

    /// Like [`Issuer::publish`], but also for malformed keys.
    pub(crate) fn publish_raw(&self, keys: Vec<Value>) {
        self.published.lock().unwrap().keys = keys;
    }

    /// Turns the provider on or off. While it is off, it closes every connection.
    pub(crate) fn switch(&self, is_up: bool) {
        self.published.lock().unwrap().is_up = is_up;
    }

    /// Changes the issuer that the provider names.
    pub(crate) fn set_issuer(&self, name: &str) {
        self.published.lock().unwrap().issuer = name.to_owned();
    }

    /// Sends this complete HTTP answer instead of the keys.
    pub(crate) fn set_keys_answer(&self, answer: Option<String>) {
        self.published.lock().unwrap().instead = answer;
    }

    /// How often clients asked for the keys, or for anything while the provider was off.
    pub(crate) fn fetches(&self) -> usize {
        self.published.lock().unwrap().fetches
    }

    /// Valid claims that expire at this time, with some changes. Null removes a claim.
    pub(crate) fn claims(&self, until: i64, changes: Value) -> Value {
        let mut claims = json!({"iss": self.url, "aud": AUDIENCE, "sub": "editor-1", "exp": until});
        let fields = claims.as_object_mut().unwrap();
        fields.extend(changes.as_object().unwrap().clone());
        fields.retain(|_, value| !value.is_null());
        claims
    }
}

fn answer(mut stream: TcpStream, url: &str, published: &Mutex<Published>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
    let mut published = published.lock().unwrap();
    // While it is off, clients do not get the address of the keys, so each request counts as one for the keys.
    let is_fetch = path == "/keys" || !published.is_up;
    published.fetches += usize::from(is_fetch);
    if !published.is_up {
        return;
    }
    let document = match path.as_str() {
        "/.well-known/openid-configuration" => {
            json!({"issuer": published.issuer, "jwks_uri": format!("{url}/keys")})
        }
        _ => json!({"keys": published.keys}),
    };
    let document = document.to_string();
    let whole = published.instead.clone().filter(|_| is_fetch).unwrap_or_else(|| {
        let length = document.len();
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}")
    });
    let _ = stream.write_all(whole.as_bytes());
}

/// A key to sign with, and its name.
pub(crate) struct SigningKey {
    id: String,
    pair: Pair,
}

enum Pair {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// A new key for ES256.
    pub(crate) fn p256(id: &str) -> Self {
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &SystemRandom::new()).unwrap();
        Self { id: id.to_owned(), pair: Pair::P256(pair) }
    }

    /// A new key for ES384.
    pub(crate) fn p384(id: &str) -> Self {
        let curve = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(curve, document.as_ref(), &SystemRandom::new()).unwrap();
        Self { id: id.to_owned(), pair: Pair::P384(pair) }
    }

    /// A new key for `EdDSA`.
    pub(crate) fn ed25519(id: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        Self { id: id.to_owned(), pair: Pair::Ed25519(pair) }
    }

    /// The RSA key that lies beside this file and is for nothing else: making one takes a while.
    pub(crate) fn rsa(id: &str) -> Self {
        let lines = include_str!("issuer_rsa.pem").lines().filter(|line| !line.starts_with('-'));
        let document = STANDARD.decode(lines.collect::<String>()).unwrap();
        Self { id: id.to_owned(), pair: Pair::Rsa(RsaKeyPair::from_pkcs8(&document).unwrap()) }
    }

    /// What is published of it.
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Pair::P384(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
                json!({"kty": "EC", "crv": "P-384", "x": encode(x), "y": encode(y)})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
            Pair::Rsa(pair) => {
                let parts = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "n": encode(&parts.n), "e": encode(&parts.e)})
            }
        };
        jwk["kid"] = self.id.as_str().into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A token with these claims, signed the way that the key is for.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let algorithm = match self.pair {
            Pair::P256(_) => "ES256",
            Pair::P384(_) => "ES384",
            Pair::Ed25519(_) => "EdDSA",
            Pair::Rsa(_) => "RS256",
        };
        self.sign_with(&json!({"alg": algorithm, "kid": self.id, "typ": "at+jwt"}), claims)
    }

    /// A token with this header, whatever it says.
    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let bytes = message.as_bytes();
        let signature = match &self.pair {
            Pair::P256(pair) | Pair::P384(pair) => {
                pair.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let encoding: &dyn RsaEncoding = match header["alg"].as_str().unwrap_or_default() {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), bytes, &mut signed).unwrap();
                signed
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The part of a token that is signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}
