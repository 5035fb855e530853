//! Where a construct ends.

/// The longest tag that is taken for one.
const REACH: usize = 4096;

/// The text between the start of `text` and `close`, provided that none of `stops` and no blank line comes
/// before. As each search ends where the next construct opens, all of them together read the text a constant
/// number of times.
pub(crate) fn until<'a>(text: &'a str, close: &str, stops: &[&str]) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut blank = false;
    for (at, byte) in bytes.iter().take(REACH).enumerate() {
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

/// The inside of a Liquid tag without its white-space control, parted into its name and the rest.
pub(crate) fn tag_name(inside: &str) -> Option<(&str, &str)> {
    let inside = inside.strip_prefix('-').unwrap_or(inside);
    let inside = inside.strip_suffix('-').unwrap_or(inside).trim();
    let length =
        inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(length);
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| (name, rest.trim()))
}

/// The first `{% name %}` in `text`: where it starts and where it ends.
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
    fn a_construct_ends_before_the_next() {
        let stops = ["{%", "{{"];
        assert_eq!(until(" a }} b", "}}", &stops), Some(" a "));
        assert_eq!(until(" a\n }} b", "}}", &stops), Some(" a\n "));
        for open in [" a {{ b }}", " a\n\nb }}", " a\n \t\nb }}", " a", ""] {
            assert_eq!(until(open, "}}", &stops), None, "{open:?}");
        }
        assert_eq!(until(&format!("{}}}}}", "x".repeat(REACH)), "}}", &stops), None);
    }

    #[test]
    fn finds_an_end_tag_however_it_is_spaced() {
        assert_eq!(find_tag("a {{{%-endraw -%}b", "endraw"), Some((4, 17)));
        assert_eq!(find_tag("a {% endrawer %}", "endraw"), None);
    }
}
