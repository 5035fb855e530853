//! Decodes the string literals of a document.

use std::borrow::Cow;

/// Decodes the escape sequence at the beginning of a text. Returns the character and the length of the sequence, in
/// bytes. Two escapes that form a surrogate pair count as one.
pub(crate) fn escape(text: &str) -> Option<(char, usize)> {
    let simple = |found| Some((found, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' if text.as_bytes().get(2) == Some(&b'{') => {
            let digits = text[3..].bytes().take_while(u8::is_ascii_hexdigit).count();
            let end = 3 + digits;
            if digits == 0 || text.as_bytes().get(end) != Some(&b'}') {
                return None;
            }
            let digits = text[3..end].trim_start_matches('0');
            let number = if digits.is_empty() { 0 } else { u32::from_str_radix(digits, 16).ok()? };
            Some((char::from_u32(number)?, end + 1))
        }
        b'u' => {
            let first = unit(text)?;
            match char::from_u32(first) {
                Some(found) => Some((found, 6)),
                // A surrogate: the other half of the pair must follow.
                None => {
                    let second = unit(text.get(6..)?)?;
                    let both = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
                    let found = char::decode_utf16(both).next()?.ok()?;
                    Some((found, 12))
                }
            }
        }
        _ => None,
    }
}

/// Returns the number of an escape `\uXXXX`.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Returns the value of a string literal in `"`.
pub(crate) fn of_string(written: &str) -> Cow<'_, str> {
    let inner = &written[1..written.len() - 1];
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        // The lexer has checked the escape.
        let Some((found, length)) = escape(&rest[at..]) else { break };
        value.push(found);
        rest = &rest[at + length..];
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// Returns the value of a block string in `"""`: without the common indentation of its lines, and without
/// blank lines at the start and the end.
pub(crate) fn of_block_string(written: &str) -> String {
    let raw = written[3..written.len() - 3].replace("\\\"\"\"", "\"\"\"");
    let lines: Vec<&str> = lines(&raw);
    let indentation = |line: &str| line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let is_blank = |line: &&str| indentation(line) == line.len();
    let shared = lines.iter().skip(1).filter(|line| !is_blank(line)).map(|line| indentation(line)).min();
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else { return String::new() };
    let last = lines.iter().rposition(|line| !is_blank(line)).unwrap_or(first);
    let mut value = String::with_capacity(raw.len());
    for (number, line) in lines.iter().enumerate().take(last + 1).skip(first) {
        if number > first {
            value.push('\n');
        }
        let cut = if number == 0 { 0 } else { shared.unwrap_or(0).min(line.len()) };
        value.push_str(&line[cut..]);
    }
    value
}

/// Splits a text into lines, which end with a line feed, a carriage return or both.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        lines.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + 1 };
        rest = &rest[end..];
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(of_string(r#""a\"\\\/\b\f\n\r\té\u{1F600}😀""#), "a\"\\/\u{8}\u{c}\n\r\té😀😀");
        assert_eq!(of_string(r#""""#), "");
        assert_eq!(of_string(r#""\u{000000000041}""#), "A");
        for wrong in [
            r"\ud83d",
            r"\ud83d\u0041",
            r"\ude00",
            r"\u{}",
            r"\u{110000}",
            r"\u{d800}",
            r"\uD83",
            r"\é",
            r"\",
        ] {
            assert_eq!(escape(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn block_strings_lose_their_common_indentation() {
        assert_eq!(of_block_string("\"\"\"\n    a\n      b\r\n\n    c\n  \"\"\""), "a\n  b\n\nc");
        assert_eq!(of_block_string("\"\"\"a\n  b\"\"\""), "a\nb");
        assert_eq!(of_block_string("\"\"\" \n\t\n\"\"\""), "");
        assert_eq!(of_block_string("\"\"\"a \\\"\"\" b\"\"\""), "a \"\"\" b");
    }
}
