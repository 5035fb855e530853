//! How a write can fail.

use domain::UserError;
use editorial::checks::Issue;
use persistence::StoreError;

use crate::Forbidden;

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

/// How often a write is tried that loses against others.
pub(crate) const ATTEMPTS: usize = 4;

/// Runs a write, and again when another transaction got in between. What it was refused for may then
/// be told precisely: a slug that was just taken is found taken. A macro, as the future of an async
/// closure that borrows cannot yet be shown to be `Send`.
macro_rules! retry {
    ($write:block) => {{
        let mut attempt = 1;
        loop {
            let written: $crate::WriteResult<_> = async { $write }.await;
            match written {
                Err($crate::WriteError::Store($crate::StoreError::Conflict(cause)))
                    if attempt < $crate::error::ATTEMPTS =>
                {
                    tracing::debug!(cause, attempt, "a write lost against another one; trying again");
                    attempt += 1;
                }
                done => break done,
            }
        }
    }};
}
pub(crate) use retry;
