//! The minimum edition of a request. A client that knows an edition can require at least that one: with the header
//! `Edition-At-Least`, or with the query parameter `edition-at-least`, by which caches distinguish URLs.

use std::borrow::Cow;
use std::str::FromStr;

use app::{App, NotReached};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use domain::{EditionId, EditionMark, EditionNumber};

use crate::graphql::error::{ApiError, ErrorCode};
use crate::rejection::Rejection;
use crate::{AppState, url_query};

/// The name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("edition-at-least");
/// The name of the query parameter.
pub(crate) const PARAMETER: &str = "edition-at-least";

/// Waits until this node knows the edition that the request requires. Fails if that takes too long, or if the edition
/// does not exist.
pub(crate) async fn wait(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<(), Rejection> {
    if !depends_on_edition(uri.path()) {
        return Ok(());
    }
    for text in required(headers, uri) {
        let Ok(edition) = text.parse::<NamedEdition>() else {
            let shown: String = text.chars().take(40).collect();
            return Err(Rejection::bad_request(format!(
                "`{PARAMETER}` is `{shown}`: {}",
                NamedEdition::FORMAT
            )));
        };
        edition.reach(&state.app).await.map_err(not_reached)?;
    }
    Ok(())
}

/// An edition, as a request names it: by its number, or by its number and mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedEdition {
    pub(crate) number: EditionNumber,
    pub(crate) mark: Option<EditionMark>,
}

impl FromStr for NamedEdition {
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

impl NamedEdition {
    /// How an edition is named, for messages.
    pub(crate) const FORMAT: &str = "it must be the number of an edition, or its number and mark, in the format of the \
                                     header `Edition`: `100`, or `100;mark=…`";

    async fn reach(self, app: &App) -> Result<(), NotReached> {
        let Self { number, mark } = self;
        match mark {
            None => app.reach(number).await,
            Some(mark) => app.reach_edition(EditionId { number, mark }).await,
        }
    }
}

/// Whether the answers at a path depend on the edition. Those of health checks, pages and descriptions do not.
fn depends_on_edition(path: &str) -> bool {
    path == "/graphql" || path.starts_with("/v1/")
}

/// Returns the values of the header and the parameter.
fn required(headers: &HeaderMap, uri: &Uri) -> Vec<String> {
    let named =
        headers.get_all(HEADER).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    named.chain(url_query::values(uri, PARAMETER).map(Cow::into_owned)).collect()
}

fn not_reached(error: NotReached) -> Rejection {
    let message = error.to_string();
    match error {
        NotReached::Late { .. } => {
            let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::EditionNotReached);
            Rejection { retry_after: Some(1), ..Rejection::request(status, code, message) }
        }
        NotReached::Unknown { .. } | NotReached::Lost { .. } => {
            Rejection::request(StatusCode::CONFLICT, ErrorCode::EditionUnknown, message)
        }
        NotReached::Store(cause) => ApiError::from(cause).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_required_in_the_format_of_the_edition_header() {
        let mark = EditionMark::new([7; 8]);
        let id = EditionId { number: 100, mark };
        for (text, mark) in [
            ("100".to_owned(), None),
            (id.to_string(), Some(mark)),
            (format!(" 100; mark={mark} "), Some(mark)),
        ] {
            assert_eq!(text.parse(), Ok(NamedEdition { number: 100, mark }), "{text}");
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
            assert_eq!(text.parse::<NamedEdition>(), Err(()), "{text}");
        }
    }
}
