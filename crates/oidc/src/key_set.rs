//! The public keys that a provider publishes.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;

use crate::header::Header;

/// The maximum number of keys that are read from a provider.
const MAX_KEYS: usize = 64;

/// The public keys of a provider that can verify signatures.
#[derive(Debug, Default)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    /// The algorithms that it can be used with.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over the keys that may have signed a token: those with its algorithm, and with its key id if both
    /// have one.
    pub(crate) fn candidates(&self, header: &Header) -> impl Iterator<Item = &DecodingKey> {
        let Header { algorithm, key_id } = header;
        self.0
            .iter()
            .filter(move |key| key.id.is_none() || key_id.is_none() || key.id == *key_id)
            .filter(|key| key.algorithms.contains(algorithm))
            .map(|key| &key.key)
    }

    /// Whether there is a candidate for a token.
    pub(crate) fn knows(&self, header: &Header) -> bool {
        self.candidates(header).next().is_some()
    }
}

impl From<Vec<Value>> for KeySet {
    /// Skips entries that are not signature keys of a known kind.
    fn from(published: Vec<Value>) -> Self {
        Self(published.into_iter().filter_map(Key::read).take(MAX_KEYS).collect())
    }
}

impl Key {
    fn read(published: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(published).ok()?;
        let common = &jwk.common;
        let can_verify = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
        let supported: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms(),
            AlgorithmParameters::EllipticCurve(key) => match key.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => &[],
            },
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                &[Algorithm::EdDSA]
            }
            _ => &[],
        };
        let is_declared =
            |algorithm: &Algorithm| common.key_algorithm.is_none_or(|known| known == (*algorithm).into());
        let algorithms: Vec<_> = supported.iter().copied().filter(is_declared).collect();
        if !can_verify || algorithms.is_empty() {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { id: jwk.common.key_id, algorithms, key })
    }
}
