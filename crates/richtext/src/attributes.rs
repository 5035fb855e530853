//! Takes the marks of other dialects out of the parsed text: attribute lists such as `{: .lead #hours }` and
//! `{width=300}`, ids of headings such as `{#hours}` and `{/*hours*/}`, the place of a table of contents, and the
//! mark `^` that ends a block. Ids become targets of links; everything else about a mark is dropped.

use comrak::nodes::{Ast, AstNode, NodeHtmlBlock, NodeValue};
use comrak::{Arena, Node};

use crate::attribute_list::{List, ListPlace, list, list_after_colon};
use crate::ids::is_author_id;
use crate::limits::ATTRIBUTE_LIST_NODES;

/// Removes the marks from the document.
pub(crate) fn take_marks<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    let marks = Marks { arena };
    let blocks: Vec<Node<'a>> = root.descendants().collect();
    for block in blocks {
        let kind = Kind::of(&block.data().value);
        match kind {
            Some(Kind::Heading) => marks.heading(block),
            Some(Kind::Row) => marks.row(block),
            Some(Kind::Cell) => marks.spans(block),
            Some(Kind::Paragraph) => marks.paragraph(block),
            None => {}
        }
    }
}

/// The kinds of blocks that can contain marks.
enum Kind {
    Heading,
    Row,
    Cell,
    Paragraph,
}

impl Kind {
    fn of(value: &NodeValue) -> Option<Self> {
        match value {
            NodeValue::Heading(_) => Some(Self::Heading),
            NodeValue::TableRow(_) => Some(Self::Row),
            NodeValue::TableCell => Some(Self::Cell),
            NodeValue::Paragraph => Some(Self::Paragraph),
            _ => None,
        }
    }
}

struct Marks<'a> {
    arena: &'a Arena<'a>,
}

impl<'a> Marks<'a> {
    fn heading(&self, heading: Node<'a>) {
        let id = comment_id(heading).or_else(|| {
            let last = heading.last_child()?;
            let text = last.data().value.text()?.to_owned();
            let (before, mark) = text.rsplit_once('{')?;
            let inside = mark.trim_end().strip_suffix('}')?;
            let comment = inside.strip_prefix("/*").and_then(|inside| inside.strip_suffix("*/"));
            let list = match comment {
                Some(id) => List { id: Some(bare_id(id)?), ..List::default() },
                None => list(inside, ListPlace::Heading)?,
            };
            set_text(last, before.trim_end());
            Some(list.id)
        });
        if let Some(Some(id)) = id {
            self.add_target(heading, &id);
        }
        self.spans(heading);
    }

    /// Removes the last row of a table that is an attribute list of the table.
    fn row(&self, row: Node<'a>) {
        if row.next_sibling().is_some() {
            return;
        }
        let text = row.collect_text();
        let inside = text.trim().strip_prefix("{:").and_then(|text| text.strip_suffix('}'));
        if let Some(List { id, is_toc: _ }) = inside.and_then(list_after_colon) {
            let table = row.parent();
            row.detach();
            if let (Some(table), Some(id)) = (table, id) {
                self.add_target(table, &id);
            }
        }
    }

    fn paragraph(&self, paragraph: Node<'a>) {
        let whole = plain_text(paragraph.children());
        if let Some(whole) = whole.as_deref().map(str::trim)
            && (whole == "^" || is_toc(whole) || is_extension(whole))
        {
            return paragraph.detach();
        }
        self.leading_list(paragraph);
        self.trailing_list(paragraph);
        if paragraph.first_child().is_none() {
            return paragraph.detach();
        }
        self.lone_carets(paragraph);
        self.spans(paragraph);
    }

