//! API keys: creating, checking, rotating and revoking them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{
    AuditAction, AuditRecord, AuditSubject, Id, KeyId, Remedy, Scope, Timestamp, UserError, UserErrorCode,
};
use persistence::{ApiKey, Attempt, Write, WriteKind, WriteSet};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{App, Caller, Idempotency, StoreError, WriteError, WriteResult, env, idempotency, text};

/// The first characters of every key. People and secret scanners recognise keys by them: `gmk_[A-Za-z0-9_-]{43}`.
pub(crate) const PREFIX: &str = "gmk_";
/// How many characters of a key are stored, so that people can tell keys apart. 208 of its 256 random bits stay secret.
const PREFIX_LENGTH: usize = 12;
/// How often the last use of a key is stored.
const LAST_USED_INTERVAL: Duration = Duration::from_secs(60);
/// How long a checked key is recognised while the database is away.
const RECOGNITION: Duration = Duration::from_secs(5 * 60);
/// The maximum number of checked keys in memory.
const MAX_CHECKED_KEYS: usize = 10_000;
/// The maximum number of seconds for which a rotated key keeps working: 30 days.
const MAX_OVERLAP: i32 = 30 * 24 * 60 * 60;

/// The input for a new key.
#[derive(Debug, Clone, Default)]
pub struct KeyInput {
    /// What the key is for.
    pub name: String,
    /// What the key allows.
    pub scopes: Vec<Scope>,
    /// When the key expires, if it does.
    pub expires_at: Option<Timestamp>,
}

/// A new key with its secret. The secret is not stored.
#[derive(Clone)]
pub struct NewKey {
    /// The key, without the secret.
    pub key: ApiKey,
    /// The secret, which requests send.
    pub secret: String,
}

/// Why a secret is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key has this secret.
    #[error(
        "the API key is not known: send it as `Authorization: Bearer gmk_…`, or leave the header out to read"
    )]
    Unknown,
    /// The key has expired.
    #[error("the API key expired at {0}: ask for a new one, or leave the header out to read")]
    Expired(Timestamp),
    /// The key was revoked.
    #[error("the API key was revoked: ask for a new one, or leave the header out to read")]
    Revoked,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// When this node last stored the last use of each key.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<KeyId, Timestamp>>);

impl LastUsed {
    /// Whether the last use of a key must be stored again. If so, the time is updated.
    fn is_due(&self, id: KeyId, now: Timestamp) -> bool {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = stored.get(&id).is_none_or(|last| {
            Duration::try_from(now.duration_since(*last)).is_ok_and(|ago| ago >= LAST_USED_INTERVAL)
        });
        if due {
            stored.insert(id, now);
        }
        due
    }

    /// Clears the times.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The keys that this node has checked recently, by the hash of their secret.
#[derive(Debug, Default)]
pub(crate) struct CheckedKeys(Mutex<HashMap<[u8; 32], CheckedKey>>);

/// A key that was valid when it was checked.
#[derive(Debug)]
struct CheckedKey {
    caller: Caller,
    expires_at: Option<Timestamp>,
    checked: Instant,
}

impl CheckedKeys {
    fn insert(&self, hash: [u8; 32], caller: Caller, expires_at: Option<Timestamp>) {
        let mut known = self.known();
        if known.len() >= MAX_CHECKED_KEYS && !known.contains_key(&hash) {
            known.retain(|_, key| key.checked.elapsed() < RECOGNITION);
            if known.len() >= MAX_CHECKED_KEYS {
                return;
            }
        }
        known.insert(hash, CheckedKey { caller, expires_at, checked: Instant::now() });
    }

    /// Returns whose key this was when it was last checked, if that was recently.
    fn find(&self, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let known = self.known();
        let CheckedKey { caller, expires_at, checked } = known.get(hash)?;
        let is_valid = checked.elapsed() < RECOGNITION && expires_at.is_none_or(|at| at > now);
        is_valid.then(|| caller.clone())
    }

    fn remove(&self, hash: &[u8; 32]) {
        self.known().remove(hash);
    }

