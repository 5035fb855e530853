//! Converts the errors of other crates to top-level errors.

use app::StoreError;
use domain::{FilterError, IdError, PageError, UserError};

use super::{ApiError, CHEAPER, DATABASE_AWAY, ErrorCode, NEW_EDITION, TimeLimit};

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            cause @ StoreError::Unavailable(_) => {
                tracing::warn!(%cause, "a request could not be answered");
                Self::unavailable(DATABASE_AWAY)
            }
            StoreError::TooSlow(cause) => {
                tracing::warn!(cause, "the database took too long to answer a request");
                Self::unavailable(
                    "the database takes too long to answer: request less at once, or try again in a moment",
                )
            }
            StoreError::OutOfTime { limit, taken } => {
                tracing::warn!(
                    cause = ?taken,
                    ?limit,
                    "a read exceeded its time limit in the database"
                );
                let message = format!(
                    "the database worked on this for longer than {limit:?} (`{}`): {CHEAPER}",
                    TimeLimit::FLAG
                );
                let limit = Some(TimeLimit { limit, taken });
                Self { limit, ..Self::new(ErrorCode::CostExceeded, message) }
            }
            StoreError::Preempted => Self::unavailable(
                "previews give way to editors who publish, and only two are shown at once: try again in a moment",
            ),
            StoreError::StorageFull(cause) => {
                tracing::error!(
                    cause,
                    "the disk of the database is full: writes are refused until there is room"
                );
                let message = "the disk of the database is full, and nothing was written: \
                               try again when the operator of the server has made room"
                    .to_owned();
                Self::new(ErrorCode::StorageFull, message)
            }
            // The cause was logged when it was found.
            StoreError::FileLost { what, .. } => {
                let message = format!(
                    "writes are refused: the file of the database was {what} while the server had it open; the operator of the server must restore the file and restart the server"
                );
                Self::new(ErrorCode::ServiceUnavailable, message)
            }
            // The failure was logged when it happened.
            StoreError::OutcomeUnknown { request_id } => {
                let id = request_id.unwrap_or_default();
                let message = format!(
                    "it is not known whether the write took effect: the connection to the database was lost during the commit. \
                     Ask `{{ desk {{ audit(where: {{requestId: \"{id}\"}}) {{ nodes {{ action subject }} }} }} }}` in a moment: \
                     if there is an entry, the write took effect; if there is none, it did not"
                );
                Self::new(ErrorCode::OutcomeUnknown, message)
            }
            StoreError::Conflict(cause) => {
                tracing::warn!(cause, "a write was repeated because of conflicts, and failed every time");
                Self::unavailable("there are too many writes at once: try again in a moment")
            }
            // The whole request is refused, together with its cost.
            StoreError::OverBudget => {
                let message = "the request costs more than allowed".to_owned();
                Self::new(ErrorCode::CostExceeded, message)
            }
            // The query is read again. If that is not possible, the client may repeat it.
            StoreError::EditionChanged => Self::unavailable(NEW_EDITION),
            StoreError::UpgradeRequired(_) => Self::upgrade_required(),
            other => Self::internal(&other),
        }
    }
}

impl From<app::Forbidden> for ApiError {
    fn from(error: app::Forbidden) -> Self {
        Self::new(ErrorCode::Forbidden, error.to_string())
    }
}

impl From<app::WriteError> for ApiError {
    fn from(error: app::WriteError) -> Self {
        match error {
            app::WriteError::User(errors) | app::WriteError::Checks { errors, .. } => {
                let first = errors.into_iter().next();
                first.map_or_else(|| Self::internal(&"a write was refused without a reason"), Self::from)
            }
            app::WriteError::IdempotencyKeyReused(message) => {
                Self::new(ErrorCode::IdempotencyKeyReused, message)
            }
            app::WriteError::Forbidden(error) => error.into(),
            app::WriteError::Store(error) => error.into(),
        }
    }
}

impl From<app::PreviewError> for ApiError {
    fn from(error: app::PreviewError) -> Self {
        match error {
            app::PreviewError::Store(error) => error.into(),
            other => Self::argument("preview", other),
        }
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self::argument(error.argument(), &error)
    }
}

impl From<IdError> for ApiError {
    fn from(error: IdError) -> Self {
        Self::argument("id", error)
    }
}

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        Self::argument(error.path.join("."), error.message)
    }
}

/// Every filter is an argument named `where`.
impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> Self {
        let FilterError { path, reason } = error;
        let path = argument_of_filter(path);
        let message = format!("`{path}` {reason}");
        Self::argument(path, message)
    }
}

/// Returns the argument, or the path within it, for the path of a field of a filter.
pub(crate) fn argument_of_filter(path: Vec<String>) -> String {
    let path = std::iter::once("where".to_owned()).chain(path).collect::<Vec<_>>().join(".");
    // `TopicFilter` is the one whose fields have other names than those of the domain.
    match path.strip_suffix("topics.any") {
        Some(filter) => format!("{filter}topics.in"),
        None => path,
    }
}
