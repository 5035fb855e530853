//! Finds the end of a construct.

/// The maximum length of a tag, in bytes.
pub(crate) const MAX_TAG: usize = 4096;

/// Returns the text before `close`, provided that none of `stops` and no blank line comes first. Each search ends
/// where the next construct opens, so all searches together take linear time.
pub(crate) fn until<'a>(text: &'a str, close: &str, stops: &[&str]) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut blank = false;
    for (at, byte) in bytes.iter().take(MAX_TAG).enumerate() {
        match byte {
            b'\n' if blank => return None,
            b'\n' => blank = true,
            b' ' | b'\t' => {}
            _ => {
                blank = false;
                let rest = &bytes[at..];
                if rest.starts_with(close.as_bytes()) {
                    return Some(&text[..at]);
                }
                if stops.iter().any(|stop| rest.starts_with(stop.as_bytes())) {
                    return None;
                }
            }
        }
    }
    None
}

/// The start of a text, of at most `most` bytes.
pub(crate) fn head(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// Splits the inside of a Liquid tag, without its white-space control, into the name and the rest.
pub(crate) fn tag_name(inside: &str) -> Option<(&str, &str)> {
    let inside = inside.strip_prefix('-').unwrap_or(inside);
    let inside = inside.strip_suffix('-').unwrap_or(inside).trim();
    let length =
        inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(length);
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| (name, rest.trim()))
}

/// Returns the start and the end of the first `{% name %}` in `text`.
pub(crate) fn find_tag(text: &str, name: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{%").map(|at| from + at) {
        let rest = text[at + 2..].trim_start_matches('-').trim_start();
        if let Some(after) = rest.strip_prefix(name) {
            let after = after.trim_start().trim_start_matches('-');
            if let Some(after) = after.strip_prefix("%}") {
                return Some((at, text.len() - after.len()));
            }
        }
        from = at + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_construct_must_end_before_the_next_one() {
        let stops = ["{%", "{{"];
        assert_eq!(until(" a }} b", "}}", &stops), Some(" a "));
        assert_eq!(until(" a\n }} b", "}}", &stops), Some(" a\n "));
        for open in [" a {{ b }}", " a\n\nb }}", " a\n \t\nb }}", " a", ""] {
            assert_eq!(until(open, "}}", &stops), None, "{open:?}");
        }
        assert_eq!(until(&format!("{}}}}}", "x".repeat(MAX_TAG)), "}}", &stops), None);
    }

    #[test]
    fn an_end_tag_is_found_with_any_spacing() {
        assert_eq!(find_tag("a {{{%-endraw -%}b", "endraw"), Some((4, 17)));
        assert_eq!(find_tag("a {% endrawer %}", "endraw"), None);
    }
}
