//! The provider's keys, kept for a while.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::Refusal;
use crate::header::Header;
use crate::provider::{Failure, Provider};

/// How long keys are taken for what the provider publishes.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long they go on working while the provider does not answer.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the provider is asked about keys that are not among them: tokens can be made up by
/// anybody, and must not become questions to the provider one by one.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a provider that did not answer is left alone.
const RECOVERY: Duration = Duration::from_secs(30);
/// How many keys of a provider are looked at.
const MAX_KEYS: usize = 64;

/// The keys.
#[derive(Debug)]
pub(crate) struct Keys {
    provider: Arc<Provider>,
    kept: RwLock<Option<Kept>>,
    /// Held by whoever asks the provider: one at a time.
    turn: Mutex<Turn>,
}

#[derive(Debug, Clone)]
struct Kept {
    since: Timestamp,
    keys: Arc<KeySet>,
}

/// When the provider was asked what.
#[derive(Debug, Default)]
struct Turn {
    /// About a key that was not among those that were fresh.
    unknown: Option<Timestamp>,
    /// In vain, and not with success since.
    failed: Option<Timestamp>,
}

impl Keys {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider: Arc::new(provider), kept: RwLock::default(), turn: Mutex::default() }
    }

    /// Keys of which at least one fits.
    pub(crate) async fn find(
        self: &Arc<Self>,
        header: &Header,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Refusal> {
        if let Some(keys) = self.usable(now, FRESH).filter(|keys| keys.knows(header)) {
            return Ok(keys);
        }
        // A task of its own: a client that hangs up must not waste the question.
        let (this, wanted) = (Arc::clone(self), header.clone());
        let asked = tokio::spawn(async move { this.ask(Some(&wanted), now).await }).await;
        match self.usable(now, USABLE) {
            Some(keys) if keys.knows(header) => Ok(keys),
            Some(_) if matches!(asked, Ok(true)) => Err(Refusal::UnknownKey),
            _ => Err(Refusal::Unavailable),
        }
    }

    /// Asks the provider, unless it has just been asked.
    pub(crate) async fn refresh(&self, now: Timestamp) {
        self.ask(None, now).await;
    }

    /// The keys, if they are not older than this.
    fn usable(&self, now: Timestamp, age: Duration) -> Option<Arc<KeySet>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| is_within(age, kept.since, now)).map(|kept| Arc::clone(&kept.keys))
    }

    /// Asks the provider, unless somebody else has done so meanwhile or it is too early. Answers whether
    /// the keys are what the provider last said.
    async fn ask(&self, wanted: Option<&Header>, now: Timestamp) -> bool {
        let mut turn = self.turn.lock().await;
        let last = match self.usable(now, FRESH) {
            Some(keys) => match wanted {
                Some(wanted) if !keys.knows(wanted) => turn.unknown.map(|last| (last, PAUSE)),
                _ => return true,
            },
            None => turn.failed.map(|last| (last, RECOVERY)),
        };
        if last.is_some_and(|(last, pause)| is_within(pause, last, now)) {
            return turn.failed.is_none();
        }
        if self.usable(now, FRESH).is_some() {
            turn.unknown = Some(now);
        }
        let provider = Arc::clone(&self.provider);
        let answer = tokio::task::spawn_blocking(move || provider.keys()).await;
        turn.failed = match answer.unwrap_or(Err(Failure::GivenUp)) {
            Ok(keys) => {
                tracing::debug!(keys = keys.0.len(), "the OpenID provider's keys were got");
                let kept = Some(Kept { since: now, keys: Arc::new(keys) });
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = kept;
                None
            }
            Err(error) => {
                let (issuer, works_on) = (self.provider.issuer(), self.usable(now, USABLE).is_some());
                tracing::warn!(%error, issuer, works_on, "the OpenID provider's keys could not be got");
                Some(now)
            }
        };
        turn.failed.is_none()
    }
}

/// Whether two instants are close, whichever comes first: clocks are set back, too.
fn is_within(span: Duration, one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).unsigned_abs() < span
}

/// Keys that tokens may be signed with.
#[derive(Debug, Default)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    /// What it may be used with.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// The keys that may have signed a token: of its name, if it names one, and for its algorithm.
    pub(crate) fn fitting(&self, header: &Header) -> impl Iterator<Item = &DecodingKey> {
        let Header { algorithm, key_id } = header;
        self.0
            .iter()
            .filter(move |key| key.id.is_none() || key_id.is_none() || key.id == *key_id)
            .filter(|key| key.algorithms.contains(algorithm))
            .map(|key| &key.key)
    }

    fn knows(&self, header: &Header) -> bool {
        self.fitting(header).next().is_some()
    }
}

impl From<Vec<Value>> for KeySet {
    /// What is not a key for signatures, or of no kind that is known, is left out.
    fn from(published: Vec<Value>) -> Self {
        Self(published.into_iter().filter_map(Key::read).take(MAX_KEYS).collect())
    }
}

impl Key {
    fn read(published: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(published).ok()?;
        let common = &jwk.common;
        let verifies = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
        let possible: &[Algorithm] = match &jwk.algorithm {
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
        let declared =
            |algorithm: &Algorithm| common.key_algorithm.is_none_or(|known| known == (*algorithm).into());
        let algorithms: Vec<_> = possible.iter().copied().filter(declared).collect();
        if !verifies || algorithms.is_empty() {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { id: jwk.common.key_id, algorithms, key })
    }
}
