//! Parses TOML front matter into a tree with line numbers.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::markdown::article::Refusal;
use crate::markdown::source::count_lines;
use crate::markdown::value::{Map, Node, Value};

/// Parses front matter whose first line is line `first_line` of the file. The TOML parser refuses duplicate keys,
/// dates that do not exist, and deep nesting.
pub(crate) fn parse(text: &str, first_line: u32) -> Result<Map, Refusal> {
    let lines = LineIndex::new(text, first_line);
    match DeTable::parse(text) {
        Ok(table) => Ok(map(table.into_inner(), &lines)),
        Err(error) => {
            let line = lines.of(error.span().map_or(0, |span| span.start));
            let reason = error.message().replace('\n', ", ");
            Err(Refusal::new(format!("the front matter is not TOML: {reason}")).at(line))
        }
    }
}

fn map(table: DeTable<'_>, lines: &LineIndex) -> Map {
    let mut entries: Vec<(usize, String, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let start = key.span().start;
            let node = Node { line: lines.of(start), ..node(value, lines) };
            (start, key.into_inner().into_owned(), node)
        })
        .collect();
    entries.sort_by_key(|(start, ..)| *start);
    Map::new(entries.into_iter().map(|(_, key, node)| (key, node)).collect())
}

fn node(value: Spanned<DeValue<'_>>, lines: &LineIndex) -> Node {
    let line = lines.of(value.span().start);
    let plain = |text: String| Value::Scalar { text, plain: true };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Scalar { text: text.into_owned(), plain: false },
        DeValue::Integer(number) => plain(number.to_string()),
        DeValue::Float(number) => plain(number.as_str().to_owned()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Datetime(datetime) => plain(datetime.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(table) => Value::Map(map(table, lines)),
    };
    Node { line, value }
}

/// The positions of the line feeds, so that a binary search finds the line of an offset.
struct LineIndex {
    first_line: u32,
    breaks: Vec<usize>,
}

impl LineIndex {
    fn new(text: &str, first_line: u32) -> Self {
        let mut breaks = Vec::with_capacity(count_lines(text.as_bytes()) as usize);
        breaks.extend(text.match_indices('\n').map(|(at, _)| at));
        Self { first_line, breaks }
    }

    fn of(&self, offset: usize) -> u32 {
        let passed = self.breaks.partition_point(|at| *at < offset);
        self.first_line.saturating_add(u32::try_from(passed).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_parsed_with_its_line() {
        let text = "title = 'A'\ndate = 2024-05-01T10:00:00Z\nday = 2024-05-02\ndraft = true\nweight = 3\n\
                    tags = [\n 'x',\n 'y',\n]\n[cover]\nimage = '/a.png'\n[[authors]]\nname = 'N'\n";
        let map = parse(text, 2).unwrap();
        let text_at = |path: &str| map.get(path).and_then(|(_, node)| node.text());
        assert_eq!(text_at("date"), Some("2024-05-01T10:00:00Z"));
        assert_eq!(text_at("day"), Some("2024-05-02"));
        assert_eq!(text_at("weight"), Some("3"));
        assert_eq!(text_at("cover.image"), Some("/a.png"));
        assert_eq!(map.get("draft").unwrap().1.boolean(), Some(true));
        assert_eq!(map.get("cover.image").unwrap().1.line, 12);
        let Value::List(tags) = &map.get("tags").unwrap().1.value else { panic!("no list") };
        assert_eq!(tags[1].line, 9);
    }

    #[test]
    fn a_refusal_names_the_line() {
        let cases = [("a = 1\nb = oops\n", 3), ("a = 1\na = 2\n", 3), ("a = 1\n\ndate = 2023-02-30\n", 4)];
        for (text, line) in cases {
            assert_eq!(parse(text, 2).unwrap_err().line, Some(line), "{text:?}");
        }
        assert!(parse(&format!("a = {}{}", "[".repeat(5_000), "]".repeat(5_000)), 1).is_err());
    }
}
