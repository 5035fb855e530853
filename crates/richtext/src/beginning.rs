//! Reads the beginning of a rendered body, for excerpts.

use crate::elements::lookup;
use crate::serialised::{Attributes, decoded};
use crate::text::TextWriter;
use crate::tokens::{Token, Tokens};

/// Returns the beginning of the text of HTML that [`document`](crate::document) made, without footnotes and without the titles of alerts.
/// It has at least `bytes` bytes, if there are as many.
pub(crate) fn beginning(html: &str, bytes: usize) -> String {
    let mut text = TextWriter::default();
    // The number of open elements since the start of a part that is left out.
    let mut left_out: Option<usize> = None;
    for token in Tokens::new(html) {
        match (token, &mut left_out) {
            (Token::Open { name, attributes }, _) => {
                let Some(element) = lookup(name) else { continue };
                let attributes = Attributes(attributes);
                let class = attributes.raw("class").unwrap_or_default();
                if left_out.is_none() && element.name == "input" {
                    text.push(if attributes.get("checked").is_some() { "[x] " } else { "[ ] " });
                }
                match &mut left_out {
                    Some(depth) if !element.kind.is_void() => *depth += 1,
                    Some(_) => {}
                    None if matches!(class, "footnote-ref" | "footnotes" | "markdown-alert-title") => {
                        left_out = Some(1)
                    }
                    None => text.open(element, attributes.get("start").and_then(|start| start.parse().ok())),
                }
            }
            (Token::Close { .. }, Some(1)) => left_out = None,
            (Token::Close { .. }, Some(depth)) => *depth -= 1,
            (Token::Close { name }, None) => lookup(name).into_iter().for_each(|element| text.close(element)),
            (Token::Text(_), Some(_)) => {}
            (Token::Text(raw), None) => text.push(&decoded(raw)),
        }
        if text.len() > bytes {
            break;
        }
    }
    text.finish()
}
