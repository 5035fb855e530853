//! Writing. A use case reads through an [`Attempt`], decides, and returns a [`WriteSet`] with everything that is to be
//! written. [`Store::commit`] chooses how this is committed, and runs the use case again if another write came first.

mod attempt;
mod batch;
mod connection;
mod dry_run;
mod listing;
mod outcome;
mod statements;
mod steps;
mod write_set;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{KeyId, Timestamp};
use tokio::task_local;
use tracing::Instrument;

use attempt::Outcome;
pub(crate) use attempt::counter_ids;
pub use attempt::{Attempt, Decided};
pub(crate) use batch::{Batch, Place};
pub use connection::AttemptConnection;
pub(crate) use dry_run::{DryRun, DryRuns, WaitingWriter};
pub use dry_run::{DryRunPermit, PREVIEW_TIME};
pub(crate) use outcome::CommitError;
pub use outcome::WriteOrigin;
pub use steps::Steps;
pub use write_set::{NewPublication, SlugClaim, Write, WriteSet};

use crate::repositories::IdempotencyKeys;
use crate::{Database, Keys, Store, StoreError};

/// How often a write is tried again after a conflict with another write.
const MAX_RETRIES: usize = 4;

/// Whether a write changes what the public sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// The write does not change it.
    Private,
    /// The write may change it, and then makes an edition.
    Public,
}

/// How a write is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// One statement without locks before it. It fails if anything that was read has changed. Only for PostgreSQL.
    Statement,
    /// A transaction, which locks what it reads.
    Transaction,
}

/// The error of a use case.
pub trait Failure: From<StoreError> {
    /// The cause, if the error is a conflict with another write. Then the write is tried again.
    fn conflict(&self) -> Option<&str>;
}

impl Failure for StoreError {
    fn conflict(&self) -> Option<&str> {
        match self {
            Self::Conflict(cause) => Some(cause),
            _ => None,
        }
    }
}

task_local! {
    /// Whether this request has committed a write.
    static HAS_WRITTEN: Cell<bool>;
}

/// Runs `work`, and returns its result and whether it has committed a write.
pub async fn noting_writes<T>(work: impl Future<Output = T>) -> (T, bool) {
    let noted = async {
        let done = work.await;
        (done, HAS_WRITTEN.with(Cell::get))
    };
    HAS_WRITTEN.scope(Cell::new(false), noted).await
}

impl Store {
    /// Runs a use case: `decide` reads through an attempt, and returns what is to be written. All of it is committed,
    /// or nothing. If another write came first, `decide` runs again in a transaction, which locks what it reads, so
    /// that it does not lose again and again. If it loses too often anyway, this returns the conflict.
    pub async fn commit<T, E, F>(
        &self,
        origin: WriteOrigin,
        kind: WriteKind,
        decide: impl Fn(Attempt) -> F,
    ) -> Result<T, E>
    where
        E: Failure,
        F: Future<Output = Result<Decided<T>, E>>,
    {
        let mut strategy = match self.database() {
            // SQLite has one writer at a time, and its statements need no round trips.
            Database::Sqlite => Strategy::Transaction,
            Database::Postgres => Strategy::Statement,
        };
        let mut retries = 0;
        loop {
            let (failed, cause) = match self.attempt(strategy, origin.clone(), kind, &decide).await {
                Attempted::Done(answer) => return Ok(answer),
                Attempted::Again => continue,
                Attempted::OutOfDate(error) => {
                    (error, "the decision was based on the memory of this node".to_owned())
                }
                Attempted::Failed(error) => match error.conflict().map(str::to_owned) {
                    Some(cause) => (error, cause),
                    None => return Err(error),
                },
            };
            if retries == MAX_RETRIES {
                return Err(failed);
            }
            retries += 1;
            log::debug!("another write came first; trying again ({retries}): {cause}");
            strategy = Strategy::Transaction;
        }
    }

    async fn attempt<T, E, F>(
        &self,
        strategy: Strategy,
        origin: WriteOrigin,
        kind: WriteKind,
        decide: &impl Fn(Attempt) -> F,
    ) -> Attempted<T, E>
    where
        E: Failure,
        F: Future<Output = Result<Decided<T>, E>>,
    {
        let may_be_out_of_date = Arc::default();
        let attempt =
            match Attempt::begin(self, strategy, origin, kind, Arc::clone(&may_be_out_of_date)).await {
                Ok(attempt) => attempt,
                Err(error) => return Attempted::Failed(error.into()),
            };
        match decide(attempt).await {
            Ok(Decided(Outcome::Commit(attempt, writes, answer))) => {
                match attempt.commit_writes(writes).await {
                    Ok(()) => {
                        // Outside of a request, nobody asks.
                        let _ = HAS_WRITTEN.try_with(|has_written| has_written.set(true));
                        Attempted::Done(answer)
                    }
                    Err(error) => Attempted::Failed(error.into()),
                }
            }
            Ok(Decided(Outcome::Nothing(answer))) => Attempted::Done(answer),
            Ok(Decided(Outcome::Again)) => Attempted::Again,
            Err(error) if may_be_out_of_date.load(Ordering::Relaxed) => Attempted::OutOfDate(error),
            Err(error) => Attempted::Failed(error),
        }
    }

    /// Begins a write of several steps. Later steps can read what earlier ones have written, and all of them may
    /// change what the public sees.
    pub async fn begin_steps(&self, origin: WriteOrigin) -> Result<Steps, StoreError> {
        let attempt =
            Attempt::begin(self, Strategy::Transaction, origin, WriteKind::Public, Arc::default()).await?;
        Ok(Steps::new(attempt))
    }

    /// Deletes idempotency keys from before this instant, about `most` of them. Returns the number of deleted keys.
    pub async fn remove_idempotency_keys(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let (tx, _) = self.begin_attempt(WriteKind::Private).await?;
        let removed = IdempotencyKeys(&tx).remove_before(before, most).await?;
        tx.commit().await.map_err(|error| error.cause)?;
        Ok(removed)
    }

    /// Stores when an API key was last used.
    pub async fn note_key_use(&self, id: KeyId, now: Timestamp) -> Result<(), StoreError> {
        let (tx, _) = self.begin_attempt(WriteKind::Private).await?;
        Keys(&tx).set_last_used(id, now).await?;
        tx.commit().await.map_err(|error| error.cause)
    }
}

/// The result of an attempt.
enum Attempted<T, E> {
    Done(T),
    /// The use case has prepared something without locks, and has to run again.
    Again,
    /// The use case has failed, but its decision was based on the memory of this node, which may be out of date.
    OutOfDate(E),
    Failed(E),
}

/// Runs a write of several steps, and runs it again if another write came first.
pub async fn retry_conflicts<T, E, F>(run: impl Fn() -> F) -> Result<T, E>
where
    E: Failure,
    F: Future<Output = Result<T, E>>,
{
    let mut retries = 0;
    loop {
        let failed = match run().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match failed.conflict() {
            Some(cause) if retries < MAX_RETRIES => {
                retries += 1;
                log::debug!("another write came first; trying again ({retries}): {cause}");
            }
            _ => return Err(failed),
        }
    }
}

/// Runs `work` to completion, even if the caller stops waiting.
async fn run_to_completion(
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
