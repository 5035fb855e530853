//! Problem documents (RFC 9457): what is wrong with a request, and how to fix it.

use std::borrow::Cow;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::admission::{RateLimited, Refused};
use crate::delivery::NOT_KEPT;
use crate::graphql::{ApiError, ErrorCode, LimitReached, Rejection, Retry};
use crate::middleware::RequestId;
use crate::outcome::Outcome;

/// The media type of problem documents.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A problem with a request.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    parameter: Option<String>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    /// Additional members of the document.
    members: Vec<(&'static str, serde_json::Value)>,
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let (code, detail) = error.told();
        if ErrorCode::TEMPORARY.contains(&code) {
            Self::temporary(code, detail)
        } else {
            Self::new(code.status_of_fault(), code.as_str(), detail)
        }
    }
}

/// The codes that only REST has. All others are also codes of GraphQL.
pub(crate) const NOT_FOUND: &str = "NOT_FOUND";
pub(crate) const GONE: &str = "GONE";

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        let code = code.into();
        Self { status, code, detail: detail.into(), parameter: None, header: None, members: Vec::new() }
    }

    /// The request is malformed.
    pub(crate) fn bad_request(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, ErrorCode::BadRequest.as_str(), detail)
    }

    /// The request is refused before anything is executed.
    pub(crate) fn of_rejection(rejection: Rejection) -> Self {
        let Rejection { status, code, problems, limit, retry_after: _ } = rejection;
        let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
        let members = limit.map(limit_member).into_iter().collect();
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        Self { members, ..Self::new(status, code.as_str(), messages.join("; ")) }
    }

    /// A member of the body has an invalid value.
    pub(crate) fn member(name: impl Into<String>, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput.as_str(), detail);
        problem.with("member", name.into().into())
    }

    /// Adds a member to the document.
    pub(crate) fn with(mut self, name: &'static str, value: serde_json::Value) -> Self {
        self.members.push((name, value));
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }

    /// The caller lacks a scope.
    pub(crate) fn forbidden(detail: impl Into<String>, challenge: HeaderValue) -> Self {
        let problem = Self::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden.as_str(), detail);
        problem.with_header(header::WWW_AUTHENTICATE, challenge)
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// A parameter has an invalid value.
    pub(crate) fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput.as_str(), detail);
        Self { parameter: Some(name.into()), ..problem }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, NOT_FOUND, detail)
    }

    pub(crate) fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, GONE, detail)
    }

    pub(crate) fn unauthenticated(detail: impl Into<String>, challenge: HeaderValue) -> Self {
        let problem = Self::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated.as_str(), detail);
        Self { header: Some(Box::new((header::WWW_AUTHENTICATE, challenge))), ..problem }
    }

    /// The database or another service does not answer.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::temporary(ErrorCode::ServiceUnavailable, detail)
    }

    /// The server cannot do this now.
    pub(crate) fn temporary(code: ErrorCode, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code.as_str(), detail);
        let header = match Retry::of(code.as_str()) {
            Some(Retry::After(seconds)) => Some(Box::new((header::RETRY_AFTER, seconds))),
            Some(Retry::LookFirst | Retry::Elsewhere) | None => None,
        };
        Self { header, ..problem }
    }

    /// The request got no place.
    pub(crate) fn refused(refused: Refused) -> Self {
        Self { members: vec![limit_member(refused.limit())], ..Self::unavailable(refused.message()) }
    }

    /// The client sends too many requests.
    pub(crate) fn rate_limited(limited: RateLimited) -> Self {
        let code = ErrorCode::RateLimited.as_str();
        Self {
            members: vec![limit_member(limited.limit())],
            header: Some(Box::new((header::RETRY_AFTER, limited.seconds().into()))),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, limited.message())
        }
    }

    /// The request costs more than allowed. The document has its cost and the limit.
    pub(crate) fn cost_exceeded(
        detail: impl Into<String>,
        cost: Option<serde_json::Value>,
        limit: Option<serde_json::Value>,
    ) -> Self {
        let members = [("cost", cost), ("limit", limit)];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { members, ..Self::new(StatusCode::BAD_REQUEST, ErrorCode::CostExceeded.as_str(), detail) }
    }

    /// The server failed.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal.as_str(), detail)
    }

    /// Makes the response. `type` is the value of RFC 9457 for problems that the status describes. Clients should
    /// distinguish problems by `code`.
    pub(crate) fn response(self, request_id: &RequestId) -> Response {
        let Self { status, code, detail, parameter, header, members } = self;
        let mut body = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": detail,
            "code": code,
            "requestId": request_id.to_string(),
        });
        if let Some(parameter) = parameter {
            body["parameter"] = parameter.into();
        }
        for (name, value) in members {
            body[name] = value;
        }
        let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))];
        let mut response = (status, content_type, body.to_string()).into_response();
        if let Some((name, value)) = header.map(|header| *header) {
            response.headers_mut().insert(name, value);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
        Outcome::of(&mut response).code = Some(code);
        response
    }
}

/// Converts a limit to a member of the document.
fn limit_member(limit: LimitReached) -> (&'static str, serde_json::Value) {
    let LimitReached { name, value, requested, flag } = limit;
    ("limit", json!({"name": name, "value": value, "requested": requested, "flag": flag}))
}
