//! Converts the data of a document that writes to an HTTP response.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, Response as Executed, ServerError, Value};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::super::JSON;
use super::super::problem::Problem;
use super::super::read::run;
use super::merge::{self, Kept};
use super::{KeyedEndpoint, Success};
use crate::AppState;
use crate::delivery::write_edition;
use crate::graphql::execution::json;

/// The fields of an answer, in the order of the document.
type Payload = IndexMap<Name, Value>;

/// Makes the response for an executed request. `kept` is what the caller has not sent and may not see.
pub(super) fn answer(
    state: &AppState,
    endpoint: &KeyedEndpoint,
    executed: Executed,
    kept: &[Kept],
) -> Result<Response, Problem> {
    let Executed { data, errors, .. } = executed;
    let mut payload = match payload(data) {
        Some(payload) => payload,
        // Nothing was written, or the result could not be read.
        None => return Err(failure(endpoint, errors)),
    };
    let user_errors: Vec<_> = match payload.shift_remove("userErrors") {
        Some(Value::List(found)) => found.into_iter().map(to_json).map(without_input).collect(),
        _ => Vec::new(),
    };
    if !user_errors.is_empty() {
        return Err(refusal(endpoint, payload, user_errors, &errors));
    }
    if endpoint.success == Success::Found && !matches!(payload.get("article"), Some(Value::Object(_))) {
        return Err(Problem::not_found("there is no article with this id"));
    }
    payload.shift_remove("conflict");
    let mut not_shown: Vec<_> = errors.iter().map(not_shown).collect();
    if let Some(article) = payload.get_mut("article") {
        not_shown.extend(merge::hide(article, kept));
    }
    if !not_shown.is_empty() {
        payload.insert(Name::new("notShown"), Value::List(not_shown));
    }
    let version = version(&payload);
    let id = match article_field(&payload, "id") {
        Some(Value::String(id)) => Some(id.clone()),
        _ => None,
    };
    let mut response = match endpoint.success {
        Success::Deleted => StatusCode::NO_CONTENT.into_response(),
        Success::Created => body(StatusCode::CREATED, payload),
        // Never 304: the version does not change when the state does.
        Success::Found | Success::Article => body(StatusCode::OK, payload),
    };
    if let Some(version) = version {
        response.headers_mut().insert(header::ETAG, tag(version));
    }
    if endpoint.success == Success::Created
        && let Some(path) = id.map(|id| format!("/v1/desk/articles/{id}"))
        && let Ok(address) = HeaderValue::try_from(state.public_url.address(&path))
    {
        response.headers_mut().insert(header::LOCATION, address);
    }
    write_edition(&mut response, state.app.latest().edition.id());
    Ok(response)
}

/// Returns the payload of a write, or the article that was read.
fn payload(data: Value) -> Option<Payload> {
    let Value::Object(mut data) = data else { return None };
    match data.shift_remove("result")? {
        Value::Object(mut result) if result.contains_key("userErrors") => {
            result.retain(|_, value| *value != Value::Null);
            Some(result)
        }
        // The field `desk` with the article, which may be null.
        Value::Object(result) => Some(result),
        _ => None,
    }
}

fn article_field<'a>(payload: &'a Payload, name: &str) -> Option<&'a Value> {
    match payload.get("article") {
        Some(Value::Object(article)) => article.get(name),
        _ => None,
    }
}

fn version(payload: &Payload) -> Option<i64> {
    match article_field(payload, "version") {
        Some(Value::Number(version)) => version.as_i64(),
        _ => None,
    }
}

/// Returns the version that a conflict names as the current one.
fn current_version(payload: &Payload) -> Option<i64> {
    match payload.get("conflict") {
        Some(Value::Object(conflict)) => match conflict.get("currentVersion") {
            Some(Value::Number(version)) => version.as_i64(),
            _ => None,
        },
        _ => None,
    }
}

fn to_json(value: Value) -> Json {
    value.into_json().unwrap_or_default()
}

/// Returns the problem for a request of which nothing was executed.
fn failure(endpoint: &KeyedEndpoint, errors: Vec<ServerError>) -> Problem {
    match errors.first() {
        Some(error) => run::problem(endpoint.name, &[], error),
        None => run::unexpected_shape(endpoint.name),
    }
}

/// Returns the problem for a refused write.
fn refusal(
    endpoint: &KeyedEndpoint,
    mut payload: Payload,
    user_errors: Vec<Json>,
    errors: &[ServerError],
) -> Problem {
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
    let current = current_version(&payload);
    let mut problem = Problem::new(status, code, detail).with("userErrors", user_errors.into());
    for member in ["issues", "conflict"] {
        if let Some(found) = payload.shift_remove(member) {
            problem = problem.with(member, to_json(found));
        }
    }
    // The other fields are not in the problem document.
    let of_conflict = |error: &&ServerError| matches!(error.path.get(1), Some(PathSegment::Field(member)) if member == "conflict");
    let not_shown: Vec<_> = errors.iter().filter(of_conflict).map(not_shown).map(to_json).collect();
    if !not_shown.is_empty() {
        problem = problem.with("notShown", not_shown.into());
    }
    if endpoint.needs_version
        && status == StatusCode::PRECONDITION_FAILED
        && let Some(current) = current
    {
        problem = problem.with_header(header::ETAG, tag(current));
    }
    problem
}

/// Removes the leading `input` from the path and from the message of a user error: over REST, the input is the body.
fn without_input(mut error: Json) -> Json {
    if let Some(message) = error["message"].as_str() {
        error["message"] = message.replace("`input.", "`").into();
    }
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
    Value::from_json(json!({"path": path, "detail": error.message})).unwrap_or_default()
}

fn body(status: StatusCode, payload: Payload) -> Response {
    let mut bytes = Vec::new();
    json::write(&Value::Object(payload), &mut bytes);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))];
    (status, content_type, bytes).into_response()
}

/// Returns the entity tag of a version.
fn tag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}
