//! What a preview token shows.

use app::PreviewError;
use async_graphql::parser::types::OperationType;
use axum::http::StatusCode;

use crate::AppState;
use crate::graphql::{ApiError, ErrorCode, Parsed, Rejection, RequestView};
use crate::visibility::PreviewClaim;

/// The view that a request asks for: a preview of its token, or `None` for what is public.
pub(crate) async fn view(
    state: &AppState,
    parsed: &Parsed,
    claim: &PreviewClaim,
) -> Result<Option<RequestView>, Rejection> {
    let token = match claim {
        PreviewClaim::None => return Ok(None),
        PreviewClaim::Several => {
            let message = "the request carries several preview tokens: send one, as the header `X-Preview` or as the parameter `preview`";
            return Err(Rejection::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
        }
        PreviewClaim::Token(token) => token,
    };
    if parsed.kind() == OperationType::Mutation {
        return Err(Rejection::bad_request("a preview is for reading: send mutations without it"));
    }
    match state.app.preview(token).await {
        Ok(preview) => Ok(Some(RequestView::of_preview(preview))),
        Err(PreviewError::Store(error)) => Err(ApiError::from(error).into()),
        Err(refused) => {
            Err(Rejection::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, refused.to_string()))
        }
    }
}
