//! The one place where an endpoint's document is executed.

use async_graphql::ServerError;
use axum::http::StatusCode;
use domain::EditionId;
use serde_json::Map;

use super::answer::{Answer, Misshapen};
use super::endpoint::Endpoint;
use super::problem::Problem;
use crate::AppState;
use crate::delivery::Labels;
use crate::graphql::{Asked, ErrorCode, Read, extension};

/// What is asked of an endpoint with these variables.
pub(crate) async fn asked(
    state: &AppState,
    endpoint: &'static Endpoint,
    variables: Map<String, serde_json::Value>,
) -> Result<Asked, Problem> {
    let document = state.documents.stored(endpoint.document).await.map_err(|rejection| {
        tracing::error!(endpoint = endpoint.name, ?rejection, "a document of ours is none");
        Problem::internal(OUR_FAULT)
    })?;
    Asked::new(&state.documents, document, None, variables).map_err(|rejection| {
        tracing::error!(endpoint = endpoint.name, ?rejection, "parameters do not fit a document of ours");
        Problem::internal(OUR_FAULT)
    })
}

/// What an endpoint answers to what is asked, in the latest edition.
pub(crate) async fn run(
    state: &AppState,
    endpoint: &'static Endpoint,
    asked: &Asked,
    slug: Option<&str>,
) -> Result<(Answer, EditionId, Labels), Problem> {
    let Read { response, edition, mentions } = asked.read(state).await;
    if let Some(error) = response.errors.first() {
        return Err(problem(endpoint, error));
    }
    match Answer::of(endpoint, response.data, slug) {
        Ok(answer) => Ok((answer, edition, mentions)),
        Err(Misshapen) => {
            tracing::error!(endpoint = endpoint.name, "the data does not have the shape of its document");
            Err(Problem::internal(OUR_FAULT))
        }
    }
}

const OUR_FAULT: &str = "something went wrong on our side; the log tells what, under this request id";

/// An error of the graph, told in the words of the endpoint.
fn problem(endpoint: &Endpoint, error: &ServerError) -> Problem {
    let extension = |name: &str| extension(error, name);
    let message = error.message.as_str();
    match extension("code") {
        Some(code) if code == ErrorCode::BadUserInput.as_str() => {
            let argument = extension("argument").unwrap_or_default();
            let named = |argument: &str| endpoint.parameters.iter().find(|known| known.argument == argument);
            match named(argument) {
                Some(parameter) => {
                    let own = message.replace(&format!("`{argument}`"), &format!("`{}`", parameter.name));
                    Problem::parameter(parameter.name, own)
                }
                None => Problem::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput.as_str(), message),
            }
        }
        Some(code) if code == ErrorCode::CostExceeded.as_str() => {
            let told =
                |name| error.extensions.as_ref().and_then(|found| found.get(name)?.clone().into_json().ok());
            Problem::cost_exceeded(message, told("cost"), told("limit"))
        }
        // It was told to the log where it happened.
        Some(code) if code == ErrorCode::Internal.as_str() => Problem::internal(message),
        code => {
            let is_code = |temporary: &ErrorCode| code == Some(temporary.as_str());
            if let Some(code) = ErrorCode::TEMPORARY.into_iter().find(is_code) {
                return Problem::temporary(code, message);
            }
            tracing::error!(endpoint = endpoint.name, message, "a document of ours cannot be executed");
            Problem::internal(OUR_FAULT)
        }
    }
}
