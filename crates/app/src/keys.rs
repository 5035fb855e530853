//! API keys: making, recognising, replacing and revoking them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{AuditAction, AuditRecord, AuditSubject, Id, KeyId, Scope, Timestamp, UserError, UserErrorCode};
use persistence::{ApiKey, Attempt, Write, WriteKind, WriteSet};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::labels::name_for;
use crate::{App, Caller, Idempotency, StoreError, WriteError, WriteResult, env, idempotency};

/// What every key begins with, so that people and scanners know it for a secret. A scanner finds keys by
/// `gmk_[A-Za-z0-9_-]{43}`.
pub(crate) const PREFIX: &str = "gmk_";
/// How many characters of a secret are kept to tell keys apart: of 256 random bits, 208 stay unknown.
const SHOWN: usize = 12;
/// How often it is noted that a key was used.
const USED: Duration = Duration::from_secs(60);
/// How long a key that was checked is recognised while the database is away.
const RECOGNISED: Duration = Duration::from_secs(5 * 60);
/// How many keys are remembered for that.
const REMEMBERED: usize = 10_000;
/// How long a key may overlap the one that replaces it: thirty days.
const MAX_OVERLAP: i32 = 30 * 24 * 60 * 60;

/// What a new key is to be.
#[derive(Debug, Clone, Default)]
pub struct KeyInput {
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// A key that has just been made. The secret is shown once and kept nowhere.
#[derive(Clone)]
pub struct NewKey {
    /// The key, without the secret.
    pub key: ApiKey,
    /// The secret that requests carry.
    pub secret: String,
}

/// Why a secret opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not one of ours.
    #[error(
        "the API key is not known: send it as `Authorization: Bearer gmk_…`, or leave the header out to read"
    )]
    Unknown,
    /// Its time is over.
    #[error("the API key ended at {0}: ask for a new one, or leave the header out to read")]
    Expired(Timestamp),
    /// It was revoked.
    #[error("the API key was revoked: ask for a new one, or leave the header out to read")]
    Revoked,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// When this node last noted that a key was used.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<KeyId, Timestamp>>);

impl LastUsed {
    /// Whether it is time to note it again.
    fn is_due(&self, id: KeyId, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted
            .get(&id)
            .is_none_or(|last| Duration::try_from(now.duration_since(*last)).is_ok_and(|ago| ago >= USED));
        if due {
            noted.insert(id, now);
        }
        due
    }

    /// Forgets what was noted.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The keys that this node has checked lately, by the hash of their secret.
#[derive(Debug, Default)]
pub(crate) struct CheckedKeys(Mutex<HashMap<[u8; 32], CheckedKey>>);

/// A key that worked when it was checked.
#[derive(Debug)]
struct CheckedKey {
    caller: Caller,
    expires_at: Option<Timestamp>,
    checked: Instant,
}

impl CheckedKeys {
    fn remember(&self, hash: [u8; 32], caller: Caller, expires_at: Option<Timestamp>) {
        let mut known = self.known();
        if known.len() >= REMEMBERED && !known.contains_key(&hash) {
            known.retain(|_, key| key.checked.elapsed() < RECOGNISED);
            if known.len() >= REMEMBERED {
                return;
            }
        }
        known.insert(hash, CheckedKey { caller, expires_at, checked: Instant::now() });
    }

    /// Whose key it was when it was last checked, if that is not long ago.
    fn find(&self, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let known = self.known();
        let CheckedKey { caller, expires_at, checked } = known.get(hash)?;
        let still_works = checked.elapsed() < RECOGNISED && expires_at.is_none_or(|at| at > now);
        still_works.then(|| caller.clone())
    }

    fn forget_one(&self, hash: &[u8; 32]) {
        self.known().remove(hash);
    }

