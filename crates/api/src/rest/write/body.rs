//! Reads the body of a request that writes: a JSON object.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::super::problem::Problem;
use super::super::request::quote;
use super::KeyedEndpoint;
use crate::rejection::Rejection;

/// The media type of a merge patch (RFC 7396).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// Refuses a body for an endpoint that takes none.
pub(super) fn require_empty(body: &[u8]) -> Result<(), Problem> {
    if body.is_empty() || is_empty_object(body) {
        return Ok(());
    }
    Err(Problem::bad_request(StatusCode::BAD_REQUEST, "this endpoint takes no body: leave it out"))
}

fn is_empty_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok_and(|object| object.is_empty())
}

/// Parses the JSON object in a body.
pub(super) fn object(
    parts: &Parts,
    body: &[u8],
    endpoint: &KeyedEndpoint,
) -> Result<Map<String, Value>, Problem> {
    let is_patch = endpoint.method == Method::PATCH;
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_known = essence.eq_ignore_ascii_case("application/json")
        || (is_patch && essence.eq_ignore_ascii_case(MERGE_PATCH));
    if !is_known {
        let types = if is_patch {
            "`application/merge-patch+json` or `application/json`"
        } else {
            "`application/json`"
        };
        let detail = format!("send the body as {types}, in UTF-8");
        return Err(Problem::bad_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::bad_request(StatusCode::BAD_REQUEST, "the body must be a JSON object")),
        Err(error) => {
            let detail = format!("the body is not JSON: {error}");
            Err(Problem::bad_request(StatusCode::BAD_REQUEST, detail))
        }
    }
}

/// Refuses an object with unknown members.
pub(super) fn members(object: Map<String, Value>, known: &[&str]) -> Result<Map<String, Value>, Problem> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(object),
        Some(name) => {
            let name = quote(name);
            let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
            let detail = match known.as_slice() {
                [] => {
                    format!("the body has no member `{name}`: this endpoint takes no body, so leave it out")
                }
                known => format!("the body has no member `{name}`: it has {}", known.join(", ")),
            };
            Err(Problem::member(name, detail))
        }
    }
}

/// Converts the error about a variable to a problem about the body.
pub(super) fn variable_problem(mut rejection: Rejection) -> Problem {
    for problem in &mut rejection.problems {
        problem.message = name_members(&problem.message);
    }
    rejection.into()
}

fn name_members(message: &str) -> String {
    message
        .replace("the variable `$input.", "`")
        .replace("the variable `$input`", "the body")
        .replace("the variable `$", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_members_of_the_body() {
        let message = name_members("the variable `$input.seo.title` must be a `String`, but is the number 1");
        assert_eq!(message, "`seo.title` must be a `String`, but is the number 1");
        assert_eq!(
            name_members("the variable `$input`: `X` has no field `y`"),
            "the body: `X` has no field `y`"
        );
        assert_eq!(name_members("the variable `$at` is missing"), "`at` is missing");
    }
}
