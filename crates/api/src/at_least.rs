//! The minimum edition of a request. A client that knows an edition can require at least that one: with the header
//! `Edition-At-Least`, or with the query parameter `edition-at-least`, by which caches distinguish URLs.

use std::borrow::Cow;
use std::str::FromStr;

use app::{App, NotReached};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::Response;
use domain::{EditionId, EditionMark, EditionNumber};

use crate::delivery::RETRY_AFTER;
use crate::exchange::Exchange;
use crate::graphql::{ApiError, ErrorCode, Retry};
use crate::refusal::refuse;
use crate::{AppState, address};

/// The name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("edition-at-least");
/// The name of the query parameter.
pub(crate) const PARAMETER: &str = "edition-at-least";

/// Waits until this node knows the edition that the request requires. Returns an answer if it does not come.
pub(crate) async fn wait(
    state: &AppState,
    exchange: &Exchange,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<(), Box<Response>> {
    if !is_of_an_edition(uri.path()) {
        return Ok(());
    }
    for given in given(headers, uri) {
        let Ok(wanted) = given.parse::<Wanted>() else {
            let shown: String = given.chars().take(40).collect();
            let message = format!(
                "`{PARAMETER}` is `{shown}`: it must be the number of an edition, or its number and mark, in the format \
                 of the header `Edition`: `100`, or `100;mark=…`"
            );
            let (status, code) = (StatusCode::BAD_REQUEST, ErrorCode::BadRequest);
            return Err(Box::new(refuse(exchange, headers, uri, status, code, message)));
        };
        wanted
            .reach(&state.app)
            .await
            .map_err(|error| Box::new(not_reached(exchange, headers, uri, error)))?;
    }
    Ok(())
}

/// The edition that a request requires at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    number: EditionNumber,
    mark: Option<EditionMark>,
}

impl FromStr for Wanted {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, mark) = match text.trim_matches(' ').split_once(';') {
            None => (text.trim_matches(' '), None),
            Some((number, parameter)) => {
                let mark = parameter.trim_start_matches(' ').strip_prefix("mark=").ok_or(())?;
                (number, Some(mark.parse().map_err(|_| ())?))
            }
        };
        if !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(());
        }
        Ok(Self { number: number.parse().map_err(|_| ())?, mark })
    }
}

impl Wanted {
    async fn reach(self, app: &App) -> Result<(), NotReached> {
        let Self { number, mark } = self;
        match mark {
            None => app.reach(number).await,
            Some(mark) => app.reach_edition(EditionId { number, mark }).await,
        }
    }
}

/// Whether the answers at a path depend on the edition. Those of health checks, pages and descriptions do not.
fn is_of_an_edition(path: &str) -> bool {
    path == "/graphql" || path.starts_with("/v1/")
}

/// Returns the values of the header and the parameter.
fn given(headers: &HeaderMap, uri: &Uri) -> Vec<String> {
    let named =
        headers.get_all(HEADER).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    named.chain(address::values(uri, PARAMETER).map(Cow::into_owned)).collect()
}

fn not_reached(exchange: &Exchange, headers: &HeaderMap, uri: &Uri, error: NotReached) -> Response {
    let (status, code, message, retry) = match error {
        NotReached::Late { .. } => {
            let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::EditionNotReached);
            (status, code, error.to_string(), Some(Retry::After(RETRY_AFTER)))
        }
        NotReached::Unknown { .. } | NotReached::Lost { .. } => {
            (StatusCode::CONFLICT, ErrorCode::EditionUnknown, error.to_string(), None)
        }
        NotReached::Store(cause) => {
            let (code, message) = ApiError::from(cause).told();
            (code.status_of_fault(), code, message, Retry::of(code.as_str()))
        }
    };
    let mut response = refuse(exchange, headers, uri, status, code, message);
    if let Some(Retry::After(seconds)) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_asked_for_as_answers_tell_it() {
        let mark = EditionMark::new([7; 8]);
        let id = EditionId { number: 100, mark };
        for (text, mark) in [
            ("100".to_owned(), None),
            (id.to_string(), Some(mark)),
            (format!(" 100; mark={mark} "), Some(mark)),
        ] {
            assert_eq!(text.parse(), Ok(Wanted { number: 100, mark }), "{text}");
        }
        for text in [
            "",
            ";",
            "+1",
            "-1",
            "1;",
            "1;mark=",
            "1;mark=a",
            "1;other=aaaaaaaaaaaaa",
            "1.0",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<Wanted>(), Err(()), "{text}");
        }
    }
}
