//! A real OpenID provider: it publishes its keys over HTTP and signs tokens with them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};

/// What tokens are for.
pub(crate) const AUDIENCE: &str = "greymatters";

/// The provider. It listens until the tests are over.
pub(crate) struct Issuer {
    pub(crate) url: String,
    published: Arc<Mutex<Published>>,
}

/// What the provider answers with, and how often it did.
struct Published {
    keys: Vec<Value>,
    calls_itself: String,
    is_up: bool,
    /// Sent instead of the keys, head and all.
    instead: Option<String>,
    fetches: usize,
}

impl Issuer {
    /// A provider that publishes these keys.
    pub(crate) fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let published = Arc::new(Mutex::new(Published {
            keys: keys.iter().map(|key| key.jwk()).collect(),
            calls_itself: url.clone(),
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

    /// Publishes these keys from now on, and no others.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        self.publish_raw(keys.iter().map(|key| key.jwk()).collect());
    }

    /// The same, of keys that may be none.
    pub(crate) fn publish_raw(&self, keys: Vec<Value>) {
        self.published.lock().unwrap().keys = keys;
    }

    /// Hangs up on everybody, or does so no more.
    pub(crate) fn switch(&self, is_up: bool) {
        self.published.lock().unwrap().is_up = is_up;
    }

    /// Says that it is somebody else.
    pub(crate) fn call_itself(&self, name: &str) {
        self.published.lock().unwrap().calls_itself = name.to_owned();
    }

    /// Sends this instead of the keys, head and all.
    pub(crate) fn answer_instead(&self, answer: Option<String>) {
        self.published.lock().unwrap().instead = answer;
    }

    /// How often the keys were fetched, or would have been if it were not switched off.
    pub(crate) fn fetches(&self) -> usize {
        self.published.lock().unwrap().fetches
    }

    /// Claims that are good until then, with these changed; null removes one.
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
    // Without its address, of which the keys' is a part, nobody gets as far as the keys.
    let is_fetch = path == "/keys" || !published.is_up;
    published.fetches += usize::from(is_fetch);
    if !published.is_up {
        return;
    }
    let document = match path.as_str() {
        "/.well-known/openid-configuration" => {
            json!({"issuer": published.calls_itself, "jwks_uri": format!("{url}/keys")})
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
