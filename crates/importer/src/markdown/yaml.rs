//! Parses YAML front matter into a tree with line numbers.
//!
//! The tree is built from the parser's events, so every scalar keeps its source text. Aliases are refused and
//! not expanded, which prevents alias bombs. The parser limits the nesting. Duplicate keys are refused,
//! because different systems read them differently.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::markdown::article::Refusal;
use crate::markdown::value::{Map, Node, Value};

/// The maximum nesting depth: deeper than real front matter, and small enough for the stack.
const NESTING: usize = 24;

/// Parses front matter whose first line is line `first_line` of the file.
pub(crate) fn parse(text: &str, first_line: u32) -> Result<Map, Refusal> {
    let options = granit_parser::options! { flow_nesting_limit: NESTING, block_nesting_limit: NESTING };
    let mut tree = Tree { events: Parser::new_from_str_with_options(text, options), text, first_line };
    while let Some((event, span)) = tree.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) => {}
            Event::StreamEnd | Event::DocumentEnd => break,
            Event::MappingStart(..) => return tree.map(),
            Event::Scalar(text, ScalarStyle::Plain, ..) if is_null(&text) => break,
            _ => {
                let reason = "the front matter is not a list of `key: value` lines";
                return Err(Refusal::new(reason).at(tree.line(span)));
            }
        }
    }
    Ok(Map::default())
}

struct Tree<'a> {
    events: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
    first_line: u32,
}

impl<'a> Tree<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Refusal> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let line = error.marker().line();
                let hint = hint(self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default());
                let refusal = Refusal::new(format!("the front matter is not YAML: {}{hint}", error.info()));
                Err(refusal.at(self.number(line)))
            }
        }
    }

    fn number(&self, line: usize) -> u32 {
        self.first_line.saturating_add(u32::try_from(line.saturating_sub(1)).unwrap_or(0))
    }

    fn line(&self, span: Span) -> u32 {
        self.number(span.start.line())
    }

    fn unexpected_end(&self) -> Refusal {
        Refusal::new("the front matter ends in the middle of a value").at(self.first_line)
    }

    fn map(&mut self) -> Result<Map, Refusal> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut first_lines: HashMap<String, u32> = HashMap::new();
        loop {
            let (event, span) = self.next()?.ok_or_else(|| self.unexpected_end())?;
            let line = self.line(span);
            let key = match event {
                Event::MappingEnd => return Ok(Map::new(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                Event::Alias(_) => return Err(alias(line)),
                _ => return Err(Refusal::new("a key must be plain text").at(line)),
            };
            let (event, span) = self.next()?.ok_or_else(|| self.unexpected_end())?;
            let node = self.node(event, span)?;
            if let Some(first) = first_lines.insert(key.clone(), line) {
                let reason = format!("the key occurs twice, first on line {first}: keep one of the two");
                return Err(Refusal::new(reason).at(line).in_field(key));
            }
            entries.push((key, Node { line, ..node }));
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Refusal> {
        let line = self.line(span);
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if is_null(&text) => Value::Null,
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            Event::MappingStart(..) => Value::Map(self.map()?),
            Event::SequenceStart(..) => Value::List(self.list()?),
            Event::Alias(_) => return Err(alias(line)),
            _ => return Err(self.unexpected_end()),
        };
        Ok(Node { line, value })
    }

    fn list(&mut self) -> Result<Vec<Node>, Refusal> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?.ok_or_else(|| self.unexpected_end())?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(items);
            }
            items.push(self.node(event, span)?);
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn alias(line: u32) -> Refusal {
    Refusal::new("YAML aliases (`*name`) are not supported: write the value out, or put it in quotes")
        .at(line)
}

/// Suggests a fix for a common mistake, guessed from the line.
fn hint(line: &str) -> &'static str {
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim();
    if line.trim_start_matches(' ').starts_with('\t') {
        "; indent with spaces, not with tabs"
    } else if line.contains('\t') {
        "; the line contains a tab: write spaces, or put the value in quotes"
    } else if value.starts_with(['"', '\'']) {
        "; quotes inside a quoted value must be doubled ('') or escaped (\\\")"
    } else if value.contains(": ")
        || value.starts_with(['@', '`', '%', '&', '*', '!', '[', '{', '>', '|', ']', '}'])
    {
        "; put the value in quotes"
    } else {
        "; check this line and the one before it: quotes, colons, indentation"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_source_text_and_line() {
        let map = parse("version: 1.10\nlist:\n- a\n- 'no'\nnested: {x: ~, y: yes}\n", 2).unwrap();
        assert_eq!(map.get("version").unwrap().1.text(), Some("1.10"));
        let Value::List(items) = &map.get("list").unwrap().1.value else { panic!("no list") };
        assert_eq!(items[1], Node { line: 5, value: Value::Scalar { text: "no".into(), plain: false } });
        assert_eq!(map.get("nested.y").unwrap().1.boolean(), Some(true));
        assert!(map.get("nested.x").unwrap().1.is_empty());
        let tabs = parse("a:\n- b\t\t\nc: d\t\n", 2).unwrap();
        assert_eq!(tabs.get("c").unwrap().1.text(), Some("d"));
        assert_eq!(parse("", 2), Ok(Map::default()));
        assert_eq!(parse("# only a comment\n", 2), Ok(Map::default()));
    }

    #[test]
    fn a_refusal_names_the_line_and_suggests_a_fix() {
        let cases = [
            ("a: 1\ntitle: Care: a start\n", 3, "put the value in quotes"),
            ("a: 1\ntitle: \"Care\" first\n", 3, "doubled"),
            ("a: 1\nb:\n\t- x\n", 4, "tabs"),
            ("title: x\ndate: 1\ntitle: y\n", 4, "first on line 2"),
            ("a: &x [1]\nb: *x\n", 3, "aliases"),
            ("- a\n- b\n", 2, "key: value"),
            ("just words\n", 2, "key: value"),
        ];
        for (text, line, reason) in cases {
            let refusal = parse(text, 2).unwrap_err();
            assert_eq!(refusal.line, Some(line), "{text:?}: {refusal}");
            assert!(refusal.reason.contains(reason), "{text:?}: {refusal}");
        }
        let deep = format!("a: {}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(parse(&deep, 1).is_err());
    }
}
