//! Writing. A use case reads through an [`Attempt`], decides, and hands over a [`WriteSet`] with everything that is to
//! be kept. [`Store::commit`] chooses how it is kept, and runs the use case again when another write came first.

mod attempt;
mod batch;
mod connection;
mod statements;
mod steps;
mod write_set;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{KeyId, Timestamp};
use tracing::Instrument;

use attempt::Outcome;
pub(crate) use attempt::ids_of;
pub use attempt::{Attempt, Decided};
pub(crate) use batch::{Batch, Place};
pub use connection::AttemptConnection;
pub use steps::Steps;
pub use write_set::{NewPublication, SlugClaim, Write, WriteSet};

use crate::{Database, IdempotencyKeys, Keys, Store, StoreError, WriteOrigin};

/// How often a write is tried again that loses against others.
const RETRIES: usize = 4;

/// Whether a write changes what the public sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// It does not.
    Private,
    /// It may. Then it makes an edition.
    Public,
}

/// How a write is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// One statement, which keeps everything on the condition that what was read has not changed. Nothing is held
    /// meanwhile. Only for PostgreSQL.
    Statement,
    /// A transaction, which holds what it reads.
    Transaction,
}

/// The error of a use case.
pub trait Failure: From<StoreError> {
    /// Why it lost against another write, if it did: then it is tried again.
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

impl Store {
    /// Runs a use case: `decide` reads through an attempt and answers what is to be written. That is committed, all of
    /// it or nothing. When another write came first, `decide` is run again, in a transaction: it reads what the other
    /// one has written, and what it reads cannot change any more, so that it does not lose again and again.
    ///
    /// # Errors
    /// What `decide` fails with, or the database; then nothing is kept. [`StoreError::Conflict`] when other writes came
    /// first each time.
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
            // It has one writer at a time, and statements cost no way to a server.
            Database::Sqlite => Strategy::Transaction,
            Database::Postgres => Strategy::Statement,
        };
        let mut retries = 0;
        loop {
            let (failed, cause) = match self.attempt(strategy, origin.clone(), kind, &decide).await {
                Attempted::Done(answer) => return Ok(answer),
                Attempted::Again => continue,
                Attempted::OutOfDate(error) => (error, "it was decided on what this node knew".to_owned()),
                Attempted::Failed(error) => match error.conflict().map(str::to_owned) {
                    Some(cause) => (error, cause),
                    None => return Err(error),
                },
            };
            if retries == RETRIES {
                return Err(failed);
            }
            retries += 1;
            log::debug!("a write lost against another one; trying again ({retries}): {cause}");
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
            Ok(Decided(Outcome::Commit(attempt, writes, answer))) => match attempt.keep(writes).await {
                Ok(()) => Attempted::Done(answer),
                Err(error) => Attempted::Failed(error.into()),
            },
            Ok(Decided(Outcome::Nothing(answer))) => Attempted::Done(answer),
            Ok(Decided(Outcome::Again)) => Attempted::Again,
            Err(error) if may_be_out_of_date.load(Ordering::Relaxed) => Attempted::OutOfDate(error),
            Err(error) => Attempted::Failed(error),
        }
    }

    /// Begins a write in several steps, of which later ones read what earlier ones have written. What the public sees
    /// may change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_steps(&self, origin: WriteOrigin) -> Result<Steps, StoreError> {
        let attempt =
            Attempt::begin(self, Strategy::Transaction, origin, WriteKind::Public, Arc::default()).await?;
        Ok(Steps::new(attempt))
    }

    /// Removes idempotency keys that came before an instant, about `most` of them. Answers how many it removed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_idempotency_keys(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let (tx, _) = self.begin_attempt(WriteKind::Private).await?;
        let removed = IdempotencyKeys(&tx).remove_before(before, most).await?;
        tx.commit().await.map_err(|error| error.cause)?;
        Ok(removed)
    }

    /// Notes that an API key was used.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_key_use(&self, id: KeyId, now: Timestamp) -> Result<(), StoreError> {
        let (tx, _) = self.begin_attempt(WriteKind::Private).await?;
        Keys(&tx).used(id, now).await?;
        tx.commit().await.map_err(|error| error.cause)
    }
}

/// What an attempt came to.
enum Attempted<T, E> {
    Done(T),
    /// Something was done first for which nobody had to wait.
    Again,
    /// The decision was to refuse, on what this node only knew.
    OutOfDate(E),
    Failed(E),
}

/// Runs a write in several steps, and again when another write came first.
///
/// # Errors
/// What it fails with; [`StoreError::Conflict`] when other writes came first each time.
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
            Some(cause) if retries < RETRIES => {
                retries += 1;
                log::debug!("a write lost against another one; trying again ({retries}): {cause}");
            }
            _ => return Err(failed),
        }
    }
}

/// Runs something to its end, even when whoever waits for it is gone.
async fn to_its_end(
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
