//! Writes HTML in canonical form: only known elements and attributes, lower case, quoted, escaped.

use crate::elements::{Element, Kind, lookup};
use crate::ids::{is_author_id, is_footnote_id};
use crate::limits::{ATTRIBUTE_BYTES, URL_BYTES};
use crate::tokens::{Token, Tokens};

/// Brings one fragment of the author's HTML, such as a lone `<b>`, into canonical form. Unknown tags are
/// dropped. A `<` that does not start a tag is escaped, so that it cannot swallow the text after it.
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

/// Skips to the end of the end tag of a hidden element, such as `script`. Returns `false` and skips nothing when
/// there is no end tag, so that a stray `<script>` in prose does not swallow the rest of the article.
pub(crate) fn skip_hidden(tokens: &mut Tokens<'_>, element: &'static Element) -> bool {
    let end = tokens.end_of_element(element.name);
    tokens.skip(end.unwrap_or(0));
    end.is_some()
}

/// Writes a start tag with the allowed attributes. Of several attributes with the same name, the first counts.
pub(crate) fn push_open(element: &'static Element, attributes: &[(&str, &str)], out: &mut String) {
    if element.name == "input" {
        return push_checkbox(attributes, out);
    }
    if element.kind == Kind::Link {
        push_target(attributes, out);
    }
    out.push('<');
    out.push_str(element.name);
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in attributes {
        let Some(name) = element.attribute(name) else {
            continue;
        };
        let moves = element.kind == Kind::Link && name == "id" && !is_footnote_id("a", value);
        let too_long = matches!(name, "href" | "src") && value.len() > URL_BYTES;
        if moves || too_long || seen.contains(&name) {
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

/// Writes an empty element with the `id` or `name` of a link, as a target of other links.
fn push_target(attributes: &[(&str, &str)], out: &mut String) {
    let names = ["id", "name"].into_iter();
    let mut values =
        names.filter_map(|name| attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
    if let Some((_, id)) = values.find(|(_, id)| is_author_id(id)) {
        out.push_str("<span id=\"");
        out.push_str(id);
        out.push_str("\"></span>");
    }
}

/// Writes a checkbox of a task list, disabled. No other form control is allowed.
fn push_checkbox(attributes: &[(&str, &str)], out: &mut String) {
    let has = |name: &str| attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if has("type").is_some_and(|(_, value)| value.eq_ignore_ascii_case("checkbox")) {
        out.push_str("<input type=\"checkbox\" disabled=\"\"");
        out.push_str(if has("checked").is_some() { " checked=\"\">" } else { ">" });
    }
}

/// Writes an end tag, unless the element is void.
pub(crate) fn push_close(element: &Element, out: &mut String) {
    if !element.kind.is_void() {
        out.push_str("</");
        out.push_str(element.name);
        out.push('>');
    }
}

/// Splits a text after at most `bytes` bytes, but not inside a character or a character reference.
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

/// Escapes `<`, `>` and `"`. Character references stay as they are.
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
