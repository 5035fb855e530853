//! Top-level errors: faults of the caller's protocol, or of the server.

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
    /// An argument has a value that cannot be used; `extensions.argument` names it.
    BadUserInput,
    /// The document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// The request is beyond a limit; `extensions.limit` names it.
    LimitExceeded,
    /// The request costs more than it may; `extensions.cost` tells what.
    CostExceeded,
    /// The HTTP request is not one that carries GraphQL.
    BadRequest,
    /// The client asks more often than it may; `extensions.limit` tells how often that is.
    RateLimited,
    /// The request came too slowly.
    RequestTimeout,
    /// The document is named by its SHA-256, and was not sent before: send it along.
    PersistedQueryNotFound,
    /// The `Idempotency-Key` came with another input before, or has made an API key, whose secret is answered once.
    IdempotencyKeyReused,
    /// There is no key, or it is not one of ours.
    Unauthenticated,
    /// The key lacks a scope.
    Forbidden,
    /// The database does not answer.
    ServiceUnavailable,
    /// There is no room left where the database is. Nothing of the write is kept.
    StorageFull,
    /// The database did not say in time whether it has kept a write.
    OutcomeUnknown,
    /// The edition that is wanted at least is not known to this node: try again in a moment.
    EditionNotReached,
    /// The edition that is wanted at least, or that a cursor was answered in, is of another history.
    EditionUnknown,
    /// The database is newer than this program, which does not write to it.
    UpgradeRequired,
    /// A fault of ours.
    Internal,
}

impl ErrorCode {
    /// Those of what the server cannot do now.
    pub(crate) const TEMPORARY: [Self; 4] =
        [Self::ServiceUnavailable, Self::StorageFull, Self::OutcomeUnknown, Self::UpgradeRequired];

    /// The status of an answer to a request that fails as a whole, and not for what it asks.
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

/// What a code that says that the server cannot do it now has the client do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Try again after so many seconds.
    After(HeaderValue),
    /// Look whether it was done before it is tried again.
    LookFirst,
    /// Send it to another node.
    Elsewhere,
}

impl Retry {
    /// Nothing for a code that says something else.
    pub(crate) fn of(code: &str) -> Option<Self> {
        match ErrorCode::TEMPORARY.into_iter().find(|temporary| temporary.as_str() == code)? {
            ErrorCode::OutcomeUnknown => Some(Self::LookFirst),
            ErrorCode::UpgradeRequired => Some(Self::Elsewhere),
            ErrorCode::StorageFull => Some(Self::After(HeaderValue::from_static("30"))),
            _ => Some(Self::After(RETRY_AFTER)),
        }
    }
}

/// How many bytes an error's message has at most.
pub(crate) const MAX_MESSAGE: usize = 4 << 10;

/// Cuts a message that repeats too much of what was sent.
pub(crate) fn shorten(message: &mut String) {
    if message.len() > MAX_MESSAGE {
        let end = message.floor_char_boundary(MAX_MESSAGE - '…'.len_utf8());
        message.truncate(end);
        message.push('…');
    }
}

/// What is said of a write to a database that is newer than this program.
pub(crate) const UPGRADE_REQUIRED: &str = "this node is of an earlier version than its database, and answers reads of \
     what is published and at the desk; send writes and previews to a node of the later version";

/// What whoever asks for too much can do.
pub(super) const CHEAPER: &str = "ask for fewer entries (`first`) or fields at once; in `where`, name fewer terms, or a tag, \
     topic, author or range of dates that fewer articles have; count by one of these, which is known without counting; or \
     order by `PUBLISHED_AT`";

/// What is said while the database does not answer.
pub(super) const AWAY: &str = "the database does not answer; try again in a moment";

/// What is said of a read while which somebody has published.
const MOVED: &str = "there is another edition now; try again";

/// Whether an answer is of several editions, and is to be read again in one.
pub(crate) fn has_moved(response: &Response) -> bool {
    response.errors.iter().any(|error| error.message == MOVED)
}

/// A text that an error has in its extensions.
pub(crate) fn extension<'a>(error: &'a ServerError, name: &str) -> Option<&'a str> {
    match error.extensions.as_ref()?.get(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The error that refuses a request for what it costs, if there is one.
pub(crate) fn cost_refusal(response: &Response) -> Option<&ServerError> {
    with_code(response, ErrorCode::CostExceeded)
}

fn with_code(response: &Response, code: ErrorCode) -> Option<&ServerError> {
    response.errors.iter().find(|error| extension(error, "code") == Some(code.as_str()))
}

/// Whether an answer was not to be had from the database, and may be in a moment.
pub(crate) fn is_unavailable(response: &Response) -> bool {
    with_code(response, ErrorCode::ServiceUnavailable).is_some()
}

/// A top-level error. Deliberately without `Display`: with it, `?` in a resolver would turn it into
/// a plain message and drop its code.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    message: String,
    argument: Option<String>,
    limit: Option<TimeLimit>,
}

/// How long the database may work on a read, and how long it has.
#[derive(Debug)]
struct TimeLimit {
    limit: Duration,
    taken: Duration,
}

impl TimeLimit {
    /// The flag that sets it.
    const FLAG: &str = "--read-timeout";

    /// As `extensions.limit` tells of it, in the unit of the flag.
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

