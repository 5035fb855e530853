//! Renders `CommonMark` with the extensions of GitHub and of other dialects to HTML that is not yet safe.

use std::borrow::Cow;

use comrak::nodes::NodeValue;
use comrak::{Arena, Node, Options, format_html, parse_document};

use crate::addresses::{ADDRESS_END, with_address_ends};
use crate::alerts::with_alerts;
use crate::attributes::take_marks;
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
    options.extension.alerts = true;
    options.extension.cjk_friendly_emphasis = true;
    html(&guarded(&with_alerts(markdown)), options)
}

fn html(markdown: &str, mut options: Options<'_>) -> String {
    // "Unsafe" keeps raw HTML, which the sanitiser makes safe later.
    options.render.r#unsafe = true;
    let arena = Arena::new();
    let markdown = with_address_ends(markdown);
    let root = parse_document(&arena, &markdown, &options);
    take_marks(&arena, root);
    tidy(root);
    trim_rows(root);
    let mut html = String::with_capacity(markdown.len() * 2);
    // Writing to a string does not fail.
    let _ = format_html(root, &options, &mut html);
    html.retain(|c| c != GUARD);
    if matches!(markdown, Cow::Owned(_)) { html.replace(ADDRESS_END, "") } else { html }
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
