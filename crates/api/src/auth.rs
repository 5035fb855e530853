//! Who asks: API keys as bearer tokens (RFC 6750).

use app::{App, Caller};
use axum::http::{HeaderMap, HeaderValue, header};

/// Tells a client how to show a key.
pub(crate) const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"greymatters\"");
/// There is no key.
pub(crate) const MISSING: &str =
    "mutations need an API key: send it as `Authorization: Bearer gmk_…`; `greymatters key create` makes one";
/// There is one, but not one of ours.
pub(crate) const REFUSED: &str =
    "the API key is not known: send it as `Authorization: Bearer gmk_…`, or leave the header out to read";

/// What a request says of who sends it.
pub(crate) enum Authentication {
    /// Nothing.
    None,
    /// A key of ours.
    Known(Caller),
    /// Something else.
    Refused,
    /// It cannot be told, for the database does not answer.
    Unavailable,
}

/// Looks at the `Authorization` header.
pub(crate) async fn authenticate(app: &App, headers: &HeaderMap) -> Authentication {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Authentication::None };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()));
    let Some(token) = token else { return Authentication::Refused };
    match app.authenticate(token).await {
        Ok(Some(caller)) => Authentication::Known(caller),
        Ok(None) => Authentication::Refused,
        Err(error) => {
            tracing::error!(%error, "an API key could not be looked up");
            Authentication::Unavailable
        }
    }
}