    /// An argument has a value that cannot be used.
    pub(crate) fn argument(argument: impl Into<String>, message: impl Display) -> Self {
        let argument = Some(argument.into());
        Self { argument, ..Self::new(ErrorCode::BadUserInput, message.to_string()) }
    }

    /// A cursor is of another history than the database holds.
    pub(crate) fn edition_unknown(argument: &str, edition: EditionId) -> Self {
        let message = format!(
            "`{argument}` is a cursor of edition {edition}, which there is not here. The database was restored, or \
             failed over to a copy that lagged; drop what you hold, and read the list again from its beginning"
        );
        Self { argument: Some(argument.to_owned()), ..Self::new(ErrorCode::EditionUnknown, message) }
    }

    /// There is no key.
    pub(crate) fn unauthenticated() -> Self {
        let message = "this needs an API key: send it as `Authorization: Bearer gmk_…`".to_owned();
        Self::new(ErrorCode::Unauthenticated, message)
    }

    /// Somebody whom the answer needs does not answer.
    pub(crate) fn unavailable(message: impl Display) -> Self {
        Self::new(ErrorCode::ServiceUnavailable, message.to_string())
    }

    /// The code and the message.
    pub(crate) fn told(self) -> (ErrorCode, String) {
        let Self { code, message, argument: _, limit: _ } = self;
        (code, message)
    }

    /// The database is newer than this program.
    pub(crate) fn upgrade_required() -> Self {
        Self::new(ErrorCode::UpgradeRequired, UPGRADE_REQUIRED.to_owned())
    }

    /// The answer to a whole request that failed with this, at a field if it can be told which. What costs more than it
    /// may is refused as a whole.
    pub(crate) fn answer(self, field: Option<&str>) -> Response {
        let field = field.filter(|_| self.code != ErrorCode::CostExceeded);
        let error = Error::from(self).into_server_error(Pos::default());
        let path = field.map(|field| PathSegment::Field(field.to_owned())).into_iter().collect();
        Response::from_errors(vec![error.with_path(path)])
    }

    /// A field that is not shown to whoever asks; what they have written is written all the same.
    pub(crate) fn not_shown(field: &str, missing: app::Forbidden) -> Self {
        let message = format!(
            "`{field}` is not shown: {missing}; `userErrors` tells whether the write itself was refused"
        );
        Self::new(ErrorCode::Forbidden, message)
    }

    /// A fault of ours: told in full to the log, and not to the outside.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        // Each of them is told, however many there are: the field is not `cause`.
        tracing::error!(error = %cause, "a resolver failed");
        let message =
            "something went wrong on our side; the log tells what, under this request id".to_owned();
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
                tracing::warn!(cause, "the database was given up, as it took too long");
                Self::unavailable(
                    "the database takes too long to answer this: ask for less at once, or try again in a moment",
                )
            }
            StoreError::OutOfTime { limit, taken } => {
                tracing::warn!(
                    cause = ?taken,
                    ?limit,
                    "a read was given up, as the database worked on it for longer than it may"
                );
                let message = format!(
                    "the database worked on this for longer than it may, which is {limit:?} (`{}`): {CHEAPER}",
                    TimeLimit::FLAG
                );
                let limit = Some(TimeLimit { limit, taken });
                Self { limit, ..Self::new(ErrorCode::CostExceeded, message) }
            }
            StoreError::Preempted => Self::unavailable(
                "a preview gives way to editors who publish, and two are shown at once: try again in a moment",
            ),
            StoreError::StorageFull(cause) => {
                tracing::error!(
                    cause,
                    "there is no room left where the database is: writes are refused until there is"
                );
                let message =
                    "there is no room left where the database is, and nothing of this was written; \
                               try again when whoever runs the server has made room"
                        .to_owned();
                Self::new(ErrorCode::StorageFull, message)
            }
            // It was told to the log when it was found.
            StoreError::FileLost { what, .. } => {
                let message = format!(
                    "nothing is written: the file of the database was {what} while the server had it open; whoever runs the server has to put the right file there and start it again"
                );
                Self::new(ErrorCode::ServiceUnavailable, message)
            }
            // It was told to the log when it was given up.
            StoreError::OutcomeUnknown { request_id } => {
                let id = request_id.unwrap_or_default();
                let message = format!(
                    "it is not known whether this was written: the connection to the database broke off while it committed. \
                     Ask `{{ desk {{ audit(where: {{requestId: \"{id}\"}}) {{ nodes {{ action subject }} }} }} }}` in a moment: \
                     if it answers an entry, it was written; if it answers none, it was not"
                );
                Self::new(ErrorCode::OutcomeUnknown, message)
            }
            StoreError::Conflict(cause) => {
                tracing::warn!(cause, "a write lost against others again and again");
                Self::unavailable("too many writes at once; try again in a moment")
            }
            // The whole request is refused, with what it costs.
            StoreError::OverBudget => {
                let message = "the request costs more than it may".to_owned();
                Self::new(ErrorCode::CostExceeded, message)
            }
            // All of it is read again; if not, the client may.
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
                first.map_or_else(|| Self::internal(&"a refusal without a reason"), Self::from)
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

/// The answer of a field that may be null: when it fails, it is null and the error is told, and the
/// fields beside it stay (GraphQL, 6.4.4). Left to itself, the executor would have the failure travel
/// up to the parent.
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
