//! Executes the stored documents of endpoints that read public content.

use std::sync::Arc;

use async_graphql::{Name, Response, ServerError, Value};
use axum::http::{StatusCode, header};
use domain::EditionId;
use serde_json::Map;

use super::super::problem::Problem;
use super::answer::{Answer, UnexpectedShape};
use super::endpoint::{Endpoint, Parameter};
use crate::AppState;
use crate::delivery::{CacheTagHeaders, RETRY_AFTER};
use crate::graphql::execution::warning;
use crate::graphql::{Document, ErrorCode, PreparedOperation, QueryResult, RequestView, extension};

/// Returns the stored document of an endpoint.
pub(crate) async fn document(
    state: &AppState,
    endpoint: &str,
    text: &'static str,
) -> Result<Arc<Document>, Problem> {
    state.documents.stored(text).await.map_err(|rejection| {
        tracing::error!(endpoint, ?rejection, "the stored document of an endpoint is invalid");
        Problem::server_failed()
    })
}

/// Prepares the document of an endpoint with these variables.
pub(crate) async fn prepare(
    state: &AppState,
    endpoint: &'static Endpoint,
    variables: Map<String, serde_json::Value>,
) -> Result<PreparedOperation, Problem> {
    let document = document(state, endpoint.name, endpoint.document).await?;
    PreparedOperation::new(&state.documents, document, None, variables).map_err(|rejection| {
        tracing::error!(
            endpoint = endpoint.name,
            ?rejection,
            "the parameters of an endpoint do not match its stored document"
        );
        Problem::server_failed()
    })
}

/// Executes the document of an endpoint in the latest edition.
pub(crate) async fn run(
    state: &AppState,
    endpoint: &'static Endpoint,
    prepared: &PreparedOperation,
    slug: Option<&str>,
) -> Result<(Answer, EditionId, CacheTagHeaders), Problem> {
    let QueryResult { response, edition, mentions } = prepared.read(state, false).await;
    Ok((answer(endpoint, response, slug)?, edition, mentions))
}

/// Executes the document of an endpoint as a preview shows the publication.
pub(crate) async fn run_preview(
    state: &AppState,
    endpoint: &'static Endpoint,
    prepared: &PreparedOperation,
    view: &RequestView,
    slug: Option<&str>,
) -> Result<Answer, Problem> {
    answer(endpoint, prepared.read_preview(state, view).await, slug)
}

/// Converts the result of a document to the answer of its endpoint.
fn answer(endpoint: &'static Endpoint, response: Response, slug: Option<&str>) -> Result<Answer, Problem> {
    if let Some(error) = response.errors.first() {
        return Err(problem(endpoint.name, endpoint.parameters, error));
    }
    let warnings = warnings(endpoint.parameters, &response);
    Answer::of(endpoint, response.data, slug, warnings)
        .map_err(|UnexpectedShape| unexpected_shape(endpoint.name))
}

/// Returns the warnings about a request, with the parameter names of the endpoint.
fn warnings(parameters: &[Parameter], response: &Response) -> Vec<Value> {
    let Some(Value::List(warnings)) = response.extensions.get(warning::EXTENSION) else { return Vec::new() };
    let text = |warning: &Value, name: &str| match warning {
        Value::Object(members) => match members.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let converted = warnings.iter().map(|warning| {
        let (argument, message) = (text(warning, "argument"), text(warning, "message"));
        let parameter = named(parameters, &argument).map_or(argument.as_str(), |known| known.name);
        let detail = message.replace(&format!("`{argument}`"), &format!("`{parameter}`"));
        let members =
            [("code", text(warning, "code")), ("parameter", parameter.to_owned()), ("detail", detail)];
        Value::Object(members.into_iter().map(|(name, text)| (Name::new(name), text.into())).collect())
    });
    converted.collect()
}

/// Returns the parameter that sets an argument.
fn named<'a>(parameters: &'a [Parameter], argument: &str) -> Option<&'a Parameter> {
    parameters.iter().find(|known| known.argument == argument)
}

/// Returns the problem for an endpoint whose data does not have the shape that its document requires.
pub(crate) fn unexpected_shape(endpoint: &str) -> Problem {
    tracing::error!(endpoint, "the data does not have the shape that its document requires");
    Problem::server_failed()
}

/// Converts an error of the schema to a problem, with the parameter names of the endpoint.
pub(crate) fn problem(endpoint: &str, parameters: &[Parameter], error: &ServerError) -> Problem {
    let extension = |name: &str| extension(error, name);
    let message = error.message.as_str();
    match extension("code") {
        Some(code) if code == ErrorCode::BadUserInput.as_str() => {
            let argument = extension("argument").unwrap_or_default();
            match named(parameters, argument) {
                Some(parameter) => {
                    let own = message.replace(&format!("`{argument}`"), &format!("`{}`", parameter.name));
                    Problem::parameter(parameter.name, own)
                }
                None => Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput.as_str(), message),
            }
        }
        Some(code) if code == ErrorCode::CostExceeded.as_str() => {
            let extension_json =
                |name| error.extensions.as_ref().and_then(|found| found.get(name)?.clone().into_json().ok());
            Problem::cost_exceeded(message, extension_json("cost"), extension_json("limit"))
        }
        Some(code) if code == ErrorCode::IdempotencyKeyReused.as_str() => {
            let code = ErrorCode::IdempotencyKeyReused.as_str();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
        }
        Some(code) if code == ErrorCode::EditionUnknown.as_str() => {
            Problem::new(StatusCode::CONFLICT, ErrorCode::EditionUnknown.as_str(), message)
        }
        Some(code) if code == ErrorCode::EditionNotReached.as_str() => {
            Problem::temporary(ErrorCode::EditionNotReached, message)
                .with_header(header::RETRY_AFTER, RETRY_AFTER)
        }
        // The failure was logged where it happened.
        Some(code) if code == ErrorCode::Internal.as_str() => Problem::internal(message),
        code => {
            let is_code = |temporary: &ErrorCode| code == Some(temporary.as_str());
            if let Some(code) = ErrorCode::TEMPORARY.into_iter().find(is_code) {
                return Problem::temporary(code, message);
            }
            tracing::error!(endpoint, message, "the stored document of an endpoint could not be executed");
            Problem::server_failed()
        }
    }
}
