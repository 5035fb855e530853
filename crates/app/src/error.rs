//! How a write can fail.

use domain::UserError;
use editorial::checks::Issue;
use persistence::{Attempt, Decided, Failure, StoreError, WriteKind, WriteOrigin};

use crate::{App, Forbidden};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What was asked for cannot be done as it stands; says what to mend.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    User(Vec<UserError>),
    /// The checks before publishing found what holds it up.
    #[error("{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Checks {
        /// What holds it up.
        errors: Vec<UserError>,
        /// Everything that was found.
        issues: Vec<Issue>,
    },
    /// The idempotency key of the request came with another input before, or for what is answered only once. Says
    /// what to do instead.
    #[error("{0}")]
    IdempotencyKeyReused(String),
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The answer of a write.
pub type WriteResult<T> = Result<T, WriteError>;

impl From<UserError> for WriteError {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl WriteError {
    /// Fails if there are any.
    pub(crate) fn check(errors: Vec<UserError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::User(errors)) }
    }
}

impl Failure for WriteError {
    fn conflict(&self) -> Option<&str> {
        match self {
            Self::Store(error) => error.conflict(),
            Self::User(_) | Self::Checks { .. } | Self::IdempotencyKeyReused(_) | Self::Forbidden(_) => None,
        }
    }
}

impl App {
    /// Runs a use case, which reads, decides and commits: see [`persistence::Store::commit`].
    pub(crate) async fn commit<T, F>(
        &self,
        origin: WriteOrigin,
        kind: WriteKind,
        decide: impl Fn(Attempt) -> F,
    ) -> WriteResult<T>
    where
        F: Future<Output = WriteResult<Decided<T>>>,
    {
        self.store().commit(origin, kind, decide).await
    }
}
