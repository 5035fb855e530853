//! Preview tokens: as the header `X-Preview`, or as the parameter `preview` of the address.

use app::PreviewError;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderName, Request, StatusCode};
use serde::Deserialize;

use crate::AppState;
use crate::graphql::{ErrorCode, Parsed, Rejection, RequestView};

/// The header that carries a token.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-preview");

#[derive(Deserialize)]
struct Parameter {
    preview: Option<String>,
}

/// The token that a request carries.
pub(crate) fn token(request: &Request<Body>) -> Option<String> {
    if let Some(value) = request.headers().get(HEADER) {
        // One that is no text is no token either, and is refused as such.
        return Some(value.to_str().unwrap_or_default().to_owned());
    }
    match Query::try_from_uri(request.uri()) {
        Ok(Query(Parameter { preview })) => preview,
        // Several are none either: whoever asks for a preview is not shown the public instead.
        Err(_) => Some(String::new()),
    }
}

/// The view that a token shows.
pub(crate) async fn view(state: &AppState, parsed: &Parsed, token: &str) -> Result<RequestView, Rejection> {
    if parsed.kind() == OperationType::Mutation {
        return Err(Rejection::bad_request("a preview is for reading: send mutations without it"));
    }
    match state.app.preview(token).await {
        Ok(preview) => Ok(RequestView::of_preview(preview)),
        Err(PreviewError::Store(error)) => {
            tracing::error!(%error, "a preview could not be looked up");
            let message = "the database does not answer; try again in a moment";
            Err(Rejection::request(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable, message))
        }
        Err(refused) => {
            Err(Rejection::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, refused.to_string()))
        }
    }
}
