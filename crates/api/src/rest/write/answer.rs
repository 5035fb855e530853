//! Converts the data of a document that writes to an HTTP response.

use async_graphql::{Response as Executed, ServerError, Value as Const};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::super::problem::Problem;
use super::super::{JSON, run};
use super::{KeyedEndpoint, Success};
use crate::delivery::tell_edition;
use crate::{AppState, fixed};

/// Makes the response for an executed request.
pub(super) fn answer(
    state: &AppState,
    endpoint: &KeyedEndpoint,
    executed: Executed,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let Executed { data, errors, .. } = executed;
    let mut payload = match payload(data) {
        Some(payload) => payload,
        // Nothing was written.
        None => return Err(failure(endpoint, errors)),
    };
    let user_errors = match payload.remove("userErrors") {
        Some(Value::Array(found)) => found.into_iter().map(without_input).collect(),
        _ => Vec::new(),
    };
    if !user_errors.is_empty() {
        return Err(refusal(endpoint, payload, user_errors));
    }
    if endpoint.success == Success::Found && payload.get("article").is_none_or(Value::is_null) {
        return Err(Problem::not_found("there is no article with this id"));
    }
    payload.remove("conflict");
    if !errors.is_empty() {
        payload.insert("notShown".to_owned(), errors.iter().map(not_shown).collect());
    }
    let version = payload.get("article").and_then(|article| article["version"].as_i64());
    let id = payload.get("article").and_then(|article| article["id"].as_str()).map(str::to_owned);
    let mut response = match endpoint.success {
        Success::Deleted => StatusCode::NO_CONTENT.into_response(),
        Success::Found => {
            if version.is_some_and(|version| fixed::has(headers, &tag(version))) {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                body(StatusCode::OK, payload)
            }
        }
        Success::Created => body(StatusCode::CREATED, payload),
        Success::Article => body(StatusCode::OK, payload),
    };
    if let Some(version) = version {
        response.headers_mut().insert(header::ETAG, tag(version));
    }
    if endpoint.success == Success::Created
        && let Some(address) = id.and_then(|id| HeaderValue::try_from(format!("/v1/desk/articles/{id}")).ok())
    {
        response.headers_mut().insert(header::LOCATION, address);
    }
    tell_edition(&mut response, state.app.latest().edition.id());
    Ok(response)
}

/// Returns the payload of a write, or the article that was read.
fn payload(data: Const) -> Option<Map<String, Value>> {
    let Value::Object(mut data) = data.into_json().ok()? else { return None };
    match data.remove("result")? {
        Value::Object(mut result) if result.contains_key("userErrors") => {
            result.retain(|_, value| !value.is_null());
            Some(result)
        }
        // The field `desk` with the article, which may be null.
        Value::Object(result) => Some(result),
        _ => None,
    }
}

/// Returns the problem for a request of which nothing was executed.
fn failure(endpoint: &KeyedEndpoint, errors: Vec<ServerError>) -> Problem {
    match errors.first() {
        Some(error) => run::problem(endpoint.name, &[], error),
        None => run::misshapen(endpoint.name),
    }
}

/// Returns the problem for a refused write.
fn refusal(endpoint: &KeyedEndpoint, mut payload: Map<String, Value>, user_errors: Vec<Value>) -> Problem {
    let first = &user_errors[0];
    let text = |name: &str| first[name].as_str().unwrap_or_default().to_owned();
    let (code, is_of_the_id) = (text("code"), first["path"] == json!(["id"]));
    let status = match code.as_str() {
        "NOT_FOUND" if is_of_the_id => StatusCode::NOT_FOUND,
        "INVALID" if is_of_the_id => StatusCode::BAD_REQUEST,
        "STALE_VERSION" => StatusCode::PRECONDITION_FAILED,
        "INVALID_STATE" => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let detail = text("message").replace("`expectedVersion`", "`If-Match`");
    let mut problem = Problem::new(status, code, detail).with("userErrors", user_errors.into());
    for member in ["issues", "conflict"] {
        if let Some(found) = payload.remove(member) {
            problem = problem.with(member, found);
        }
    }
    let current = payload.get("article").and_then(|article| article["version"].as_i64());
    if endpoint.needs_version
        && status == StatusCode::PRECONDITION_FAILED
        && let Some(current) = current
    {
        problem = problem.with_header(header::ETAG, tag(current));
    }
    problem
}

/// Removes the leading `input` from the path of a user error: over REST, the input is the body.
fn without_input(mut error: Value) -> Value {
    if let Some(path) = error["path"].as_array_mut()
        && path.first().is_some_and(|first| first == "input")
    {
        path.remove(0);
    }
    error
}

/// Describes a field that is null because the caller may not see it.
fn not_shown(error: &ServerError) -> Value {
    let path: Vec<_> =
        error.path.iter().skip(1).map(|part| serde_json::to_value(part).unwrap_or_default()).collect();
    json!({"path": path, "detail": error.message})
}

fn body(status: StatusCode, payload: Map<String, Value>) -> Response {
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))];
    (status, content_type, Value::Object(payload).to_string()).into_response()
}

/// Returns the entity tag of a version.
fn tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}
