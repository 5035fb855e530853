//! Which URLs a reader may be sent to.

use std::borrow::Cow;

/// Where a URL stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Link,
    Image,
}

const LINK_SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];
const IMAGE_SCHEMES: &[&str] = &["http", "https"];

/// The URL as a browser reads it (the [URL standard](https://url.spec.whatwg.org/#url-parsing)
/// strips white space and controls at both ends, tabs and line breaks anywhere), if its scheme is
/// allowed there or it is relative. `None` also for one that holds other control characters or is
/// too long.
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
        // Browsers take a backslash for a slash.
        None => url.bytes().take(2).filter(|b| matches!(b, b'/' | b'\\')).count() == 2,
    }
}

/// What is before the first colon, unless a path, query or fragment began before it. Whether those
/// characters can be a scheme is not asked: what looks like an odd one is refused like an odd one.
fn scheme(url: &str) -> Option<&str> {
    let end = url.find([':', '/', '\\', '?', '#'])?;
    url[end..].starts_with(':').then(|| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_for_links_and_images() {
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
    fn external_is_another_site() {
        for url in ["http://a", "https:a", "//a", "\\\\a", "/\\a"] {
            assert!(is_external(url), "{url}");
        }
        for url in ["/a", "a", "#a", "mailto:a@b", "tel:1", ""] {
            assert!(!is_external(url), "{url}");
        }
    }
}
