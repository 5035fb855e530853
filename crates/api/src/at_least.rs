//! Whoever was told of an edition can ask for that one at least: with the header `Edition-At-Least`, or
//! with the parameter `edition-at-least` of the address, which caches on the way tell apart.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use domain::EditionNumber;

use crate::AppState;
use crate::graphql::ErrorCode;
use crate::refusal::refuse;

/// The header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("edition-at-least");
/// The parameter.
pub(crate) const PARAMETER: &str = "edition-at-least";

/// Waits until this node knows the edition that a request wants; answers in its stead when it does not.
pub(crate) async fn wait(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<(), Box<Response>> {
    let mut wanted = None;
    for given in given(headers, uri) {
        let Some(number) = given.parse::<EditionNumber>().ok().filter(|number| *number >= 0) else {
            let shown: String = given.chars().take(40).collect();
            let message = format!(
                "`{PARAMETER}` is `{shown}`: it must be the number of an edition, as answers tell it"
            );
            return Err(Box::new(refuse(
                headers,
                uri,
                StatusCode::BAD_REQUEST,
                ErrorCode::BadRequest,
                message,
            )));
        };
        wanted = wanted.max(Some(number));
    }
    let Some(wanted) = wanted else { return Ok(()) };
    let Err(late) = state.app.reach(wanted).await else { return Ok(()) };
    let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::EditionNotReached);
    let mut response = refuse(headers, uri, status, code, late.to_string());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    Err(Box::new(response))
}

/// What was given, in either way.
fn given(headers: &HeaderMap, uri: &Uri) -> Vec<String> {
    let named = headers.get_all(HEADER).iter().map(|value| value.to_str().unwrap_or_default().to_owned());
    let query = uri.query().filter(|query| query.contains(PARAMETER)).unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == PARAMETER);
    named.chain(pairs.map(|(_, value)| value.into_owned())).collect()
}
