//! Parses attribute lists of other dialects: `.lead #hours title="a b"`. Only their ids count.

use crate::ids::is_author_id;

/// What counts of an attribute list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) id: Option<String>,
    /// Whether it asks for a table of contents.
    pub(crate) is_toc: bool,
}

/// Where an attribute list is. It decides what a list must look like, so that prose in braces stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListPlace {
    /// Behind a heading.
    Heading,
    /// On lines of its own.
    Line,
    /// Directly behind a link, an image, emphasis or code.
    Span,
}

/// Parses what is between the braces of an attribute list; `None` when it is none.
pub(crate) fn list(inside: &str, place: ListPlace) -> Option<List> {
    match inside.strip_prefix(':') {
        Some(inside) if place == ListPlace::Line => list_after_colon(inside),
        Some(inside) => entries(inside, false),
        None => entries(inside, false).filter(|list| !list.is_toc),
    }
}

/// Parses a list of kramdown alone on its lines, which can also name other lists: `{:wide}`, `{:wide: .big}`.
pub(crate) fn list_after_colon(inside: &str) -> Option<List> {
    entries(inside, true)
}

fn entries(inside: &str, with_names: bool) -> Option<List> {
    let mut list = List::default();
    let mut rest = inside.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let mark = rest.chars().next().filter(|mark| matches!(mark, '.' | '#'));
        let word = &rest[usize::from(mark.is_some())..];
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
        let length = word.find(|c| !is_part(c)).unwrap_or(word.len());
        if length == 0 {
            return None;
        }
        let (name, after) = word.split_at(length);
        rest = match (mark, after.strip_prefix('=')) {
            (None, Some(value)) => after_value(value)?,
            (Some('#'), None) => {
                list.id = list.id.or_else(|| is_author_id(name).then(|| name.to_owned()));
                after
            }
            (Some(_), None) => after,
            (None, None) if with_names || name == "toc" => {
                list.is_toc |= name == "toc";
                after
            }
            _ => return None,
        };
        if !rest.is_empty() && !rest.starts_with([' ', '\t', '\n', '.', '#']) {
            return None;
        }
        rest = rest.trim_start();
    }
    Some(list)
}

/// Returns the text after a value, which is quoted or has no white space.
fn after_value(value: &str) -> Option<&str> {
    let quote = value.chars().next()?;
    if matches!(quote, '"' | '\'' | '“' | '”') {
        let inside = &value[quote.len_utf8()..];
        let end = inside.find(['"', '\'', '“', '”'])?;
        let close = inside[end..].chars().next()?;
        return Some(&inside[end + close.len_utf8()..]);
    }
    let end = value.find(char::is_whitespace).unwrap_or(value.len());
    (end > 0).then(|| &value[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_lists_are_told_from_prose() {
        let id = |text| list(text, ListPlace::Line).map(|list| list.id);
        assert_eq!(id(": .lead #hours title=\"a b\""), Some(Some("hours".to_owned())));
        for text in [".wide", ": wide", ":wide: .big", "width=300 .a\nheight='4'", ":.a.b"] {
            assert_eq!(id(text), Some(None), "{text}");
        }
        for text in ["", "a", "a b", ":ok, value", "x = y", "1, 2", "#", "name: value"] {
            assert_eq!(id(text), None, "{text}");
        }
        assert_eq!(list("wide", ListPlace::Span), None);
        assert!(list(":toc", ListPlace::Line).is_some_and(|list| list.is_toc));
    }
}
