//! Recognises HTML that the sanitiser would not change. Most articles have only headings, paragraphs, lists,
//! emphasis and links. One scan over the characters can verify that, while the sanitiser, which builds a tree,
//! takes a third of the time of rendering.

use crate::limits::URL_BYTES;

/// Elements that are accepted without attributes.
const ELEMENTS: [&str; 14] =
    ["p", "li", "strong", "em", "h2", "ul", "h3", "ol", "blockquote", "del", "h1", "h4", "h5", "h6"];
/// Like [`ELEMENTS`], but elements without an end tag.
const VOID: [&str; 2] = ["br", "hr"];

/// Returns what the sanitiser would make of balanced HTML; `None` when the HTML has anything that is not known here.
///
/// The result is safe for any input: it has only the elements above, and links whose URLs
/// [`is_common_url`] accepts.
pub(crate) fn verbatim(balanced: &str) -> Option<String> {
    let mut out = String::with_capacity(balanced.len());
    let mut rest = balanced;
    loop {
        let (text, markup) = rest.split_at(rest.find(['<', '&']).unwrap_or(rest.len()));
        if !text.chars().all(is_unchanged) {
            return None;
        }
        out.push_str(text);
        let end = match markup.bytes().next() {
            None => return Some(out),
            Some(b'<') => markup.find('>')?,
            Some(_) => markup.find(';')?,
        };
        let (piece, after) = markup.split_at(end + 1);
        match piece {
            // The sanitiser writes quotation marks in text without a character reference.
            "&quot;" => out.push('"'),
            "&amp;" | "&lt;" | "&gt;" => out.push_str(piece),
            tag if is_plain_tag(tag) => out.push_str(tag),
            _ => return None,
        }
        rest = after;
    }
}

/// Whether the sanitiser and the HTML parser leave the character in text unchanged.
fn is_unchanged(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '>' | '\u{7f}'..='\u{a0}')
}

fn is_plain_tag(tag: &str) -> bool {
    let Some(inside) = tag.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')) else { return false };
    if let Some(name) = inside.strip_prefix('/') {
        return name == "a" || ELEMENTS.contains(&name);
    }
    if let Some(url) = inside.strip_prefix("a href=\"") {
        return url.strip_suffix('"').is_some_and(is_common_url);
    }
    ELEMENTS.contains(&inside) || VOID.contains(&inside)
}

/// Whether the sanitiser would accept the URL and not rewrite it: a path on this site, or an `http(s)` URL
/// whose host is a simple domain name. `url` is the raw value of an attribute.
fn is_common_url(url: &str) -> bool {
    let is_path = |path: &str| {
        let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/?#=&;%+,".contains(&b));
        // The only accepted character reference is the one for an ampersand.
        plain && path.split('&').skip(1).all(|part| part.starts_with("amp;"))
    };
    if url.len() > URL_BYTES {
        return false;
    }
    let Some(address) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return url.starts_with(['/', '#']) && is_path(url);
    };
    let (host, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    let name = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
    // The last label is not a number, as in an IPv4 address. Punycode is not accepted, as it may be invalid.
    let last = host.rsplit('.').next().unwrap_or_default();
    name && last.starts_with(|c: char| c.is_ascii_lowercase()) && !host.contains("xn--") && is_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_simple_html_and_common_urls_skip_the_sanitiser() {
        for url in ["https://a.example/b?c=d&amp;e#f", "http://a.b-c.d9", "/a/b.html", "#a", "//a/b"] {
            assert!(is_common_url(url), "{url}");
        }
        for url in [
            "javascript:a",
            "https://",
            "https://1.2.3.4",
            "https://a.b:1",
            "https://a@b",
            "https://xn--a.b",
            "https://A.b",
            "a",
            "",
            "/a:b",
            "/a b",
            "/ä",
            "/a&b",
            "/a&quot;",
        ] {
            assert!(!is_common_url(url), "{url}");
        }
        for html in ["<p>a</p>\n<h2>\u{e4} &amp; &lt;</h2>", "<ul>\n<li><a href=\"/a\">b</a><br></li>\n</ul>"]
        {
            assert_eq!(verbatim(html).as_deref(), Some(html));
        }
        assert_eq!(verbatim("<p>&quot;</p>").as_deref(), Some("<p>\"</p>"));
        for html in [
            "<p dir=\"ltr\">",
            "<img>",
            "<script>",
            "&nbsp;",
            "\u{a0}",
            "\r",
            "<",
            "&",
            "<a>",
            "<P>",
            "</br>",
        ] {
            assert_eq!(verbatim(html), None, "{html}");
        }
    }
}