    /// Forgets all of them.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], CheckedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Makes a key: 256 random bits, of which only the SHA-256 hash and the beginning are kept. Whoever
    /// administers keys may give any scope.
    ///
    /// # Errors
    /// When the name is blank, no scope is named, or it would have ended already.
    pub async fn create_key(
        &self,
        caller: &Caller,
        input: &KeyInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<NewKey> {
        caller.require(Scope::Admin)?;
        let now = env::now();
        let KeyInput { name, scopes, expires_at } = input;
        let name = name_for(name, "input.name")?;
        let mut scopes = scopes.clone();
        scopes.sort();
        scopes.dedup();
        if scopes.is_empty() {
            let message = "no scope is named: the key would allow nothing";
            return Err(UserError::at("input.scopes", UserErrorCode::Required, message).into());
        }
        let expires_at = expires_at.map(domain::truncate);
        if let Some(at) = expires_at.filter(|at| *at <= now) {
            let message = format!("the key would have ended at {at}: name a time to come, or none");
            return Err(UserError::at("input.expiresAt", UserErrorCode::InPast, message).into());
        }
        let request = idempotency.map(|idempotency| idempotency.by(caller));
        let (request, name, scopes) = (request.as_ref(), &name, &scopes);
        let decide = |attempt: Attempt| async move {
            if let Some(creation) = idempotency::created_before(&attempt, request).await? {
                let made = KeyId::from_uuid(creation.id);
                let message = format!(
                    "the request was sent before under this `Idempotency-Key` and has made the key `{made}`, whose secret was answered that once: revoke it if nobody has the secret, and send another `Idempotency-Key`"
                );
                return Err(WriteError::IdempotencyKeyReused(message));
            }
            let (made, write) = make(caller, name.clone(), scopes.clone(), expires_at, now);
            let record = key_record(caller, now, AuditAction::KeyCreated, &made.key);
            let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
            let mut writes = WriteSet::new().with(write);
            writes.extend(idempotency::creation(request, made.key.id, None, now));
            Ok(attempt.commit(writes.audit(record.with("scopes", Some(scopes.join(" ")))), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Every key, those that have ended too, the newest first.
    ///
    /// # Errors
    /// When the caller may not administer keys.
    pub async fn keys(&self, caller: &Caller) -> WriteResult<Vec<ApiKey>> {
        caller.require(Scope::Admin)?;
        Ok(self.store().keys().all().await?)
    }

    /// Ends a key at once; the caller's own, too, if it is that one.
    ///
    /// # Errors
    /// When there is no such key, or it was revoked already.
    pub async fn revoke_key(&self, caller: &Caller, id: KeyId) -> WriteResult<ApiKey> {
        caller.require(Scope::Admin)?;
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let key = found(&attempt, id).await?;
            if let Some(at) = key.revoked_at {
                let message = format!("the key was revoked at {at} already: nothing is left to do");
                return Err(revoked(message).into());
            }
            let record = key_record(caller, now, AuditAction::KeyRevoked, &key);
            let writes = WriteSet::new().with(Write::KeyRevoked { id, at: now }).audit(record);
            Ok(attempt.commit(writes, ApiKey { revoked_at: Some(now), ..key }))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Makes a key of the same name, scopes and end. The old one ends after `overlap` seconds, at once
    /// when that is 0.
    ///
    /// # Errors
    /// When there is no such key, it was revoked, or has ended, or the overlap is out of bounds.
    pub async fn rotate_key(&self, caller: &Caller, id: KeyId, overlap: i32) -> WriteResult<NewKey> {
        caller.require(Scope::Admin)?;
        if !(0..=MAX_OVERLAP).contains(&overlap) {
            let message =
                format!("the overlap is {overlap} seconds: it must be between 0 and {MAX_OVERLAP} (30 days)");
            return Err(UserError::at("overlapSeconds", UserErrorCode::Invalid, message).into());
        }
        let now = env::now();
        let decide = |attempt: Attempt| async move {
            let old = found(&attempt, id).await?;
            if let Some(at) = old.revoked_at {
                let message = format!("the key was revoked at {at}: make a new one instead");
                return Err(revoked(message).into());
            }
            if let Some(at) = old.expires_at.filter(|at| *at <= now) {
                let message = format!("the key ended at {at}: make a new one instead");
                return Err(UserError::at("id", UserErrorCode::InvalidState, message).into());
            }
            let (made, write) = make(caller, old.name.clone(), old.scopes.clone(), old.expires_at, now);
            let replaced = if overlap == 0 {
                Write::KeyRevoked { id, at: now }
            } else {
                let ends = now + Duration::from_secs(u64::from(overlap.unsigned_abs()));
                Write::KeyExpires { id, at: old.expires_at.map_or(ends, |at| at.min(ends)) }
            };
            let record = key_record(caller, now, AuditAction::KeyRotated, &old)
                .with("successor", Some(made.key.id))
                .with("overlapSeconds", Some(overlap));
            Ok(attempt.commit(WriteSet::new().with(write).with(replaced).audit(record), made))
        };
        self.commit(caller.origin(), WriteKind::Private, decide).await
    }

    /// Who carries this secret. It is looked up by its hash, and the hashes are compared in constant time,
    /// so that the time that it takes says nothing about the keys that exist.
    ///
    /// # Errors
    /// When it opens nothing, or nothing any more.
    pub async fn authenticate(&self, secret: &str) -> Result<Caller, KeyError> {
        if !secret.starts_with(PREFIX) || secret.len() > 100 {
            return Err(KeyError::Unknown);
        }
        let hash = hash(secret);
        let checked = self.check_key(&hash).await;
        match &checked {
            Ok((caller, expires_at)) => {
                self.checked_keys().remember(hash, caller.clone(), *expires_at);
            }
            Err(KeyError::Store(_)) => {}
            Err(KeyError::Unknown | KeyError::Expired(_) | KeyError::Revoked) => {
                self.checked_keys().forget_one(&hash);
            }
        }
        checked.map(|(caller, _)| caller)
    }

    /// Whose key this was when this node last checked it, if that was less than five minutes ago. It is for answers
    /// that are at hand, while the database is away: the key may have been revoked since, so it has no scope.
    #[must_use]
    pub fn recognise(&self, secret: &str) -> Option<Caller> {
        let caller = self.checked_keys().find(&hash(secret), env::now())?;
        Some(Caller { scopes: Vec::new(), ..caller })
    }

    /// Looks up whose key has this hash, and when it ends.
    async fn check_key(&self, hash: &[u8; 32]) -> Result<(Caller, Option<Timestamp>), KeyError> {
        let (key, kept) = self.store().keys().find_by_hash(hash).await?.ok_or(KeyError::Unknown)?;
        if !bool::from(kept.as_slice().ct_eq(hash)) {
            return Err(KeyError::Unknown);
        }
        if key.revoked_at.is_some() {
            return Err(KeyError::Revoked);
        }
        let now = env::now();
        if let Some(at) = key.expires_at.filter(|at| *at <= now) {
            return Err(KeyError::Expired(at));
        }
        self.note_use(key.id, now);
        let caller =
            Caller { actor: key.id.to_string(), name: key.name, scopes: key.scopes, request_id: None };
        Ok((caller, key.expires_at))
    }

    /// Whether there is any key that works.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        Ok(self.store().keys().count(env::now()).await? > 0)
    }

    /// Notes that a key was used, aside: nobody waits for it, and nothing fails when it does.
    fn note_use(&self, id: KeyId, now: Timestamp) {
        if !self.last_used().is_due(id, now) {
            return;
        }
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.store().note_key_use(id, now).await {
                tracing::debug!(%error, key = %id, "it could not be noted that a key was used");
            }
        });
    }
}

/// The key, revoked or not.
async fn found(attempt: &Attempt, id: KeyId) -> WriteResult<ApiKey> {
    attempt.keys().find(id).await?.ok_or_else(|| {
        let message = format!("there is no key `{id}`: `keys` lists them");
        UserError::at("id", UserErrorCode::NotFound, message).into()
    })
}

fn revoked(message: impl std::fmt::Display) -> UserError {
    UserError::at("id", UserErrorCode::InvalidState, message)
}

/// A new key, and what keeps it.
fn make(
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
        prefix: Some(secret.chars().take(SHOWN).collect()),
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
