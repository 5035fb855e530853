//! HTML in canonical spelling: known elements and attributes only, lower case, quoted, escaped.

use crate::elements::{Element, Kind, lookup};
use crate::limits::{ATTRIBUTE_BYTES, URL_BYTES};
use crate::tokens::{Token, Tokens};

/// One fragment of the author's HTML, such as a lone `<b>`, with known tags only, in canonical
/// spelling. What is no tag is escaped, so that nothing in it can swallow what follows it.
pub(crate) fn canonical_fragment(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut tokens = Tokens::new(raw);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => push_escaped(text, &mut out),
            Token::Open { name, attributes } => {
                if let Some(element) = lookup(name) {
                    if element.kind == Kind::Hidden && skip_hidden(&mut tokens, element) {
                        continue;
                    }
                    push_open(element, &attributes, &mut out);
                }
            }
            Token::Close { name } => {
                if let Some(element) = lookup(name) {
                    push_close(element, &mut out);
                }
            }
        }
    }
    out
}

/// Moves behind the end tag of a script or the like. `false`, and nothing is skipped, if there is
/// none: a stray `<script>` in prose must not swallow the rest of the article.
pub(crate) fn skip_hidden(tokens: &mut Tokens<'_>, element: &'static Element) -> bool {
    let end = tokens.end_of_element(element.name);
    tokens.skip(end.unwrap_or(0));
    end.is_some()
}

/// A start tag with the attributes that the element may carry, the first of each name.
pub(crate) fn push_open(element: &'static Element, attributes: &[(&str, &str)], out: &mut String) {
    if element.name == "input" {
        return push_checkbox(attributes, out);
    }
    out.push('<');
    out.push_str(element.name);
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in attributes {
        let Some(name) = element.attribute(name) else {
            continue;
        };
        let too_long = matches!(name, "href" | "src") && value.len() > URL_BYTES;
        if too_long || seen.contains(&name) {
            continue;
        }
        let (value, _) = split_text(value, ATTRIBUTE_BYTES);
        seen.push(name);
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        push_escaped(value, out);
        out.push('"');
    }
    out.push('>');
}

/// A task list's checkbox is the only form control there is, and nobody can use it.
fn push_checkbox(attributes: &[(&str, &str)], out: &mut String) {
    let has = |name: &str| attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if has("type").is_some_and(|(_, value)| value.eq_ignore_ascii_case("checkbox")) {
        out.push_str("<input type=\"checkbox\" disabled=\"\"");
        out.push_str(if has("checked").is_some() { " checked=\"\">" } else { ">" });
    }
}

/// An end tag, if the element has any.
pub(crate) fn push_close(element: &Element, out: &mut String) {
    if !element.kind.is_void() {
        out.push_str("</");
        out.push_str(element.name);
        out.push('>');
    }
}

/// Splits behind at most so many bytes, within neither a character nor a character reference.
pub(crate) fn split_text(text: &str, bytes: usize) -> (&str, &str) {
    if text.len() <= bytes {
        return (text, "");
    }
    let end = text.floor_char_boundary(bytes);
    // The longest name, `&CounterClockwiseContourIntegral;`, has 33 bytes.
    let near = text.floor_char_boundary(end.saturating_sub(33));
    let reference = text[near..end].rfind('&').filter(|at| !text[near + at..end].contains(';'));
    text.split_at(reference.map_or(end, |at| near + at))
}

/// Escapes what could be markup; character references stay as they are.
pub(crate) fn push_escaped(text: &str, out: &mut String) {
    for part in text.split_inclusive(['<', '>', '"']) {
        let (plain, last) = part.split_at(part.len() - usize::from(part.ends_with(['<', '>', '"'])));
        out.push_str(plain);
        out.push_str(match last {
            "<" => "&lt;",
            ">" => "&gt;",
            "\"" => "&quot;",
            _ => "",
        });
    }
}
