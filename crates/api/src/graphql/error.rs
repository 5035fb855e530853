//! Top-level errors: mistakes in the protocol, and failures of the server.

use std::fmt::Display;
use std::time::Duration;

use app::StoreError;
use async_graphql::{Context, Error, ErrorExtensionValues, PathSegment, Pos, Response, ServerError, Value};
use axum::http::{HeaderValue, StatusCode};
use domain::{EditionId, FilterError, IdError, PageError, UserError};
use serde_json::json;

use crate::delivery::RETRY_AFTER;
use crate::graphql::protocol::rejection::Rejection;

/// The stable `extensions.code` of a top-level error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// An argument has an invalid value; `extensions.argument` names it.
    BadUserInput,
    /// The document has a syntax error.
    ParseFailed,
    /// The document does not match the schema.
    ValidationFailed,
    /// The request exceeds a limit; `extensions.limit` names it.
    LimitExceeded,
    /// The request costs more than allowed; `extensions.cost` has the details.
    CostExceeded,
    /// The HTTP request is malformed.
    BadRequest,
    /// The client sends too many requests; `extensions.limit` says how many are allowed.
    RateLimited,
    /// The body came too slowly.
    RequestTimeout,
    /// The request names a document by its SHA-256 that the server does not know. The client must send the
    /// document.
    PersistedQueryNotFound,
    /// The `Idempotency-Key` was used before with another input, or it has created an API key, whose secret is
    /// shown only once.
    IdempotencyKeyReused,
    /// The API key is missing or invalid.
    Unauthenticated,
    /// The API key lacks a scope.
    Forbidden,
    /// The database does not answer.
    ServiceUnavailable,
    /// The disk of the database is full. Nothing was written.
    StorageFull,
    /// The database did not confirm in time whether a write took effect.
    OutcomeUnknown,
    /// This node does not know the edition yet that the request requires.
    EditionNotReached,
    /// The edition that the request requires, or in which a cursor was returned, belongs to another history.
    EditionUnknown,
    /// The database is newer than this program, which therefore does not write to it.
    UpgradeRequired,
    /// The server failed.
    Internal,
}

impl ErrorCode {
    /// The codes of temporary failures.
    pub(crate) const TEMPORARY: [Self; 4] =
        [Self::ServiceUnavailable, Self::StorageFull, Self::OutcomeUnknown, Self::UpgradeRequired];

    /// Returns the status of the answer when the whole request fails with this code, and not because of its
    /// content.
    pub(crate) fn status_of_fault(self) -> StatusCode {
        if Self::TEMPORARY.contains(&self) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::BadRequest => "BAD_REQUEST",
            Self::RateLimited => "RATE_LIMITED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::StorageFull => "STORAGE_FULL",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::EditionNotReached => "EDITION_NOT_REACHED",
            Self::EditionUnknown => "EDITION_UNKNOWN",
            Self::UpgradeRequired => "UPGRADE_REQUIRED",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// What a client should do about a temporary failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Repeat the request after this number of seconds.
    After(HeaderValue),
    /// Check whether the write took effect before repeating it.
    LookFirst,
    /// Send the request to another node.
    Elsewhere,
}

impl Retry {
    /// Returns `None` for a code that is not temporary.
    pub(crate) fn of(code: &str) -> Option<Self> {
        match ErrorCode::TEMPORARY.into_iter().find(|temporary| temporary.as_str() == code)? {
            ErrorCode::OutcomeUnknown => Some(Self::LookFirst),
            ErrorCode::UpgradeRequired => Some(Self::Elsewhere),
            ErrorCode::StorageFull => Some(Self::After(HeaderValue::from_static("30"))),
            _ => Some(Self::After(RETRY_AFTER)),
        }
    }
}

/// The maximum length of an error message, in bytes.
pub(crate) const MAX_MESSAGE: usize = 4 << 10;

/// Shortens a message that quotes too much of the request.
pub(crate) fn shorten(message: &mut String) {
    if message.len() > MAX_MESSAGE {
        let end = message.floor_char_boundary(MAX_MESSAGE - '…'.len_utf8());
        message.truncate(end);
        message.push('…');
    }
}

/// The message for a write to a database that is newer than this program.
pub(crate) const UPGRADE_REQUIRED: &str = "this node has an older version than its database and answers only reads of \
     published articles and of the desk: send writes and previews to a node with the newer version";

/// How a client can make a request cheaper.
pub(super) const CHEAPER: &str = "request fewer entries (`first`) or fields at once; in `where`, use fewer conditions, or a tag, \
     topic, author or range of dates with fewer articles; count by a single tag, topic or author, whose count is stored; or \
     order by `PUBLISHED_AT`";

/// The message while the database does not answer.
pub(super) const AWAY: &str = "the database does not answer: try again in a moment";

/// The message of a read during which somebody has published.
const MOVED: &str = "there is a newer edition now: try again";

/// Whether an answer contains data of several editions and must be read again in one edition.
pub(crate) fn has_moved(response: &Response) -> bool {
    response.errors.iter().any(|error| error.message == MOVED)
}

/// Returns a text in the extensions of an error.
pub(crate) fn extension<'a>(error: &'a ServerError, name: &str) -> Option<&'a str> {
    match error.extensions.as_ref()?.get(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Returns the error that refuses a request for its cost, if there is one.
pub(crate) fn cost_refusal(response: &Response) -> Option<&ServerError> {
    with_code(response, ErrorCode::CostExceeded)
}

fn with_code(response: &Response, code: ErrorCode) -> Option<&ServerError> {
    response.errors.iter().find(|error| extension(error, "code") == Some(code.as_str()))
}

/// Whether the request failed because the database did not answer, so that it may succeed in a moment.
pub(crate) fn is_unavailable(response: &Response) -> bool {
    with_code(response, ErrorCode::ServiceUnavailable).is_some()
}

/// A top-level error. It deliberately does not implement `Display`: otherwise `?` in a resolver would convert it
/// to a plain message and lose its code.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    message: String,
    argument: Option<String>,
    limit: Option<TimeLimit>,
}

