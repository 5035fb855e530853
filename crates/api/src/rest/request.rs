//! What endpoints read from a request.

use axum::RequestPartsExt;
use axum::extract::Path;
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode};

use super::problem::Problem;
use crate::request_id::RequestId;

/// How much of a request a message may quote, in characters.
const MAX_QUOTE: usize = 60;

/// Returns the id of the request.
pub(super) fn request_id(extensions: &Extensions) -> RequestId {
    extensions.get().cloned().unwrap_or_default()
}

/// Returns something that the front stores in every request.
pub(super) fn from_front<T: Send + Sync + 'static>(extensions: &Extensions) -> Result<&T, Problem> {
    extensions.get().ok_or_else(|| {
        tracing::error!("a request reached the REST API without passing the front");
        Problem::server_failed()
    })
}

/// Returns the slug or id in the path.
pub(super) async fn name_in_path(request: &mut Parts) -> Result<String, Problem> {
    let Path(name) = request.extract::<Path<String>>().await.map_err(|_| {
        let detail = "the URL is not percent-encoded UTF-8";
        Problem::bad_request(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(name)
}

/// Returns a text of the request, shortened for a message.
pub(super) fn quote(text: &str) -> String {
    let mut quote: String = text.chars().take(MAX_QUOTE).collect();
    if quote.len() < text.len() {
        quote.push('…');
    }
    quote
}
