//! Top-level errors: mistakes in the protocol, and failures of the server.

mod code;
mod conversions;

use std::fmt::Display;
use std::time::Duration;

use async_graphql::{Context, Error, ErrorExtensionValues, PathSegment, Pos, Response, ServerError, Value};
use domain::EditionId;
use serde_json::json;

pub(crate) use self::code::{ErrorCode, Retry};
pub(crate) use self::conversions::argument_of_filter;
use crate::rejection::Rejection;

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
pub(super) const DATABASE_AWAY: &str = "the database does not answer: try again in a moment";

/// The message of a read during which somebody has published.
const NEW_EDITION: &str = "there is a newer edition now: try again";

/// Whether an answer contains data of several editions and must be read again in one edition.
pub(crate) fn saw_other_edition(response: &Response) -> bool {
    response.errors.iter().any(|error| error.message == NEW_EDITION)
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

/// Says of failures of the database that they came after a write of the same request.
pub(crate) fn tell_of_write(errors: &mut [ServerError]) {
    let unavailable = ErrorCode::ServiceUnavailable.as_str();
    for error in errors.iter_mut().filter(|error| extension(error, "code") == Some(unavailable)) {
        error.message = format!(
            "the database stopped answering after a write of this request had taken effect, so not all of the answer could be \
             read: {}. Do not repeat the write. `{{ desk {{ audit(where: {{requestId: …}}) {{ nodes {{ action subject }} }} }} }}` \
             with the id of this request lists what took effect",
            error.message
        );
        error.extensions.get_or_insert_default().set("code", ErrorCode::OutcomeUnknown.as_str());
    }
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
    fn to_value(&self) -> Value {
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

    /// This node does not know an edition yet, or the database does not have it any more.
    pub(crate) fn edition_not_reached(argument: &str, wanted: EditionId, known: EditionId) -> Self {
        let message = format!(
            "`{argument}` is edition {wanted}, which is not known here: the latest is {known}; try again in a moment"
        );
        Self { argument: Some(argument.to_owned()), ..Self::new(ErrorCode::EditionNotReached, message) }
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
    pub(crate) fn into_code_and_message(self) -> (ErrorCode, String) {
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
        let message = format!("`{field}` is not shown: {missing}; the write itself is not affected by that");
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
        let (code, message) = error.into_code_and_message();
        Self::request(code.status(), code, message)
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
            extensions.set("limit", limit.to_value());
        }
        Self { message, source: None, extensions: Some(extensions) }
    }
}
