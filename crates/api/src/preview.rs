//! Previews, over GraphQL and over REST.

use app::PreviewError;
use async_graphql::parser::types::OperationType;
use axum::http::StatusCode;

use crate::AppState;
use crate::graphql::{ApiError, ErrorCode, RequestView};
use crate::rejection::Rejection;
use crate::visibility::PreviewClaim;

/// Returns the view of a preview, or `None` if the request is for public content.
pub(crate) async fn view(
    state: &AppState,
    kind: OperationType,
    claim: &PreviewClaim,
) -> Result<Option<RequestView>, Rejection> {
    let token = match claim {
        PreviewClaim::None => return Ok(None),
        PreviewClaim::Several => {
            let message = "the request has several preview tokens: send one, in the header `X-Preview` or in the parameter `preview`";
            return Err(Rejection::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
        }
        PreviewClaim::Token(token) => token,
    };
    if kind == OperationType::Mutation {
        return Err(Rejection::bad_request(
            "previews are only for reading: send mutations without a preview token",
        ));
    }
    match state.app.preview(token).await {
        Ok(preview) => Ok(Some(RequestView::of_preview(preview))),
        Err(PreviewError::Store(error)) => Err(ApiError::from(error).into()),
        Err(refused) => {
            Err(Rejection::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, refused.to_string()))
        }
    }
}
