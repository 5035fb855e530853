//! Problem documents (RFC 9457): what is wrong with a request, and how to fix it.

use std::borrow::Cow;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::delivery::NO_STORE;
use crate::graphql::error::{ErrorCode, Retry};
use crate::outcome::Outcome;
use crate::rejection::{LimitReached, Rejection};
use crate::request_id::RequestId;

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

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let Rejection { status, code, problems, limit, retry_after, challenge } = rejection;
        let messages: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
        let retry_after = match (retry_after, Retry::of(code.as_str())) {
            (Some(seconds), _) => Some(HeaderValue::from(seconds)),
            (None, Some(Retry::After(seconds))) => Some(seconds),
            (None, Some(Retry::LookFirst | Retry::Elsewhere) | None) => None,
        };
        let challenge = challenge.map(|challenge| (header::WWW_AUTHENTICATE, *challenge));
        let header = challenge.or(retry_after.map(|seconds| (header::RETRY_AFTER, seconds)));
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        Self {
            header: header.map(Box::new),
            members: limit.map(limit_member).into_iter().collect(),
            ..Self::new(status, code.as_str(), messages.join("; "))
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

    /// The server cannot do this now.
    pub(crate) fn temporary(code: ErrorCode, detail: impl Into<String>) -> Self {
        Rejection::request(StatusCode::SERVICE_UNAVAILABLE, code, detail).into()
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

    /// The server failed. The cause must have been logged.
    pub(crate) fn server_failed() -> Self {
        Self::internal("the server failed: its log has the details under this request id")
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
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
        Outcome::of(&mut response).code = Some(code);
        response
    }
}

/// Converts a limit to a member of the document.
fn limit_member(limit: LimitReached) -> (&'static str, serde_json::Value) {
    let LimitReached { name, value, requested, flag } = limit;
    ("limit", json!({"name": name, "value": value, "requested": requested, "flag": flag}))
}
