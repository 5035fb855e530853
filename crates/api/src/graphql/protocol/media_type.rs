//! Negotiates the media type of an answer (GraphQL over HTTP, "Accept").

use axum::http::{HeaderMap, header};

use crate::weighted::weighted;

/// The media types of GraphQL answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/graphql-response+json`: the status says whether the document could be executed.
    GraphQlResponse,
    /// `application/json`: the status says only whether the request was well-formed.
    Json,
}

impl MediaType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// Returns the type that the client prefers, or `None` if it accepts neither. A client without a preference
    /// gets `application/json`, which older clients expect.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(header::ACCEPT) {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for (range, weight) in weighted(headers, &header::ACCEPT) {
            let is = |name: &&str| range.eq_ignore_ascii_case(name);
            let media_type = if is(&"application/graphql-response+json") {
                Self::GraphQlResponse
            } else if ["application/json", "application/*", "*/*"].iter().any(is) {
                Self::Json
            } else {
                continue;
            };
            if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, media_type));
            }
        }
        best.map(|(_, media_type)| media_type)
    }
}

/// Whether the body of a request is JSON in UTF-8.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|parameter| match parameter.strip_prefix("charset=") {
            Some(charset) => charset.trim_matches('"') == "utf-8",
            None => true,
        })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_client_gets_what_it_prefers() {
        let negotiate = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            MediaType::negotiate(&headers)
        };
        assert_eq!(MediaType::negotiate(&HeaderMap::new()), Some(MediaType::Json));
        assert_eq!(negotiate("*/*"), Some(MediaType::Json));
        assert_eq!(negotiate("application/json"), Some(MediaType::Json));
        assert_eq!(
            negotiate("application/graphql-response+json, application/json;q=0.9"),
            Some(MediaType::GraphQlResponse)
        );
        assert_eq!(
            negotiate("application/graphql-response+json; q=0.5, application/json; q=0.9"),
            Some(MediaType::Json)
        );
        assert_eq!(
            negotiate("application/graphql-response+json; charset=utf-8"),
            Some(MediaType::GraphQlResponse)
        );
        assert_eq!(negotiate("text/html"), None);
        assert_eq!(negotiate("application/json;q=0"), None);
    }
}
