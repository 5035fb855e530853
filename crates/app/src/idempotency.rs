//! Idempotency keys: a repeated request finds what it created the first time.

use std::time::Duration;

use domain::{Edition, EditionNumber, Id, Timestamp, UserError, UserErrorCode};
use persistence::{Attempt, Creation, IdempotentRequest, Write};

use crate::{App, Caller, StoreError, WriteError, WriteResult, env};

/// How long a key is stored.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// About how many keys one transaction removes.
const BATCH: u64 = 1_000;

/// Identifies a request that creates something, so that a repetition is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key that the client chose.
    pub key: String,
    /// The path in the answer, because one document can create several things.
    pub path: String,
    /// The digest of the input.
    pub fingerprint: [u8; 32],
}

impl Idempotency {
    /// Returns the request as the database stores it.
    pub(crate) fn by(&self, caller: &Caller) -> IdempotentRequest {
        let Self { key, path, fingerprint } = self.clone();
        IdempotentRequest { actor: caller.actor.clone(), key, path, fingerprint: fingerprint.to_vec() }
    }
}

/// Returns what the same request created earlier. `None` when it is not a repetition.
///
/// # Errors
/// [`WriteError::IdempotencyKeyReused`] when the earlier request had the same key and another input.
pub(crate) async fn created_before(
    attempt: &Attempt,
    request: Option<&IdempotentRequest>,
) -> WriteResult<Option<Creation>> {
    let Some(request) = request else { return Ok(None) };
    let Some(creation) = attempt.created_before(request).await? else { return Ok(None) };
    if creation.fingerprint != request.fingerprint {
        return Err(WriteError::IdempotencyKeyReused(
            "the `Idempotency-Key` was sent before, with another input: send the same input again, or another key"
                .to_owned(),
        ));
    }
    Ok(Some(creation))
}

/// Returns the write that stores what a request creates, if the request has a key.
pub(crate) fn creation(
    request: Option<&IdempotentRequest>,
    id: impl Id,
    edition: Option<EditionNumber>,
    at: Timestamp,
) -> Option<Write> {
    request.map(|request| Write::Creation { request: request.clone(), created: id.uuid(), edition, at })
}

/// The error for a repeated request when the object that it created has been deleted since.
pub(crate) fn deleted_since(id: impl Id) -> UserError {
    let message = format!(
        "the request was sent before under this `Idempotency-Key`, and what it created, `{id}`, has been removed since: send another key to create it again"
    );
    UserError::at("", UserErrorCode::NotFound, message)
}

impl App {
    /// Returns the edition in which the public first saw an object that a request created.
    pub(crate) async fn edition_of(&self, creation: &Creation) -> Result<Edition, StoreError> {
        let found = match creation.edition {
            Some(number) => self.edition(number).await?,
            None => None,
        };
        found.ok_or_else(|| StoreError::Damaged("an idempotency key names no edition".to_owned()))
    }

    /// Removes the keys that are older than a day, in several transactions.
    ///
    /// # Errors
    /// When the database fails. Keys that were already removed stay removed.
    pub(crate) async fn remove_old_idempotency_keys(&self) -> Result<(), StoreError> {
        let before = env::now() - LIFETIME;
        loop {
            if self.store().remove_idempotency_keys(before, BATCH).await? < BATCH {
                return Ok(());
            }
        }
    }
}
