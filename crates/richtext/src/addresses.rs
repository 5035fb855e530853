//! Ends bare addresses where text of an East Asian script begins. The Markdown parser ends them at white space only,
//! and such text follows an address without any: `https://example.org。続き`.

use std::borrow::Cow;

use crate::scripts::ends_address;

/// Marks the end of an address: a space, at which the Markdown parser ends it, and a noncharacter, which does not occur in
/// guarded Markdown. Both are removed from the output, so that code stays as written.
pub(crate) const ADDRESS_END: &str = " \u{fdd1}";

/// Returns the guarded Markdown with marks at the ends of bare addresses. The addresses of links, of images and of HTML
/// attributes get none, because they can contain any script.
pub(crate) fn with_address_ends(guarded: &str) -> Cow<'_, str> {
    if guarded.is_ascii() {
        return Cow::Borrowed(guarded);
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    for start in starts(guarded) {
        if start < at {
            continue;
        }
        let length = guarded[start..].find(|c: char| c.is_whitespace() || ends_address(c) || c == '<');
        let end = length.map_or(guarded.len(), |length| start + length);
        if guarded[end..].starts_with(ends_address) && !is_destination(&guarded[..start]) {
            out.push_str(&guarded[copied..end]);
            out.push_str(ADDRESS_END);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(guarded);
    }
    out.push_str(&guarded[copied..]);
    Cow::Owned(out)
}

/// Returns the positions at which an address can start, in order: `http://`, `https://` and `www.`.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let schemes = text.match_indices("://").filter_map(|(at, _)| {
        let before = &text[..at];
        let scheme = ["https", "http"].iter().find(|scheme| {
            let start = at.checked_sub(scheme.len()).and_then(|start| before.get(start..));
            start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })?;
        Some(at - scheme.len())
    });
    let mut schemes = schemes.peekable();
    let mut hosts = text.match_indices("www.").map(|(at, _)| at).peekable();
    std::iter::from_fn(move || match (schemes.peek(), hosts.peek()) {
        (Some(scheme), Some(host)) if host < scheme => hosts.next(),
        (Some(_), _) => schemes.next(),
        (None, _) => hosts.next(),
    })
}

/// Whether the text before an address shows that the address is the target of a link or the value of an attribute.
fn is_destination(before: &str) -> bool {
    let quoted = before.strip_suffix(['"', '\'']).unwrap_or(before);
    before.ends_with("](")
        || before.ends_with('<')
        || quoted.ends_with('=')
        || before.trim_end_matches(' ').ends_with("]:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_addresses_before_east_asian_text_get_an_end() {
        for (text, marked) in [
            ("https://a.org。続き", "https://a.org|。続き"),
            ("見る→https://a.org/b?c=1を", "見る→https://a.org/b?c=1|を"),
            ("www.a.org、https://b.org 한", "www.a.org|、https://b.org 한"),
            ("**https://a.org**続き", "**https://a.org**|続き"),
            ("(https://a.org)を", "(https://a.org)|を"),
            ("\"https://a.org\"を", "\"https://a.org\"|を"),
            ("https://a.org한국", "https://a.org|한국"),
            ("https://a.org/é ü", "https://a.org/é ü"),
            ("[字](https://a.org/字)", "[字](https://a.org/字)"),
            ("<https://a.org/字>", "<https://a.org/字>"),
            ("<a href=\"https://a.org/字\">", "<a href=\"https://a.org/字\">"),
            ("[字]: https://a.org/字", "[字]: https://a.org/字"),
            ("字://字", "字://字"),
            ("字 :// www.", "字 :// www."),
        ] {
            assert_eq!(with_address_ends(text).replace(ADDRESS_END, "|"), marked);
        }
    }
}
