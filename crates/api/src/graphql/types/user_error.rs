//! Why a write was refused.

use app::{WriteError, WriteResult};
use async_graphql::{Context, Enum, ID, SimpleObject};
use domain::Scope;

use crate::graphql::error::{ApiError, shorten};
use crate::graphql::execution::context::caller;

/// Why a write was refused. More may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::UserErrorCode")]
pub(crate) enum UserErrorCode {
    /// Something that must be there is missing or blank.
    Required,
    /// A value has the wrong shape.
    Invalid,
    /// A value is longer than is allowed.
    TooLong,
    /// An external reference belongs to another article already.
    Taken,
    /// The slug is in use, or was once, by something else.
    SlugTaken,
    /// What was named does not exist.
    NotFound,
    /// It has been changed since by somebody else; the answer holds it as it is now.
    StaleVersion,
    /// The article is not in a state in which this can be done.
    InvalidState,
    /// An image would be published without alternative text.
    AltTextMissing,
    /// A topic would become its own ancestor.
    TopicCycle,
    /// A redirect would lead back to where it starts.
    RedirectLoop,
    /// The version has to be approved before it is published.
    ApprovalRequired,
    /// Whoever wrote a version may not approve it.
    FourEyes,
    /// An instant has passed that must be still to come.
    InPast,
    /// A link in the text leads to nothing that is public.
    LinkBroken,
    /// There are warnings that were not acknowledged.
    WarningsUnacknowledged,
    /// What was acknowledged is not among the warnings.
    NotApplicable,
}

/// One thing to mend, and where.
#[derive(SimpleObject)]
pub(crate) struct UserError {
    /// The stable code.
    code: UserErrorCode,
    /// The path of the argument or input field, outermost first, for example
    /// `["input", "heroImage", "alt"]`.
    path: Vec<String>,
    /// What is wrong and how to mend it, for people.
    message: String,
}

impl UserError {
    /// The error; with what it tells of drafts when whoever asks may read them.
    fn told(error: domain::UserError, in_full: bool) -> Self {
        let domain::UserError { code, path, message, in_full: full_message } = error;
        let mut message = full_message.filter(|_| in_full).unwrap_or(message);
        shorten(&mut message);
        Self { code: code.into(), path, message }
    }
}

/// What was written, or why it was refused, as the caller may be told. Faults that are not the editor's stay
/// errors.
pub(crate) fn outcome<T>(
    ctx: &Context<'_>,
    written: WriteResult<T>,
) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    told(written, caller(ctx)?.require(Scope::ReadDrafts).is_ok())
}

/// The same, in full or without what it tells of drafts.
pub(crate) fn told<T>(
    written: WriteResult<T>,
    in_full: bool,
) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    match written {
        Ok(written) => Ok((Some(written), Vec::new())),
        Err(WriteError::User(errors) | WriteError::Checks { errors, issues: _ }) => {
            let errors = errors.into_iter().map(|error| UserError::told(error, in_full));
            Ok((None, errors.collect()))
        }
        Err(
            error @ (WriteError::IdempotencyKeyReused(_) | WriteError::Forbidden(_) | WriteError::Store(_)),
        ) => Err(error.into()),
    }
}

/// An id out of an argument.
pub(crate) fn id_argument<T: domain::Id>(id: &ID, argument: &str) -> Result<T, domain::UserError> {
    id.parse().map_err(|error: domain::IdError| {
        domain::UserError::at(argument, domain::UserErrorCode::Invalid, error)
    })
}
