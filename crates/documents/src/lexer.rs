//! The lexer: splits a document into tokens.

use crate::shown::short;
use crate::{Position, Problem};

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `!`, `$`, `&`, `(`, `)`, `...`, `:`, `=`, `@`, `[`, `]`, `{`, `|` or `}`.
    Punctuator,
    Name,
    Int,
    Float,
    String,
    BlockString,
    /// The end of the document.
    End,
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    /// The source text of the token, including quotes.
    pub(crate) text: &'a str,
    pub(crate) at: Position,
}

impl Token<'_> {
    /// Describes the token for a message.
    pub(crate) fn describe(&self) -> String {
        match self.kind {
            Kind::Punctuator => format!("`{}`", self.text),
            Kind::Name => format!("the name `{}`", short(self.text)),
            Kind::Int | Kind::Float => format!("the number {}", short(self.text)),
            Kind::String | Kind::BlockString => "a string".to_owned(),
            Kind::End => "the end of the document".to_owned(),
        }
    }
}

/// Reads a document token by token.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    /// The position of the next byte to read.
    next: usize,
    line: usize,
    /// The position and the column of the last byte of this line whose column was computed.
    anchor: (usize, usize),
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, next: 0, line: 1, anchor: (0, 1) }
    }

    /// Reads the next token.
    pub(crate) fn token(&mut self) -> Result<Token<'a>, Problem> {
        self.skip_ignored();
        let at = self.position(self.next);
        let start = self.next;
        let rest = &self.text.as_bytes()[start..];
        let kind = match rest {
            [] => Kind::End,
            [b'.', b'.', b'.', ..] => self.ends(start + 3, Kind::Punctuator),
            [
                b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}',
                ..,
            ] => self.ends(start + 1, Kind::Punctuator),
            [byte, ..] if is_name_start(*byte) => {
                let length = rest.iter().take_while(|byte| is_name_continue(**byte)).count();
                self.ends(start + length, Kind::Name)
            }
            [b'-' | b'0'..=b'9', ..] => self.number(start)?,
            [b'"', b'"', b'"', ..] => self.block_string(start, at)?,
            [b'"', ..] => self.string(start)?,
            [b'\'', ..] => {
                return Err(Problem::new(
                    "a string is written in double quotes (`\"`), not in single quotes",
                    [at],
                ));
            }
            _ => return Err(self.unexpected(start)),
        };
        Ok(Token { kind, text: &self.text[start..self.next], at })
    }

    /// Counts the remaining tokens, up to the first error.
    pub(crate) fn count_rest(&mut self) -> u64 {
        let mut count = 0;
        while let Ok(token) = self.token() {
            if token.kind == Kind::End {
                break;
            }
            count += 1;
        }
        count
    }

    fn ends(&mut self, end: usize, kind: Kind) -> Kind {
        self.next = end;
        kind
    }

    /// Skips white space, line ends, commas, comments and byte order marks.
    fn skip_ignored(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            match &bytes[self.next..] {
                [b' ' | b'\t' | b',', ..] => self.next += 1,
                [b'\r', b'\n', ..] => self.end_line(self.next + 2),
                [b'\r' | b'\n', ..] => self.end_line(self.next + 1),
                [b'#', rest @ ..] => {
                    let length = rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
                    self.next += 1 + length;
                }
                [0xef, 0xbb, 0xbf, ..] => self.next += 3,
                _ => return,
            }
        }
    }

    fn end_line(&mut self, next: usize) {
        self.line += 1;
        self.next = next;
        self.anchor = (next, 1);
    }

    /// Returns the position of a byte of the current line. Positions must be requested in ascending order.
    fn position(&mut self, byte: usize) -> Position {
        let (from, column) = self.anchor;
        let between = &self.text[from..byte];
        let length = if between.is_ascii() { between.len() } else { between.encode_utf16().count() };
        self.anchor = (byte, column + length);
        Position { line: self.line, column: column + length }
    }

    fn unexpected(&mut self, byte: usize) -> Problem {
        let at = self.position(byte);
        match self.text[byte..].chars().next() {
            Some('.') => Problem::new("`.` has no meaning here: spread a fragment with `...`", [at]),
            Some(found) if found.is_control() => {
                Problem::new(format!("the character U+{:04X} is not allowed here", u32::from(found)), [at])
            }
            Some(found) => Problem::new(
                format!("the character `{found}` (U+{:04X}) is not allowed here", u32::from(found)),
                [at],
            ),
            None => Problem::new("the document ends too early", [at]),
        }
    }

    fn number(&mut self, start: usize) -> Result<Kind, Problem> {
        let bytes = self.text.as_bytes();
        let digits =
            |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = start + usize::from(bytes[start] == b'-');
        let whole = end;
        end = digits(end);
        if end == whole {
            return Err(self.malformed_number(end, "a digit must follow"));
        }
        if bytes[whole] == b'0' && end > whole + 1 {
            return Err(self.malformed_number(whole + 1, "a number must not begin with 0 unless it is 0"));
        }
        let mut kind = Kind::Int;
        if bytes.get(end) == Some(&b'.') {
            kind = Kind::Float;
            let fraction = end + 1;
            end = digits(fraction);
            if end == fraction {
                return Err(self.malformed_number(end, "a digit must follow"));
            }
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            kind = Kind::Float;
            let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            end = digits(exponent);
            if end == exponent {
                return Err(self.malformed_number(end, "a digit must follow"));
            }
        }
        if bytes.get(end).is_some_and(|byte| *byte == b'.' || is_name_start(*byte)) {
            return Err(self.malformed_number(end, "a space or punctuation must follow a number"));
        }
        Ok(self.ends(end, kind))
    }

    fn malformed_number(&mut self, byte: usize, reason: &str) -> Problem {
        let at = self.position(byte);
        Problem::new(format!("this is not a number: {reason}"), [at])
    }

    fn string(&mut self, start: usize) -> Result<Kind, Problem> {
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => return Ok(self.ends(end + 1, Kind::String)),
                None | Some(b'\n' | b'\r') => {
                    let at = self.position(end);
                    return Err(Problem::new(
                        "a string does not end on its line: end it with `\"`, or use `\"\"\"` for several lines",
                        [at],
                    ));
                }
                Some(b'\\') => match crate::text::escape(&self.text[end..]) {
                    Some((_, length)) => end += length,
                    None => {
                        let at = self.position(end);
                        return Err(Problem::new(
                            "`\\` begins an unknown escape sequence: use \\\" \\\\ \\/ \\b \\f \\n \\r \\t, \
                            \\u with four hexadecimal digits, or \\u{…} with the number of a character",
                            [at],
                        ));
                    }
                },
                Some(_) => end += 1,
            }
        }
    }

    fn block_string(&mut self, start: usize, at: Position) -> Result<Kind, Problem> {
        let bytes = self.text.as_bytes();
        self.next = start + 3;
        loop {
            match &bytes[self.next..] {
                [b'"', b'"', b'"', ..] => return Ok(self.ends(self.next + 3, Kind::BlockString)),
                [b'\\', b'"', b'"', b'"', ..] => self.next += 4,
                [b'\r', b'\n', ..] => self.end_line(self.next + 2),
                [b'\r' | b'\n', ..] => self.end_line(self.next + 1),
                [_, ..] => self.next += 1,
                [] => {
                    let end = self.position(self.next);
                    return Err(Problem::new(
                        format!(
                            "the string that begins on line {} does not end: end it with `\"\"\"`",
                            at.line
                        ),
                        [end],
                    ));
                }
            }
        }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name_continue(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<(Kind, &str, usize, usize)>, Problem> {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        loop {
            let Token { kind, text, at } = lexer.token()?;
            if kind == Kind::End {
                return Ok(found);
            }
            found.push((kind, text, at.line, at.column));
        }
    }

    #[test]
    fn positions_are_lines_and_utf_16_columns() {
        let found = tokens("\u{feff}a,b # é\r\n  \"é😀\" c\r\"\"\"1\n2\"\"\" -0.5e3 ...d").unwrap();
        assert_eq!(
            found,
            [
                (Kind::Name, "a", 1, 2),
                (Kind::Name, "b", 1, 4),
                (Kind::String, "\"é😀\"", 2, 3),
                (Kind::Name, "c", 2, 9),
                (Kind::BlockString, "\"\"\"1\n2\"\"\"", 3, 1),
                (Kind::Float, "-0.5e3", 4, 6),
                (Kind::Punctuator, "...", 4, 13),
                (Kind::Name, "d", 4, 16),
            ]
        );
    }

    #[test]
    fn malformed_tokens_are_refused() {
        for text in [
            "00",
            "01",
            "1.",
            "1.e1",
            "1e",
            "-",
            "1a",
            "1.0a",
            "0x1",
            ".5",
            "..",
            "'a'",
            "\"a",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\u{110000}\"",
            "\"\"\"a",
            "?",
            "é",
            "\u{0}",
            "%",
            "1.2.3",
        ] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }
}