    /// Removes an attribute list from the first lines of a paragraph.
    fn leading_list(&self, paragraph: Node<'a>) {
        let starts = |node: Node<'a>| node.data().value.text().is_some_and(|text| text.starts_with('{'));
        if !paragraph.first_child().is_some_and(starts) {
            return;
        }
        let mut taken = Vec::new();
        let mut text = String::new();
        let mut after = None;
        for node in paragraph.children().take(ATTRIBUTE_LIST_NODES) {
            after = Some(node).filter(|node| text.ends_with('}') || plain_part(node).is_none());
            let Some(part) = plain_part(node).filter(|_| after.is_none()) else { break };
            text.push_str(&part);
            taken.push(node);
        }
        let ends_line = after.is_none_or(is_break);
        let Some(inside) = braced(&text).filter(|_| ends_line) else { return self.item_list(paragraph) };
        let Some(List { id, is_toc }) = list(inside, ListPlace::Line) else { return };
        taken.into_iter().chain(after).for_each(|node| node.detach());
        if is_toc && self.drop_list_above(paragraph) {
            return;
        }
        let above = paragraph.previous_sibling().filter(|above| touches(above, paragraph));
        let below = paragraph.next_sibling().filter(|below| touches(paragraph, below));
        let own = Some(paragraph).filter(|paragraph| paragraph.first_child().is_some());
        if let (Some(id), Some(owner)) = (id, above.or(own).or(below)) {
            self.add_target(owner, &id);
        }
    }

    /// Removes the attribute list at the start of a list item: `- {: .wide} text`.
    fn item_list(&self, paragraph: Node<'a>) {
        let is_item =
            paragraph.parent().is_some_and(|parent| matches!(parent.data().value, NodeValue::Item(_)));
        let Some(first) = paragraph.first_child().filter(|_| is_item) else { return };
        let Some(text) = first.data().value.text().map(str::to_owned) else { return };
        let Some((inside, rest)) = text.strip_prefix("{:").and_then(|text| text.split_once('}')) else {
            return;
        };
        if let Some(List { id, is_toc: _ }) = list_after_colon(inside) {
            set_text(first, rest.trim_start());
            if let Some(id) = id {
                self.add_target(paragraph, &id);
            }
        }
    }

    /// Removes an attribute list from the last lines of a paragraph.
    fn trailing_list(&self, paragraph: Node<'a>) {
        let mut taken: Vec<Node<'a>> = Vec::new();
        let mut text = String::new();
        for node in paragraph.reverse_children().take(ATTRIBUTE_LIST_NODES) {
            let Some(part) = plain_part(node) else { return };
            text.insert_str(0, &part);
            taken.push(node);
            let starts_line = node.previous_sibling().is_some_and(is_break);
            if starts_line && part.trim_start().starts_with('{') {
                break;
            }
        }
        let Some(before) = taken.last().and_then(|first| first.previous_sibling()) else { return };
        let Some(inside) = braced(&text).filter(|_| is_break(before)) else { return };
        let Some(List { id, is_toc }) = list(inside, ListPlace::Line) else { return };
        taken.into_iter().chain([before]).for_each(|node| node.detach());
        if is_toc && self.drop_own_list(paragraph) {
            return;
        }
        if let Some(id) = id {
            self.add_target(paragraph, &id);
        }
    }

    /// Removes the list whose place a table of contents would take: its last line is `{:toc}`.
    fn drop_own_list(&self, paragraph: Node<'a>) -> bool {
        let list = paragraph.ancestors().find(|node| matches!(node.data().value, NodeValue::List(_)));
        list.inspect(|list| list.detach()).is_some()
    }

    fn drop_list_above(&self, paragraph: Node<'a>) -> bool {
        let above = paragraph.previous_sibling().filter(|above| touches(above, paragraph));
        let list = above.filter(|above| matches!(above.data().value, NodeValue::List(_)));
        if list.inspect(|list| list.detach()).is_some() && paragraph.first_child().is_none() {
            return true;
        }
        false
    }

    /// Removes lines that are only `^`.
    fn lone_carets(&self, paragraph: Node<'a>) {
        let is_caret = |node: &Node<'a>| {
            node.data().value.text().is_some_and(|text| text.trim() == "^")
                && node.previous_sibling().is_none_or(is_break)
                && node.next_sibling().is_none_or(is_break)
        };
        let carets: Vec<_> = paragraph.children().filter(is_caret).collect();
        for caret in carets {
            if let Some(line_end) = caret.previous_sibling().or_else(|| caret.next_sibling()) {
                line_end.detach();
            }
            caret.detach();
        }
    }

    /// Removes attribute lists directly after a link, an image, emphasis or code, anywhere in the block.
    fn spans(&self, block: Node<'a>) {
        let texts: Vec<_> = block.descendants().filter(|node| node.data().value.text().is_some()).collect();
        for node in texts {
            let follows_span = node.previous_sibling().is_some_and(|before| is_span(&before.data().value));
            if !follows_span || node.parent().is_none() {
                continue;
            }
            let mut nodes = vec![node];
            let mut text = node.data().value.text().unwrap_or_default().to_owned();
            if !text.starts_with('{') {
                continue;
            }
            let mut next = node.next_sibling();
            while let Some(more) = next.filter(|_| !text.contains('}') && nodes.len() < ATTRIBUTE_LIST_NODES)
            {
                let Some(part) = plain_part(more) else { break };
                text.push_str(&part);
                nodes.push(more);
                next = more.next_sibling();
            }
            let Some((inside, rest)) = text[1..].split_once('}') else { continue };
            let Some(List { id, is_toc: _ }) = list(inside, ListPlace::Span) else { continue };
            set_text(node, rest);
            nodes.drain(1..).for_each(|node| node.detach());
            if let (Some(id), Some(span)) = (id, node.previous_sibling()) {
                span.insert_before(self.node(NodeValue::HtmlInline(target(&id))));
            }
        }
    }

