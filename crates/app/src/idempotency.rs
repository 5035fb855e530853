//! Creating that is safe to repeat: a request that was sent before finds what it has created then.

use std::time::Duration;

use domain::{Edition, EditionNumber, Id, Timestamp, UserError, UserErrorCode};
use persistence::{Connection, Creation, IdempotencyKeys, IdempotentRequest};

use crate::caller::origin;
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

/// Notes what a request is about to create in this transaction. Answers what it has created before, if it is a
/// repeated one.
///
/// # Errors
/// [`WriteError::IdempotencyKeyReused`] when the same key came with another input.
pub(crate) async fn note<C: Connection>(
    keys: &IdempotencyKeys<'_, C>,
    request: Option<&IdempotentRequest>,
    id: impl Id,
    edition: Option<EditionNumber>,
    now: Timestamp,
) -> WriteResult<Option<Creation>> {
    let Some(request) = request else { return Ok(None) };
    if keys.note(request, id.uuid(), edition, now).await? {
        return Ok(None);
    }
    // It can have been removed in between.
    let creation = keys.find(request).await?;
    let creation =
        creation.ok_or_else(|| StoreError::Conflict("an idempotency key was removed".to_owned()))?;
    if creation.fingerprint != request.fingerprint {
        return Err(WriteError::IdempotencyKeyReused(
            "the `Idempotency-Key` was sent before, with another input: send the same input again, or another key"
                .to_owned(),
        ));
    }
    Ok(Some(creation))
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
            let tx = self.store().begin(origin()).await?;
            let removed = tx.idempotency_keys().remove_before(before, STEP).await?;
            tx.commit().await?;
            if removed < STEP {
                return Ok(());
            }
        }
    }
}
