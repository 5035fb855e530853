//! Renders `CommonMark` with GitHub's extensions to HTML that is not yet safe.

use comrak::nodes::NodeValue;
use comrak::{Arena, Node, Options, format_html, parse_document};

use crate::canonical::canonical_fragment;
use crate::guard::{GUARD, guarded};
use crate::limits::{EMPTY_CELLS, REFERENCES_PER_FOOTNOTE};

/// Renders the body of an article with all extensions.
pub(crate) fn body_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    html(&guarded(markdown), options)
}

/// Renders a title or another single line with inline markup only. A guard and a space before it prevent the
/// line from starting a list, a heading or an HTML block ("2014. A year").
pub(crate) fn inline_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    let one_line = guarded(markdown).replace(['\n', '\r'], " ");
    html(&format!("{GUARD} {}", one_line.trim_start()), options)
}

/// Whether the character is always literal in a line of text: it has no special meaning in Markdown or HTML, and
/// readers see it.
pub(crate) fn is_ordinary(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        ' ' | ',' | '.' | ':' | ';' | '?' | '\'' | '"' | '(' | ')' | '/' | '%' | '+' | '-' => true,
        // Letters of European languages; dashes and quotation marks.
        '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{4ff}' => c.is_alphabetic(),
        '–' | '—' | '‘' | '’' | '“' | '”' | '„' | '…' | '•' => true,
        _ => false,
    }
}

fn html(markdown: &str, mut options: Options<'_>) -> String {
    // "Unsafe" keeps raw HTML, which the sanitiser makes safe later.
    options.render.r#unsafe = true;
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options);
    tidy(root);
    trim_rows(root);
    let mut html = String::with_capacity(markdown.len() * 2);
    // Writing to a string does not fail.
    let _ = format_html(root, &options, &mut html);
    html.retain(|c| c != GUARD);
    html
}

/// Names footnotes by number, limits their references, and brings raw HTML into canonical form. So a broken
/// tag in one fragment cannot swallow the text after it.
fn tidy(root: Node<'_>) {
    let mut definitions = 0;
    for node in root.descendants() {
        let mut data = node.data_mut();
        let value = &mut data.value;
        match value {
            NodeValue::HtmlBlock(block) => block.literal = canonical_fragment(&block.literal),
            NodeValue::HtmlInline(literal) => *literal = canonical_fragment(literal),
            NodeValue::FootnoteDefinition(definition) => {
                definitions += 1;
                definition.name = definitions.to_string();
                definition.total_references = definition.total_references.min(REFERENCES_PER_FOOTNOTE);
            }
            NodeValue::FootnoteReference(reference) => {
                if reference.ref_num > REFERENCES_PER_FOOTNOTE {
                    *value = NodeValue::Text(format!("[{}]", reference.ix).into());
                } else {
                    reference.name = reference.ix.to_string();
                }
            }
            _ => {}
        }
    }
}

/// Removes empty cells at the end of rows once there are more than [`EMPTY_CELLS`].
fn trim_rows(root: Node<'_>) {
    let is_row = |node: &Node<'_>| matches!(node.data().value, NodeValue::TableRow(_));
    let rows: Vec<_> = root.descendants().filter(is_row).collect();
    let mut empty = 0;
    for row in rows {
        let cells = row.reverse_children();
        let at_end: Vec<_> = cells.take_while(|cell| cell.first_child().is_none()).collect();
        empty += at_end.len();
        if empty > EMPTY_CELLS {
            for cell in at_end {
                cell.detach();
            }
        }
    }
}
