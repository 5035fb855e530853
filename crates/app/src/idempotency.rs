//! Creating that is safe to repeat: a request that was sent before finds what it has created then.

use std::time::Duration;

use domain::{Edition, EditionNumber, Id, Timestamp, UserError, UserErrorCode};
use persistence::{Attempt, Creation, IdempotentRequest, Write};

use crate::{App, Caller, StoreError, WriteError, WriteResult, env};

/// How long a key is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// About how many keys are removed in one transaction.
const STEP: u64 = 1_000;

/// What tells a repeated request that creates something from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key that the sender has chosen.
    pub key: String,
    /// The place in the answer: one document can create several things.
    pub path: String,
    /// The digest of what is asked for.
    pub fingerprint: [u8; 32],
}

impl Idempotency {
    /// The request, as somebody sends it.
    pub(crate) fn by(&self, caller: &Caller) -> IdempotentRequest {
        let Self { key, path, fingerprint } = self.clone();
        IdempotentRequest { actor: caller.actor.clone(), key, path, fingerprint: fingerprint.to_vec() }
    }
}

/// What a request has created before, if it is a repeated one.
///
/// # Errors
/// [`WriteError::IdempotencyKeyReused`] when the same key came with another input.
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

/// Notes what a request creates, if it carries a key.
pub(crate) fn creation(
    request: Option<&IdempotentRequest>,
    id: impl Id,
    edition: Option<EditionNumber>,
    at: Timestamp,
) -> Option<Write> {
    request.map(|request| Write::Creation { request: request.clone(), created: id.uuid(), edition, at })
}

/// What a repeated request is told when what it has created is not there any more.
pub(crate) fn gone(id: impl Id) -> UserError {
    let message = format!(
        "the request was sent before under this `Idempotency-Key`, and what it created, `{id}`, has been removed since: send another key to create it again"
    );
    UserError::at("input", UserErrorCode::NotFound, message)
}

impl App {
    /// The edition that showed the public what a repeated request has created.
    pub(crate) async fn edition_of(&self, creation: &Creation) -> Result<Edition, StoreError> {
        let found = match creation.edition {
            Some(number) => self.edition(number).await?,
            None => None,
        };
        found.ok_or_else(|| StoreError::Damaged("an idempotency key names no edition".to_owned()))
    }

    /// Removes the keys that are older than a day, some in each transaction.
    ///
    /// # Errors
    /// When the database does not answer; what was removed before stays removed.
    pub(crate) async fn remove_old_idempotency_keys(&self) -> Result<(), StoreError> {
        let before = env::now() - KEPT_FOR;
        loop {
            if self.store().remove_idempotency_keys(before, STEP).await? < STEP {
                return Ok(());
            }
        }
    }
}