    /// Makes the block the target of links to `#id`.
    fn add_target(&self, block: Node<'a>, id: &str) {
        let takes_inlines = block.data().value.contains_inlines();
        let is_list = matches!(block.data().value, NodeValue::List(_));
        if takes_inlines {
            block.prepend(self.node(NodeValue::HtmlInline(target(id))));
        } else if is_list
            && let Some(text) =
                block.descendants().find(|node| matches!(node.data().value, NodeValue::Paragraph))
        {
            text.prepend(self.node(NodeValue::HtmlInline(target(id))));
        } else {
            let html = NodeHtmlBlock { block_type: 6, literal: format!("{}\n", target(id)) };
            block.insert_before(self.node(NodeValue::HtmlBlock(html)));
        }
    }

    fn node(&self, value: NodeValue) -> Node<'a> {
        self.arena.alloc(AstNode::from(Ast::new(value, (0, 0).into())))
    }
}

fn target(id: &str) -> String {
    format!("<span id=\"{id}\"></span>")
}

/// Takes the id out of a heading that ends with `{/*id*/}`, whose asterisks the parser reads as emphasis.
fn comment_id<'a>(heading: Node<'a>) -> Option<Option<String>> {
    let end = heading.last_child()?;
    let middle = end.previous_sibling()?;
    let start = middle.previous_sibling()?;
    let is_emphasis = matches!(middle.data().value, NodeValue::Emph);
    let before = start.data().value.text()?.strip_suffix("{/")?.trim_end().to_owned();
    if !is_emphasis || end.data().value.text()?.trim_end() != "/}" {
        return None;
    }
    let id = bare_id(&middle.collect_text())?;
    end.detach();
    middle.detach();
    set_text(start, &before);
    Some(Some(id))
}

fn bare_id(text: &str) -> Option<String> {
    let id = text.trim();
    let id = id.strip_prefix('#').unwrap_or(id);
    is_author_id(id).then(|| id.to_owned())
}

/// Whether the whole paragraph asks for a table of contents.
fn is_toc(text: &str) -> bool {
    ["[[toc]]", "[toc]", "[[_toc_]]", "{:toc}", "${toc}"].iter().any(|mark| mark.eq_ignore_ascii_case(text))
}

/// Whether the whole paragraph is one of kramdown's extension tags, whose content stays: `{::nomarkdown}`, `{:/}`.
fn is_extension(text: &str) -> bool {
    let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let Some(inside) = inside.filter(|inside| !inside.contains(['{', '}', '\n'])) else { return false };
    match inside.strip_prefix("::") {
        Some(tag) => {
            let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or_default();
            matches!(name, "nomarkdown" | "options")
        }
        None => inside == ":/" || inside == ":/nomarkdown",
    }
}

/// Whether the second block starts on the line after the first one.
fn touches(first: Node<'_>, second: Node<'_>) -> bool {
    first.data().sourcepos.end.line + 1 == second.data().sourcepos.start.line
}

fn is_break(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::SoftBreak | NodeValue::LineBreak)
}

fn is_span(value: &NodeValue) -> bool {
    matches!(
        value,
        NodeValue::Link(_)
            | NodeValue::Image(_)
            | NodeValue::Emph
            | NodeValue::Strong
            | NodeValue::Strikethrough
            | NodeValue::Code(_)
            | NodeValue::HtmlInline(_)
    )
}

fn set_text(node: Node<'_>, text: &str) {
    if text.is_empty() {
        return node.detach();
    }
    if let Some(old) = node.data_mut().value.text_mut() {
        *old = text.to_owned().into();
    }
}

/// Returns the text of a node without markup; `None` for all other nodes.
fn plain_part(node: Node<'_>) -> Option<String> {
    match &node.data().value {
        NodeValue::Text(text) => Some(text.to_string()),
        NodeValue::SoftBreak | NodeValue::LineBreak => Some("\n".to_owned()),
        _ => None,
    }
}

/// Returns the text of a few nodes without markup, except emphasis with underscores.
fn plain_text<'a>(nodes: impl Iterator<Item = Node<'a>>) -> Option<String> {
    let mut text = String::new();
    for (nth, node) in nodes.enumerate() {
        if nth == ATTRIBUTE_LIST_NODES {
            return None;
        }
        match &node.data().value {
            NodeValue::Emph => {
                text.push('_');
                text.push_str(&node.collect_text());
                text.push('_');
            }
            _ => text.push_str(&plain_part(node)?),
        }
    }
    Some(text)
}

/// Returns what is between the braces of a text that is one pair of braces.
fn braced(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    (!inside.contains(['{', '}'])).then_some(inside)
}
