//! A guard character in front of block markers that lie too deep, so that the Markdown parser
//! takes them for text. It is taken out again from the parser's answer, so even a code block that
//! was guarded by mistake reads as it was written.

use crate::limits::CONTAINER_COLUMNS;

/// A Unicode noncharacter: "intended for process-internal uses" (Unicode 16, section 23.7).
pub(crate) const GUARD: char = '\u{fdd0}';

/// The Markdown without characters that no HTML or XML document may hold (they become U+FFFD,
/// as [CommonMark](https://spec.commonmark.org/0.31.2/#insecure-characters) does with NUL, or a
/// space where they meant one), and with guards where [`CONTAINER_COLUMNS`] asks for one.
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

/// Characters that must not reach a document: C0 and C1 controls (but tab, line feed and carriage
/// return), and noncharacters of the basic plane.
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

/// Where the first container marker at or beyond the limit starts, in bytes, if the line's leading
/// run of white space and markers reaches that far.
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

/// Bytes of the block quote, list item or footnote definition marker that `rest` starts with.
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
    fn deep_markers_are_guarded_whatever_they_are() {
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
    fn controls_and_guards_of_the_author_are_replaced() {
        assert_eq!(guarded("a\0b\u{fdd0}c\u{1}\td"), "a\u{fffd}b\u{fffd}c\u{fffd}\td");
    }
}
