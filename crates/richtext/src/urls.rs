//! The URLs that links and images may have.

use std::borrow::Cow;

/// The kind of element that has a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Link,
    Image,
}

const LINK_SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];
const IMAGE_SCHEMES: &[&str] = &["http", "https"];

/// Returns the URL as a browser reads it when its scheme is allowed in that place, or when it is relative.
/// Browsers strip white space and control characters at both ends, and tabs and line breaks anywhere
/// ([URL standard](https://url.spec.whatwg.org/#url-parsing)). `None` when the scheme is not allowed, when
/// other control characters remain, or when the URL is longer than [`crate::limits::URL_BYTES`].
pub(crate) fn allowed(url: &str, place: Place) -> Option<Cow<'_, str>> {
    let url = url.trim_matches(|c: char| c <= ' ');
    let url = if url.contains(['\t', '\n', '\r']) {
        Cow::Owned(url.replace(['\t', '\n', '\r'], ""))
    } else {
        Cow::Borrowed(url)
    };
    if url.contains(char::is_control) || url.len() > crate::limits::URL_BYTES {
        return None;
    }
    let schemes = match place {
        Place::Link => LINK_SCHEMES,
        Place::Image if url.is_empty() => return None,
        Place::Image => IMAGE_SCHEMES,
    };
    let known = |scheme: &str| schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    scheme(&url).is_none_or(known).then_some(url)
}

/// Whether the link leads to another site: `http`, `https`, or `//host`.
pub(crate) fn is_external(url: &str) -> bool {
    match scheme(url) {
        Some(scheme) => ["http", "https"].iter().any(|web| web.eq_ignore_ascii_case(scheme)),
        // Browsers read a backslash as a slash.
        None => url.bytes().take(2).filter(|b| matches!(b, b'/' | b'\\')).count() == 2,
    }
}

/// Returns the text before the first colon, unless a path, query or fragment begins before it. It does not check
/// that the text is a valid scheme: the caller refuses unknown schemes and invalid ones alike.
fn scheme(url: &str) -> Option<&str> {
    let end = url.find([':', '/', '\\', '?', '#'])?;
    url[end..].starts_with(':').then(|| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_images_allow_only_known_schemes() {
        let link = |url| allowed(url, Place::Link);
        for good in
            ["https://a.b", "HTTP://a", "mailto:a@b", "tel:+1", "/a", "a/b:c", "?a:b", "#a:b", "//a", ""]
        {
            assert_eq!(link(good).as_deref(), Some(good));
        }
        for bad in [
            "javascript:a",
            " JavaScript:a",
            "java\nscript:a",
            "\u{1}javascript:a",
            "java\u{1}script:a",
            "data:text/html,a",
            "vbscript:a",
            "file:///a",
            "é:a",
            "\u{feff}javascript:a",
        ] {
            assert_eq!(link(bad), None, "{bad:?}");
        }
        assert_eq!(allowed("mailto:a@b", Place::Image), None);
        assert_eq!(allowed("data:image/png;base64,AA", Place::Image), None);
        assert_eq!(link("https://a\n  .b").as_deref(), Some("https://a  .b"));
    }

    #[test]
    fn links_with_a_host_are_external() {
        for url in ["http://a", "https:a", "//a", "\\\\a", "/\\a"] {
            assert!(is_external(url), "{url}");
        }
        for url in ["/a", "a", "#a", "mailto:a@b", "tel:1", ""] {
            assert!(!is_external(url), "{url}");
        }
    }
}