    /// Removes all keys.
    pub(crate) fn clear(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], CheckedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Creates a key of 256 random bits. Only its SHA-256 hash and its first characters are stored. An administrator may
    /// give any scope.
    ///
    /// # Errors
    /// When the name is blank, no scope is named, or the expiry is in the past.
    pub async fn create_key(
        &self,
        caller: &Caller,
        input: &KeyInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<NewKey> {
        caller.require(Scope::Admin)?;
        let now = env::now();
        let KeyInput { name, scopes, expires_at } = input;
        let name = text::name(name, "name")?;
        let mut scopes = scopes.clone();
        scopes.sort();
        scopes.dedup();
        if scopes.is_empty() {
            let message = "no scope is named: the key would allow nothing";
            return Err(UserError::at("scopes", UserErrorCode::Required, message).into());
        }
        let expires_at = expires_at.map(domain::truncate);
        if let Some(at) = expires_at.filter(|at| *at <= now) {
            let message = format!("the key would have expired at {at}: name a time in the future, or none");
            return Err(UserError::at("expiresAt", UserErrorCode::InPast, message).into());
        }
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let (request, name, scopes) = (request.as_ref(), &name, &scopes);
        let decide = |attempt: Attempt| async move {
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let made = KeyId::from_uuid(creation.id);
                let message = format!(
                    "the request was sent before under this `Idempotency-Key` and created the key `{made}`, whose secret is not returned again: revoke the key if nobody has the secret, and send another `Idempotency-Key`"
                );
                return Err(WriteError::IdempotencyKeyReused(message));
            }
            let (made, write) = new_key(caller, name.clone(), scopes.clone(), expires_at, now);
            let record = key_record(caller, now, AuditAction::KeyCreated, &made.key);
            let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
            let mut writes = WriteSet::new().with(write);
            writes.extend(idempotency::creation(request, made.key.id, None, now));
            Ok(attempt.commit(writes.audit(record.with("scopes", Some(scopes.join(" ")))), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Returns all keys, also expired and revoked ones, the newest first.
    ///
    /// # Errors
    /// When the caller lacks the scope, or the database does not answer.
    pub async fn keys(&self, caller: &Caller) -> WriteResult<Vec<ApiKey>> {
        caller.require(Scope::Admin)?;
        Ok(self.store().keys().all().await?)
    }

    /// Revokes a key at once. It may be the caller's own key.
    ///
    /// # Errors
    /// When the key does not exist, or was revoked already.
    pub async fn revoke_key(&self, caller: &Caller, id: KeyId) -> WriteResult<ApiKey> {
        caller.require(Scope::Admin)?;
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let key = find_key(&attempt, id).await?;
            if let Some(at) = key.revoked_at {
                let message = format!("the key was revoked at {at} already: there is nothing left to do");
                return Err(revoked(message).into());
            }
            let record = key_record(caller, now, AuditAction::KeyRevoked, &key);
            let writes = WriteSet::new().with(Write::KeyRevoked { id, at: now }).audit(record);
            Ok(attempt.commit(writes, ApiKey { revoked_at: Some(now), ..key }))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Replaces a key by a new one with the same name, scopes and expiry. The old key keeps working for
    /// `overlap_seconds`.
    ///
    /// # Errors
    /// When the key does not exist, was revoked or has expired, or the overlap is out of bounds.
    pub async fn rotate_key(&self, caller: &Caller, id: KeyId, overlap_seconds: i32) -> WriteResult<NewKey> {
        caller.require(Scope::Admin)?;
        if !(0..=MAX_OVERLAP).contains(&overlap_seconds) {
            let message = format!(
                "the overlap is {overlap_seconds} seconds: it must be between 0 and {MAX_OVERLAP} (30 days)"
            );
            return Err(UserError::at("overlapSeconds", UserErrorCode::Invalid, message).into());
        }
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let old = find_key(&attempt, id).await?;
            if let Some(at) = old.revoked_at {
                let message = format!("the key was revoked at {at}: create a new one instead");
                return Err(revoked(message).into());
            }
            if let Some(at) = old.expires_at.filter(|at| *at <= now) {
                let message = format!("the key expired at {at}: create a new one instead");
                return Err(UserError::at("id", UserErrorCode::InvalidState, message).into());
            }
            let (made, write) = new_key(caller, old.name.clone(), old.scopes.clone(), old.expires_at, now);
            let end = if overlap_seconds == 0 {
                Write::KeyRevoked { id, at: now }
            } else {
                let ends = now + Duration::from_secs(u64::from(overlap_seconds.unsigned_abs()));
                Write::KeyExpires { id, at: old.expires_at.map_or(ends, |at| at.min(ends)) }
            };
            let record = key_record(caller, now, AuditAction::KeyRotated, &old)
                .with("successor", Some(made.key.id))
                .with("overlapSeconds", Some(overlap_seconds));
            Ok(attempt.commit(WriteSet::new().with(write).with(end).audit(record), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Checks a secret, and returns whose key it is. The key is looked up by the hash of the secret, and the hashes are
    /// compared in constant time, so that the duration reveals nothing about existing keys.
    ///
    /// # Errors
    /// When no valid key has this secret, or the database does not answer.
    pub async fn authenticate(&self, secret: &str) -> Result<Caller, KeyError> {
        if !secret.starts_with(PREFIX) || secret.len() > 100 {
            return Err(KeyError::Unknown);
        }
        let hash = hash(secret);
        let checked = self.check_key(&hash).await;
        match &checked {
            Ok((caller, expires_at)) => {
                self.checked_keys().insert(hash, caller.clone(), *expires_at);
            }
            Err(KeyError::Store(_)) => {}
            Err(KeyError::Unknown | KeyError::Expired(_) | KeyError::Revoked) => {
                self.checked_keys().remove(&hash);
            }
        }
        checked.map(|(caller, _)| caller)
    }

    /// Returns whose key this was, if this node checked it less than five minutes ago. It is for cached answers while the
    /// database is away. The key may have been revoked since, so the caller has no scope.
    #[must_use]
    pub fn recognise(&self, secret: &str) -> Option<Caller> {
        let caller = self.checked_keys().find(&hash(secret), env::now())?;
        Some(Caller { scopes: Vec::new(), ..caller })
    }

    /// Looks up the key with this hash. Returns whose key it is, and when it expires.
    async fn check_key(&self, hash: &[u8; 32]) -> Result<(Caller, Option<Timestamp>), KeyError> {
        let (key, stored) = self.store().keys().find_by_hash(hash).await?.ok_or(KeyError::Unknown)?;
        if !bool::from(stored.as_slice().ct_eq(hash)) {
            return Err(KeyError::Unknown);
        }
        if key.revoked_at.is_some() {
            return Err(KeyError::Revoked);
        }
        let now = env::now();
        if let Some(at) = key.expires_at.filter(|at| *at <= now) {
            return Err(KeyError::Expired(at));
        }
        self.store_last_use(key.id, now);
        let caller = Caller {
            actor: key.id.to_string(),
            name: key.name,
            person: None,
            scopes: key.scopes,
            request_id: None,
        };
        Ok((caller, key.expires_at))
    }

    /// Whether there is a valid key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        Ok(self.store().keys().count(env::now()).await? > 0)
    }

    /// Stores the last use of a key in the background. A failure is only logged.
    fn store_last_use(&self, id: KeyId, now: Timestamp) {
        if !self.last_used().is_due(id, now) {
            return;
        }
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.store().note_key_use(id, now).await {
                tracing::debug!(%error, key = %id, "the last use of a key could not be stored");
            }
        });
    }
}

/// Finds a key, which may be revoked or expired.
async fn find_key(attempt: &Attempt, id: KeyId) -> WriteResult<ApiKey> {
    attempt.keys().find(id).await?.ok_or_else(|| {
        UserError::at("id", UserErrorCode::NotFound, format!("there is no key `{id}`"))
            .with_remedy(Remedy::ListKeys)
            .into()
    })
}

fn revoked(message: impl std::fmt::Display) -> UserError {
    UserError::at("id", UserErrorCode::InvalidState, message)
}

/// Makes a key, and the write that stores it.
fn new_key(
    caller: &Caller,
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> (NewKey, Write) {
    let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(env::random::<32>()));
    let key = ApiKey {
        id: env::new_id(now),
        name,
        scopes,
        prefix: Some(secret.chars().take(PREFIX_LENGTH).collect()),
        created_at: now,
        created_by: Some(caller.actor.clone()),
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let write = Write::NewKey { key: key.clone(), hash: hash(&secret) };
    (NewKey { key, secret }, write)
}

fn key_record(caller: &Caller, now: Timestamp, action: AuditAction, key: &ApiKey) -> AuditRecord {
    AuditRecord::new(now, &caller.actor, action, AuditSubject::Key(key.id)).with("name", Some(&key.name))
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
