//! Splits a file into front matter and body.

use crate::markdown::article::Refusal;

/// The syntax of the front matter. It also determines which template tags the body may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Between `---` lines: Jekyll, Eleventy, Hugo, Astro and others.
    Yaml,
    /// Between `+++` lines: Hugo and Zola.
    Toml,
    /// No front matter.
    Absent,
}

/// The text of a file, split into front matter and body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) syntax: Syntax,
    pub(crate) front_matter: String,
    /// The line number, in the file, of the first line of the front matter.
    pub(crate) front_matter_line: u32,
    pub(crate) body: String,
    /// The line number, in the file, of the first line of the body.
    pub(crate) body_line: u32,
}

/// Splits a file. A byte order mark, CRLF line ends and blank lines before the front matter are allowed.
pub(crate) fn split(bytes: &[u8]) -> Result<Source, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");

    let mut lines = Lines { rest: &text, number: 1 };
    while lines.rest.split('\n').next().is_some_and(|line| line.trim().is_empty()) && !lines.rest.is_empty() {
        lines.next();
    }
    let opening_line = lines.number;
    let (syntax, closing): (_, &[&str]) = match lines.peek() {
        "---" => (Syntax::Yaml, &["---", "..."]),
        "+++" => (Syntax::Toml, &["+++"]),
        other
            if other.starts_with('{') && other[1..].trim_start().starts_with(['"', '}']) || other == "{" =>
        {
            return Err(Refusal::new(
                "JSON front matter is not supported: write it as YAML between `---` lines or TOML between `+++` lines",
            )
            .at(opening_line));
        }
        _ => {
            return Ok(Source {
                syntax: Syntax::Absent,
                front_matter: String::new(),
                front_matter_line: opening_line,
                body: lines.rest.to_owned(),
                body_line: opening_line,
            });
        }
    };
    lines.next();

    let (front_matter_line, block) = (lines.number, lines.rest);
    loop {
        let length = block.len() - lines.rest.len();
        if lines.rest.is_empty() {
            let fence = closing[0];
            return Err(Refusal::new(format!(
                "the front matter that begins here does not end: put a line with only `{fence}` after its last key"
            ))
            .at(opening_line));
        }
        let closes = closing.contains(&lines.peek());
        lines.next();
        if closes {
            return Ok(Source {
                syntax,
                front_matter: block[..length].to_owned(),
                front_matter_line,
                body: lines.rest.to_owned(),
                body_line: lines.number,
            });
        }
    }
}

/// The rest of the text, and the number of its first line.
struct Lines<'a> {
    rest: &'a str,
    number: u32,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> &'a str {
        self.rest.split('\n').next().unwrap_or_default().trim_end()
    }

    fn next(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.number += 1;
    }
}

fn not_utf8(bytes: &[u8], valid_up_to: usize) -> Refusal {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let line = 1 + count_lines(&bytes[..valid_up_to]);
    let what = if utf16 { "the file is UTF-16" } else { "this line holds bytes that are not UTF-8" };
    Refusal::new(format!("{what}: save the file with the encoding UTF-8")).at(line)
}

pub(crate) fn count_lines(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_split_into_front_matter_and_body() {
        let cases: [(&str, Syntax, &str, u32, &str, u32); 7] = [
            ("---\na: 1\n---\nText\n", Syntax::Yaml, "a: 1\n", 2, "Text\n", 4),
            ("\u{feff}---\r\na: 1\r\n--- \r\nText\r\n", Syntax::Yaml, "a: 1\n", 2, "Text\n", 4),
            ("+++\na = 1\n+++\nText", Syntax::Toml, "a = 1\n", 2, "Text", 4),
            ("---\na: 1\n...\nText", Syntax::Yaml, "a: 1\n", 2, "Text", 4),
            ("\n\n---\n---\n\nText\n---\n", Syntax::Yaml, "", 4, "\nText\n---\n", 5),
            ("# Just text\n", Syntax::Absent, "", 1, "# Just text\n", 1),
            ("", Syntax::Absent, "", 1, "", 1),
        ];
        for (text, syntax, front_matter, front_matter_line, body, body_line) in cases {
            let expected = Source {
                syntax,
                front_matter: front_matter.into(),
                front_matter_line,
                body: body.into(),
                body_line,
            };
            assert_eq!(split(text.as_bytes()), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_line() {
        let cases: [(&[u8], u32, &str); 5] = [
            (b"---\ntitle: x\n", 1, "does not end"),
            (b"\n+++\ntitle = 1\n---\n", 2, "`+++`"),
            (b"{\n \"title\": 1}\n", 1, "JSON"),
            (b"---\ntitle: caf\xe9\n---\n", 2, "UTF-8"),
            (b"\xff\xfe-\0-\0", 1, "UTF-16"),
        ];
        for (bytes, line, reason) in cases {
            let refusal = split(bytes).unwrap_err();
            assert_eq!(refusal.line, Some(line), "{refusal}");
            assert!(refusal.reason.contains(reason), "{refusal}");
        }
    }
}
