//! Makes the HTTP responses of the GraphQL API.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Name, PathSegment, Pos, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use documents::{Position, Problem};

use crate::admission::RateLimited;
use crate::delivery::NO_STORE;
use crate::graphql::error::{ErrorCode, MAX_MESSAGE, Retry, extension, shorten};
use crate::graphql::execution::cost;
use crate::graphql::protocol::media_type::MediaType;
use crate::outcome::Outcome;
use crate::rejection::{LimitReached, Rejection};
use crate::request_id::RequestId;

/// Answers a request that is refused before its document is read.
pub(crate) fn refusal(headers: &HeaderMap, request_id: RequestId, rejection: Rejection) -> Response {
    let media_type = MediaType::negotiate(headers).unwrap_or(MediaType::Json);
    Reply { media_type, request_id, reports_cost: false }.rejection(rejection)
}

/// The form of the answer.
pub(super) struct Reply {
    pub(super) media_type: MediaType,
    pub(super) request_id: RequestId,
    /// Whether the answer reports the cost of the request.
    pub(super) reports_cost: bool,
}

impl Reply {
    pub(super) fn to(request: &Request<Body>) -> Result<Self, Box<Response>> {
        let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
        match MediaType::negotiate(request.headers()) {
            Some(media_type) => {
                Ok(Self { media_type, request_id, reports_cost: cost::is_requested(request.headers()) })
            }
            None => {
                let reply = Self { media_type: MediaType::Json, request_id, reports_cost: false };
                let message = "answers are `application/graphql-response+json` or `application/json`: accept one of \
                               them";
                let rejection =
                    Rejection::request(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadRequest, message);
                Err(Box::new(reply.rejection(rejection)))
            }
        }
    }

    /// Returns an answer of the executor. It has no `data` entry if the document was not executed.
    pub(super) fn executed(&self, mut response: async_graphql::Response) -> Response {
        let executed =
            response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        keep_short(&mut response.errors);
        for error in &mut response.errors {
            let code =
                if error.path.is_empty() { ErrorCode::ValidationFailed } else { ErrorCode::BadUserInput };
            self.complete(error, code);
        }
        if executed || response.errors.is_empty() {
            let code = response.errors.first().and_then(code);
            let retries: Vec<_> = response.errors.iter().filter_map(retry).collect();
            let mut response = self.typed(GraphQLResponse::from(response));
            if let Some(status) = code.as_deref().and_then(status_of_refusal) {
                *response.status_mut() = status;
            }
            if let Some(first) = retries.first() {
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                if let Retry::After(seconds) = first
                    && retries.iter().all(|retry| matches!(retry, Retry::After(_)))
                {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
                }
            }
            Outcome::of(&mut response).code = code;
            return response;
        }
        self.errors(self.document_fault(), &response.errors)
    }

    pub(super) fn rejection(&self, rejection: Rejection) -> Response {
        let Rejection { status, code, problems, limit, retry_after, challenge } = rejection;
        let errors = problems.into_iter().map(|Problem { message, locations }| {
            let mut error = ServerError::new(message, None);
            error.locations =
                locations.into_iter().map(|Position { line, column }| Pos { line, column }).collect();
            if let Some(limit) = limit {
                error.extensions.get_or_insert_default().set("limit", limit_extension(limit));
            }
            self.complete(&mut error, code);
            error
        });
        let errors: Vec<ServerError> = errors.collect();
        let mut response = self.errors(status.unwrap_or_else(|| self.document_fault()), &errors);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        } else if let Some(Retry::After(seconds)) = Retry::of(code.as_str()) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, *challenge);
        }
        response
    }

    /// Answers a caller who sends too many requests.
    pub(super) fn limited(&self, name: Arc<str>, limited: RateLimited) -> Response {
        let mut response = self.rejection(limited.rejection());
        Outcome::of(&mut response).caller = Some(name);
        response
    }

    /// The status for a document that cannot be executed.
    fn document_fault(&self) -> StatusCode {
        match self.media_type {
            MediaType::GraphQlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        }
    }

    /// Adds the code, if there is none, and the request id to an error.
    fn complete(&self, error: &mut ServerError, code: ErrorCode) {
        shorten(&mut error.message);
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code.as_str());
        }
        extensions.set("requestId", self.request_id.to_string());
    }

    fn errors(&self, status: StatusCode, errors: &[ServerError]) -> Response {
        let mut response = self.typed((status, axum::Json(BTreeMap::from([("errors", errors)]))));
        Outcome::of(&mut response).code = errors.first().and_then(code);
        response
    }

    /// Sets the negotiated media type on an answer, and forbids caching it.
    fn typed(&self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
        let media_type = HeaderValue::from_static(self.media_type.as_str());
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

/// Returns what a client should do about a temporary error.
fn retry(error: &ServerError) -> Option<Retry> {
    extension(error, "code").and_then(Retry::of)
}

/// Returns the status of an answer whose first error has this code, if it is not 200.
fn status_of_refusal(code: &str) -> Option<StatusCode> {
    let statuses = [
        (ErrorCode::IdempotencyKeyReused, StatusCode::UNPROCESSABLE_ENTITY),
        (ErrorCode::EditionUnknown, StatusCode::CONFLICT),
        (ErrorCode::EditionNotReached, StatusCode::SERVICE_UNAVAILABLE),
    ];
    statuses.into_iter().find(|(refused, _)| refused.as_str() == code).map(|(_, status)| status)
}

/// Returns the code of an error.
fn code(error: &ServerError) -> Option<Cow<'static, str>> {
    extension(error, "code").map(|code| code.to_owned().into())
}

/// The maximum length of all errors in an answer together, in bytes.
const MAX_ERRORS: usize = 64 << 10;
/// The estimated length of an error without its message, its path and the texts of its extensions, in bytes.
const ERROR_OVERHEAD: usize = 300;

/// Removes the last errors if there are too many.
fn keep_short(errors: &mut Vec<ServerError>) {
    let mut length = 0;
    let fitting = errors.iter().take_while(|error| {
        let names = error.path.iter().map(|part| match part {
            PathSegment::Field(name) => name.len(),
            PathSegment::Index(_) => 20,
        });
        // Escaping may make a message longer, but rarely does.
        length += ERROR_OVERHEAD + error.message.len().min(MAX_MESSAGE) + names.sum::<usize>();
        length <= MAX_ERRORS
    });
    let fitting = fitting.count().max(1);
    errors.truncate(fitting);
}

/// Converts a limit to `extensions.limit`.
fn limit_extension(limit: LimitReached) -> Value {
    let LimitReached { name, value, requested, flag } = limit;
    let requested = requested.map_or(Value::Null, Value::from);
    let entries =
        [("name", name.into()), ("value", value.into()), ("requested", requested), ("flag", flag.into())];
    Value::Object(entries.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
}
