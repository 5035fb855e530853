//! The reasons for which a request is refused before it is executed, the same for both APIs.

use axum::http::{HeaderValue, StatusCode};
use documents::{Exceeded, Problem};

use crate::graphql::error::ErrorCode;

/// Why a request cannot be executed.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// The status of the answer. `None` for errors in the document, whose status depends on the media type.
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: ErrorCode,
    /// The problems. There is at least one.
    pub(crate) problems: Vec<Problem>,
    /// The limit that the request exceeds.
    pub(crate) limit: Option<LimitReached>,
    /// The number of seconds to wait before the next attempt, if the code does not imply it.
    pub(crate) retry_after: Option<u64>,
    /// The value of `WWW-Authenticate`, if other credentials are needed.
    pub(crate) challenge: Option<Box<HeaderValue>>,
}

/// A limit that a request exceeds, for `extensions.limit`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitReached {
    pub(crate) name: &'static str,
    pub(crate) value: u64,
    /// The requested amount, if it is known.
    pub(crate) requested: Option<u64>,
    /// The flag of the program that sets the limit.
    pub(crate) flag: &'static str,
}

impl Rejection {
    /// The request is wrong, whatever its document.
    pub(crate) fn request(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status: Some(status), ..Self::document(code, vec![problem(message)]) }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::request(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    }

    /// The credentials are missing or invalid.
    pub(crate) fn unauthenticated(message: impl Into<String>, challenge: HeaderValue) -> Self {
        let rejection = Self::request(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, message);
        Self { challenge: Some(Box::new(challenge)), ..rejection }
    }

    /// The caller lacks a scope.
    pub(crate) fn forbidden(message: impl Into<String>, challenge: HeaderValue) -> Self {
        let rejection = Self::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message);
        Self { challenge: Some(Box::new(challenge)), ..rejection }
    }

    /// The document has a syntax error.
    pub(crate) fn syntax(problem: Problem) -> Self {
        Self::document(ErrorCode::ParseFailed, vec![problem])
    }

    /// The document does not match the schema.
    pub(crate) fn invalid(problems: Vec<Problem>) -> Self {
        Self::document(ErrorCode::ValidationFailed, problems)
    }

    /// The variables do not match the operation.
    pub(crate) fn variables(problems: Vec<Problem>) -> Self {
        Self::document(ErrorCode::BadUserInput, problems)
    }

    /// The document exceeds a limit.
    pub(crate) fn limit(exceeded: Exceeded) -> Self {
        let Exceeded { limit, value, requested, at } = exceeded;
        let reached =
            LimitReached { name: limit.name(), value, requested: Some(requested), flag: limit.flag() };
        let problem = Problem { message: exceeded.to_string(), locations: vec![at] };
        Self { limit: Some(reached), ..Self::document(ErrorCode::LimitExceeded, vec![problem]) }
    }

    /// The body is longer than this many bytes.
    pub(crate) fn too_long(value: usize, requested: Option<u64>, flag: &'static str) -> Self {
        let message = format!("the request is longer than {value} bytes (`{flag}`): send less at once");
        let reached = LimitReached { name: "bytes", value: value as u64, requested, flag };
        Self {
            limit: Some(reached),
            ..Self::request(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::LimitExceeded, message)
        }
    }

    fn document(code: ErrorCode, problems: Vec<Problem>) -> Self {
        Self { status: None, code, problems, limit: None, retry_after: None, challenge: None }
    }
}

fn problem(message: impl Into<String>) -> Problem {
    Problem { message: message.into(), locations: Vec::new() }
}
