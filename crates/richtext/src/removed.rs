//! Finds the raw HTML that the sanitiser removes.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

use crate::RemovedHtml;
use crate::elements::{Kind, lookup};
use crate::guard::guarded;
use crate::tokens::{Token, Tokens};

/// The maximum number of elements that are listed.
const MOST: usize = 100;

/// Unknown elements that only change how their content looks, or that only choose between versions of a picture.
const WITHOUT_CONTENT_OF_THEIR_OWN: [&str; 6] = ["bdi", "bdo", "big", "font", "nobr", "picture"];

/// Returns the elements that are removed from a body, in document order, at most [`MOST`].
pub(crate) fn removed(markdown: &str) -> Vec<RemovedHtml> {
    if !may_have_removed(markdown) {
        return Vec::new();
    }
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.footnotes = true;
    let markdown = guarded(markdown);
    let arena = Arena::new();
    let mut found = Vec::new();
    for node in parse_document(&arena, &markdown, &options).descendants() {
        let data = node.data();
        let literal = match &data.value {
            NodeValue::HtmlBlock(block) => block.literal.as_str(),
            NodeValue::HtmlInline(literal) => literal.as_str(),
            _ => continue,
        };
        add(literal, data.sourcepos.start.line, &mut found);
        if found.len() >= MOST {
            found.truncate(MOST);
            break;
        }
    }
    found
}

/// Adds the removed elements of a piece of HTML that starts on this line.
fn add(html: &str, first_line: usize, found: &mut Vec<RemovedHtml>) {
    let mut tokens = Tokens::new(html);
    loop {
        let before = html.len() - tokens.rest().len();
        let Some(token) = tokens.next() else { return };
        if let Token::Open { name, .. } = token
            && is_removed(name)
        {
            let passed = html[..before].bytes().filter(|byte| *byte == b'\n').count();
            // Comments may stand between the token before and this one.
            let gap = html[before..].find(name).map_or("", |at| &html[before..before + at]);
            let line = first_line + passed + gap.bytes().filter(|byte| *byte == b'\n').count();
            found.push(RemovedHtml { name: name.to_ascii_lowercase(), line });
            if found.len() >= MOST {
                return;
            }
        }
    }
}

/// Whether a text may contain an element that is removed. This is quick, and most bodies contain none.
fn may_have_removed(markdown: &str) -> bool {
    markdown.match_indices('<').any(|(at, _)| {
        let rest = &markdown[at + 1..];
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
        rest.starts_with(|c: char| c.is_ascii_alphabetic()) && is_removed(&rest[..length])
    })
}

fn is_removed(name: &str) -> bool {
    let is_harmless = || WITHOUT_CONTENT_OF_THEIR_OWN.iter().any(|known| known.eq_ignore_ascii_case(name));
    match lookup(name) {
        Some(element) => element.kind == Kind::Hidden,
        None => !is_harmless(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn removed_elements_are_found_with_their_lines() {
        let found = |markdown: &str| -> Vec<(String, usize)> {
            removed(markdown).into_iter().map(|element| (element.name, element.line)).collect()
        };
        let one = |name: &str, line: usize| vec![(name.to_owned(), line)];
        assert_eq!(found("Text\n\n<iframe src=\"/a\"></iframe>\n"), one("iframe", 3));
        assert_eq!(found("<div>\n\n<p>a</p>\n<VIDEO src=\"a\"></VIDEO>\n</div>"), one("video", 4));
        assert_eq!(found("A <chart-box data=\"1\">x</chart-box> b"), one("chart-box", 1));
        assert_eq!(found("> - a\n>\n>   <script>\n>   b\n>   </script>"), one("script", 3));
        for text in [
            "`<iframe>`",
            "```html\n<script>\n```",
            "<https://a.example> a < b, <b>c</b>",
            "Use \\<select> <!-- <iframe> -->",
            "<font color=\"red\">a</font> <picture><img src=\"a.png\" alt=\"A\"></picture>",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        assert_eq!(removed(&"<x>\n\n".repeat(500)).len(), MOST);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[<>a-c/!\"= \n`é>-]{0,80}") {
            removed(&text);
        }
    }
}
