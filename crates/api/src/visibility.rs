//! The parts of a request that decide which content it may see.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::url_query;

/// The header with a preview token.
const PREVIEW: HeaderName = HeaderName::from_static("x-preview");
/// The query parameter with a preview token.
pub(crate) const PREVIEW_PARAMETER: &str = "preview";

/// Everything in a request that decides who may see what.
///
/// [`Visibility::take`] removes the headers from the request, so no other code can read them and decide
/// differently. Cached answers are reached only through [`Visibility::audience`].
#[derive(Clone)]
pub(crate) struct Visibility {
    credentials: Credentials,
    preview: PreviewClaim,
}

/// The credentials in a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// None.
    None,
    /// A bearer token (RFC 6750): an API key, or a token of an OpenID provider.
    Bearer(String),
    /// An `Authorization` header without a bearer token.
    NoBearer,
    /// More than one `Authorization` header.
    Several,
}

/// The preview that a request asks for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PreviewClaim {
    /// None: the request is for public content.
    None,
    /// The preview with this token, which may be empty or invalid.
    Token(String),
    /// More than one token.
    Several,
}

/// Who may get the answer to a request from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody: the request has no credentials and is for public content.
    Everyone,
    /// Everybody whose credentials are valid: the content is public.
    Authenticated,
    /// Nobody else: the content is not public.
    Nobody,
}

impl Visibility {
    /// The headers that are read here. Shared caches must distinguish answers by them.
    pub(crate) const HEADERS: [HeaderName; 2] = [header::AUTHORIZATION, PREVIEW];

    /// Reads what decides visibility, and removes its headers from the request.
    pub(crate) fn take(headers: &mut HeaderMap, uri: &Uri) -> Self {
        let visibility = Self::of(headers, uri);
        for name in Self::HEADERS {
            headers.remove(name);
        }
        visibility
    }

    fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
        let credentials = match (authorizations.next(), authorizations.next()) {
            (None, _) => Credentials::None,
            (Some(only), None) => Credentials::of(only),
            (Some(_), Some(_)) => Credentials::Several,
        };
        // A header that is not text is an invalid token: the request asks for a preview and is refused.
        let sent = headers.get_all(PREVIEW).iter().map(|value| value.to_str().unwrap_or_default().to_owned());
        let in_address = url_query::values(uri, PREVIEW_PARAMETER).map(std::borrow::Cow::into_owned);
        let mut tokens = sent.chain(in_address);
        let preview = match (tokens.next(), tokens.next()) {
            (None, _) => PreviewClaim::None,
            (Some(only), None) => PreviewClaim::Token(only),
            (Some(_), Some(_)) => PreviewClaim::Several,
        };
        Self { credentials, preview }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn preview(&self) -> &PreviewClaim {
        &self.preview
    }

    /// Returns who may get the answer to this request from a cache.
    pub(crate) fn audience(&self) -> Audience {
        // The pattern has no `..`, so that a new field requires a decision about cached answers.
        let Self { credentials, preview } = self;
        match (preview, credentials) {
            (PreviewClaim::Token(_) | PreviewClaim::Several, _) => Audience::Nobody,
            (PreviewClaim::None, Credentials::None) => Audience::Everyone,
            (PreviewClaim::None, Credentials::Bearer(_) | Credentials::NoBearer | Credentials::Several) => {
                Audience::Authenticated
            }
        }
    }
}

impl Credentials {
    fn of(value: &HeaderValue) -> Self {
        let parts = value.to_str().ok().and_then(|value| value.split_once(' '));
        match parts {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::Bearer(token.trim().to_owned())
            }
            _ => Self::NoBearer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(headers: &[(HeaderName, &'static [u8])], address: &'static str) -> (Visibility, HeaderMap) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let visibility = Visibility::take(&mut map, &Uri::from_static(address));
        (visibility, map)
    }

    #[test]
    fn visibility_is_read_and_its_headers_are_removed() {
        let audience = |headers: &[(HeaderName, &'static [u8])], address| {
            let (visibility, left) = seen(headers, address);
            assert!(left.is_empty(), "{left:?}");
            visibility.audience()
        };
        assert_eq!(audience(&[], "/graphql"), Audience::Everyone);
        assert_eq!(audience(&[], "/graphql?Preview=a&previews=b&x=preview"), Audience::Everyone);
        for value in [&b"Bearer gmk_x"[..], b"", b"Basic eDp5", b"\xff"] {
            assert_eq!(audience(&[(header::AUTHORIZATION, value)], "/graphql"), Audience::Authenticated);
        }
        for address in [
            "/graphql?preview=gmp_x",
            "/graphql?preview",
            "/graphql?preview=",
            "/graphql?a=b&preview=x",
            "/graphql?%70review=x",
            "/graphql?p%72evie%77=x",
            "/graphql?preview=a&preview=a",
        ] {
            assert_eq!(audience(&[], address), Audience::Nobody, "{address}");
        }
        for value in [&b"gmp_x"[..], b"", b"\xff"] {
            assert_eq!(audience(&[(PREVIEW, value)], "/v1/tags"), Audience::Nobody);
            let both = [(PREVIEW, value), (header::AUTHORIZATION, b"Bearer gmk_x")];
            assert_eq!(audience(&both, "/graphql"), Audience::Nobody);
        }
    }

    #[test]
    fn several_headers_are_not_treated_like_the_first_one() {
        let (visibility, _) = seen(&[(PREVIEW, b"a"), (PREVIEW, b"a")], "/graphql");
        assert!(*visibility.preview() == PreviewClaim::Several);
        let (visibility, _) = seen(&[(PREVIEW, b"a")], "/graphql?preview=a");
        assert!(*visibility.preview() == PreviewClaim::Several);
        let bearer = (header::AUTHORIZATION, &b"Bearer gmk_x"[..]);
        let (visibility, _) = seen(&[bearer.clone(), bearer], "/graphql");
        assert!(*visibility.credentials() == Credentials::Several);
    }
}
