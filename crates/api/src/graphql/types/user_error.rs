//! The reasons for which writes are refused.

use app::{WriteError, WriteResult};
use async_graphql::{Context, Enum, ID, SimpleObject};
use domain::{Remedy, Scope};

use crate::graphql::error::{ApiError, shorten};
use crate::graphql::execution::context::caller;

macro_rules! declare {
    ($($(#[$doc:meta])* $code:ident,)*) => {
        /// The reason for which a write was refused. New values may be added.
        #[derive(Enum, Copy, Clone, PartialEq, Eq)]
        #[graphql(remote = "domain::UserErrorCode")]
        pub(crate) enum UserErrorCode {
            $($(#[$doc])* $code,)*
        }
    };
}

domain::user_error_codes!(declare);

/// A mistake in the input, and where it is.
#[derive(SimpleObject)]
pub(crate) struct UserError {
    /// The code of the mistake, for programs. Codes do not change.
    code: UserErrorCode,
    /// The path of the argument or input field, outermost first, for example `["input", "heroImage", "alt"]`.
    path: Vec<String>,
    /// The mistake and how to fix it, for people.
    message: String,
}

impl UserError {
    /// Converts an error whose path is that of an argument or input field already. With `in_full`, its message may
    /// quote drafts.
    fn new(error: domain::UserError, in_full: bool) -> Self {
        let domain::UserError { code, path, message, in_full: full_message, remedy } = error;
        let mut message = full_message.filter(|_| in_full).unwrap_or(message);
        shorten(&mut message);
        if let Some(remedy) = remedy {
            message = format!("{message}: {}", remedy_text(remedy));
        }
        Self { code: code.into(), path, message }
    }
}

/// Returns what was written or why it was refused, as far as the caller may know. Failures that the editor
/// did not cause remain errors.
pub(crate) fn written_or_errors<T>(
    ctx: &Context<'_>,
    written: WriteResult<T>,
) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    written_or_errors_for(ctx, written, caller(ctx)?.require(Scope::ReadDrafts).is_ok())
}

/// Does the same, with full messages or with messages that reveal nothing about drafts.
pub(crate) fn written_or_errors_for<T>(
    ctx: &Context<'_>,
    written: WriteResult<T>,
    in_full: bool,
) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    match written {
        Ok(written) => Ok((Some(written), Vec::new())),
        Err(WriteError::User(errors)) => {
            let errors = errors.into_iter().map(|error| UserError::new(at_argument(ctx, error), in_full));
            Ok((None, errors.collect()))
        }
        // Like issues, these name the fields of the article, which is not an input of the mutation.
        Err(WriteError::Checks { errors, issues: _ }) => {
            Ok((None, errors.into_iter().map(|error| UserError::new(error, in_full)).collect()))
        }
        Err(
            error @ (WriteError::IdempotencyKeyReused(_) | WriteError::Forbidden(_) | WriteError::Store(_)),
        ) => Err(error.into()),
    }
}

/// Gives an error the path of the argument or input field that carries its field in this mutation.
fn at_argument(ctx: &Context<'_>, error: domain::UserError) -> domain::UserError {
    use domain::UserErrorCode::{SlugTaken, StaleVersion};
    if error.code == StaleVersion {
        return domain::UserError { path: vec!["expectedVersion".to_owned()], ..error };
    }
    let mutation = &ctx.item.node;
    let is_argument = error.path.first().is_some_and(|field| mutation.get_argument(field).is_some());
    // Publishing and restoring report a slug that was taken at the input field of an update, which can change it.
    let is_changed_by_update = error.code == SlugTaken && mutation.name.node.starts_with("article");
    if is_argument || (mutation.get_argument("input").is_none() && !is_changed_by_update) {
        return error;
    }
    let path = std::iter::once("input".to_owned()).chain(error.path).collect();
    domain::UserError { path, ..error }
}

/// Returns what to do, with the names of queries and mutations.
fn remedy_text(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::CreateAuthor => "create it first with `authorCreate`, or correct the slug",
        Remedy::CreateTag => "create it first with `tagCreate`, or correct the slug",
        Remedy::CreateTopic => "create it first with `topicCreate`, or correct the slug",
        Remedy::ListAuthors => "`authors` lists them, `authorCreate` makes one",
        Remedy::ListKeys => "`keys` lists them",
        Remedy::ListPreviews => "`desk.previews` lists those that work",
        Remedy::ListTags => "`tags` lists them",
        Remedy::ListTopics => "`topics` lists them",
        Remedy::Unarchive => "take it out of the archive first (`articleUnarchive`)",
    }
}

/// Parses an id in an argument.
pub(crate) fn id_argument<T: domain::Id>(id: &ID, argument: &str) -> Result<T, domain::UserError> {
    id.parse().map_err(|error: domain::IdError| {
        domain::UserError::at(argument, domain::UserErrorCode::Invalid, error)
    })
}
