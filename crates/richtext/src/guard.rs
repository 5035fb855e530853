//! Puts a guard character in front of block markers that are nested too deeply, so that the Markdown
//! parser reads them as text. The guard is removed from the parser's output. So a code block stays as
//! written, even if it contains guards.

use crate::limits::CONTAINER_COLUMNS;

/// A Unicode noncharacter: "intended for process-internal uses" (Unicode 16, section 23.7).
pub(crate) const GUARD: char = '\u{fdd0}';

/// Returns the Markdown with guards before the markers beyond [`CONTAINER_COLUMNS`], and without characters
/// that HTML and XML documents must not contain. Those become U+FFFD, like NUL in
/// [CommonMark](https://spec.commonmark.org/0.31.2/#insecure-characters), or a space where they are white
/// space.
pub(crate) fn guarded(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 64);
    for line in markdown.split_inclusive(['\n', '\r']) {
        let deep = first_deep_marker(line);
        let (before, after) = line.split_at(deep.unwrap_or(0));
        push_clean(before, &mut out);
        if deep.is_some() {
            out.push(GUARD);
        }
        push_clean(after, &mut out);
    }
    out
}

/// Whether the character must not occur in a document: a C0 or C1 control character other than tab, line feed and
/// carriage return, or a noncharacter of the basic multilingual plane.
pub(crate) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}')
}

fn push_clean(part: &str, out: &mut String) {
    if part.contains(is_forbidden) {
        out.extend(part.chars().map(|c| match c {
            '\u{b}' | '\u{c}' | '\u{85}' => ' ',
            c if is_forbidden(c) => '\u{fffd}',
            c => c,
        }));
    } else {
        out.push_str(part);
    }
}

/// Returns the byte position of the first container marker at or beyond the limit; `None` when the white space
/// and the markers at the start of the line end before it.
fn first_deep_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let (mut at, mut column) = (0, 0);
    loop {
        match bytes.get(at)? {
            b' ' => (at, column) = (at + 1, column + 1),
            b'\t' => (at, column) = (at + 1, column / 4 * 4 + 4),
            _ => {
                let width = marker_width(&bytes[at..])?;
                if column >= CONTAINER_COLUMNS {
                    return Some(at);
                }
                (at, column) = (at + width, column + width);
            }
        }
    }
}

/// Returns the length, in bytes, of the block quote, list item or footnote definition marker at the start of `rest`.
fn marker_width(rest: &[u8]) -> Option<usize> {
    let blank_at = |at: usize| rest.get(at).is_none_or(|b| b" \t\r\n".contains(b));
    match rest.first()? {
        b'>' => Some(1),
        b'-' | b'+' | b'*' if blank_at(1) => Some(1),
        b'0'..=b'9' => {
            // Nine digits at most: https://spec.commonmark.org/0.31.2/#ordered-list-marker
            let digits = rest.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
            let closed = matches!(rest.get(digits), Some(b'.' | b')'));
            (digits < 10 && closed && blank_at(digits + 1)).then_some(digits + 1)
        }
        b'[' if rest.get(1) == Some(&b'^') => {
            let end = rest.iter().take(1100).position(|b| *b == b']')?;
            (rest.get(end + 1) == Some(&b':')).then_some(end + 2)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_lines_are_untouched() {
        for line in ["", "a", "> - 1. a\n", "    - a\n\n\t- b\r\n", "[^a]: b", "---\n"] {
            assert_eq!(guarded(line), line);
        }
    }

    #[test]
    fn deep_markers_of_every_kind_are_guarded() {
        for marker in ["> ", "- ", "* ", "+ ", "1. ", "2) ", "[^a]: "] {
            let line = format!("{}{marker}a\n", " ".repeat(CONTAINER_COLUMNS));
            let want = format!("{}{GUARD}{marker}a\n", " ".repeat(CONTAINER_COLUMNS));
            assert_eq!(guarded(&line), want);
            assert_eq!(guarded(&line[1..]), line[1..]);
        }
        let quotes = ">".repeat(CONTAINER_COLUMNS + 50);
        assert_eq!(guarded(&quotes).find(GUARD), Some(CONTAINER_COLUMNS));
    }

    #[test]
    fn control_characters_and_guards_in_the_input_are_replaced() {
        assert_eq!(guarded("a\0b\u{fdd0}c\u{1}\td"), "a\u{fffd}b\u{fffd}c\u{fffd}\td");
    }
}
