//! Why a write fails.

use domain::UserError;
use editorial::checks::Issue;
use persistence::{Attempt, Decided, Failure, StoreError, WriteKind, WriteOrigin};

use crate::{App, Forbidden};

/// Why a write failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The input is wrong. The messages say how to correct it.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    User(Vec<UserError>),
    /// The checks before publication found a problem that prevents publication.
    #[error("{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Checks {
        /// The problems that prevent publication.
        errors: Vec<UserError>,
        /// All issues that the checks found.
        issues: Vec<Issue>,
    },
    /// An earlier request had the same idempotency key and another input, or its answer is not repeated. The message
    /// says what to do instead.
    #[error("{0}")]
    IdempotencyKeyReused(String),
    /// The caller lacks a scope.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of a write.
pub type WriteResult<T> = Result<T, WriteError>;

impl From<UserError> for WriteError {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl WriteError {
    /// Returns the errors as a failure, if there are any.
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