/// The time limit of a read, and the time that the read took.
#[derive(Debug)]
struct TimeLimit {
    limit: Duration,
    taken: Duration,
}

impl TimeLimit {
    /// The flag that sets it.
    const FLAG: &str = "--read-timeout";

    /// Converts the limit to `extensions.limit`, in the unit of the flag.
    fn told(&self) -> Value {
        let limit = json!({
            "name": "time",
            "value": self.limit.as_secs(),
            "requested": self.taken.as_secs() + 1,
            "flag": Self::FLAG,
        });
        Value::from_json(limit).unwrap_or_default()
    }
}

impl ApiError {
    fn new(code: ErrorCode, message: String) -> Self {
        Self { code, message, argument: None, limit: None }
    }

    /// An argument has an invalid value.
    pub(crate) fn argument(argument: impl Into<String>, message: impl Display) -> Self {
        let argument = Some(argument.into());
        Self { argument, ..Self::new(ErrorCode::BadUserInput, message.to_string()) }
    }

    /// A cursor belongs to another history than the one in the database.
    pub(crate) fn edition_unknown(argument: &str, edition: EditionId) -> Self {
        let message = format!(
            "`{argument}` is a cursor of edition {edition}, which this database does not have. The database was restored, or \
             failed over to a replica that lagged: discard your data, and read the list again from its beginning"
        );
        Self { argument: Some(argument.to_owned()), ..Self::new(ErrorCode::EditionUnknown, message) }
    }

    /// The API key is missing.
    pub(crate) fn unauthenticated() -> Self {
        let message = "this needs an API key: send it as `Authorization: Bearer gmk_…`".to_owned();
        Self::new(ErrorCode::Unauthenticated, message)
    }

    /// The database or another service does not answer.
    pub(crate) fn unavailable(message: impl Display) -> Self {
        Self::new(ErrorCode::ServiceUnavailable, message.to_string())
    }

    /// Returns the code and the message.
    pub(crate) fn told(self) -> (ErrorCode, String) {
        let Self { code, message, argument: _, limit: _ } = self;
        (code, message)
    }

    /// The database is newer than this program.
    pub(crate) fn upgrade_required() -> Self {
        Self::new(ErrorCode::UpgradeRequired, UPGRADE_REQUIRED.to_owned())
    }

    /// Returns the answer to a request that failed as a whole, with the path of a field if one is responsible. If
    /// the cost is too high, no field is.
    pub(crate) fn answer(self, field: Option<&str>) -> Response {
        let field = field.filter(|_| self.code != ErrorCode::CostExceeded);
        let error = Error::from(self).into_server_error(Pos::default());
        let path = field.map(|field| PathSegment::Field(field.to_owned())).into_iter().collect();
        Response::from_errors(vec![error.with_path(path)])
    }

    /// The caller may not see this field. The write itself is not affected.
    pub(crate) fn not_shown(field: &str, missing: app::Forbidden) -> Self {
        let message = format!(
            "`{field}` is not shown: {missing}; `userErrors` says whether the write itself was refused"
        );
        Self::new(ErrorCode::Forbidden, message)
    }

    /// The server failed. The cause is logged, and the client does not see it.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        // The field is not named `cause`, because the log merges lines that differ only in that field.
        tracing::error!(error = %cause, "a resolver failed");
        let message = "the server failed: its log has the details under this request id".to_owned();
        Self::new(ErrorCode::Internal, message)
    }
}

/// The answer to a request that fails as a whole.
impl From<ApiError> for Rejection {
    fn from(error: ApiError) -> Self {
        let (code, message) = error.told();
        Self::request(code.status_of_fault(), code, message)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            cause @ StoreError::Unavailable(_) => {
                tracing::warn!(%cause, "a request could not be answered");
                Self::unavailable(AWAY)
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
            StoreError::EditionChanged => Self::unavailable(MOVED),
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
        let path = std::iter::once("where".to_owned()).chain(path).collect::<Vec<_>>().join(".");
        // `TopicFilter` is the one whose fields have other names than those of the domain.
        let path = match path.strip_suffix("topics.any") {
            Some(filter) => format!("{filter}topics.in"),
            None => path,
        };
        let message = format!("`{path}` {reason}");
        Self::argument(path, message)
    }
}

/// Returns the value of a nullable field. If it failed, the field is null and the answer contains the error, but
/// the neighbouring fields remain (GraphQL, 6.4.4). The executor alone would make the parent null.
pub(crate) fn or_null<T>(ctx: &Context<'_>, found: Result<Option<T>, ApiError>) -> Option<T> {
    found.unwrap_or_else(|error| {
        let error = Error::from(error).into_server_error(ctx.item.pos);
        ctx.add_error(ctx.set_error_path(error));
        None
    })
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let ApiError { code, message, argument, limit } = error;
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.as_str());
        if let Some(argument) = argument {
            extensions.set("argument", argument);
        }
        if let Some(limit) = limit {
            extensions.set("limit", limit.told());
        }
        Self { message, source: None, extensions: Some(extensions) }
    }
}
