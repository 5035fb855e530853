//! Brings raw HTML into a canonical form: only known elements, each closed properly, none nested too
//! deeply. Then the sanitiser's HTML parser has nothing to repair. Repairs are what takes it
//! super-linear time: reopening formatting elements, moving content out of tables, and searching its
//! stack.

use crate::canonical::{push_close, push_escaped, push_open, skip_hidden, split_text};
use crate::elements::{ELEMENTS, Element, Kind, lookup};
use crate::limits::{OPEN_ELEMENTS, TEXT_NODE_BYTES};
use crate::tokens::{Token, Tokens};

/// Returns the balanced document.
pub(crate) fn balanced(html: &str) -> String {
    let mut balance = Balance::new(html.len());
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => balance.text(text),
            Token::Open { name, attributes } => {
                if let Some(element) = lookup(name) {
                    if element.kind == Kind::Hidden {
                        skip_hidden(&mut tokens, element);
                    } else {
                        balance.open(element, &attributes);
                    }
                }
            }
            Token::Close { name } => {
                if let Some(element) = lookup(name) {
                    balance.close(element);
                }
            }
        }
    }
    balance.pop_to(0);
    balance.out
}

struct Balance {
    out: String,
    open: Vec<&'static Element>,
    /// For each of [`ELEMENTS`], the number of start tags that were dropped at the limit and whose end tags have
    /// not come yet. All are 0 below the limit.
    beyond: Vec<usize>,
    /// The size of the current text node, in bytes.
    text_node: usize,
}

impl Balance {
    fn new(capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity + capacity / 8),
            open: Vec::new(),
            beyond: vec![0; ELEMENTS.len()],
            text_node: 0,
        }
    }

    fn text(&mut self, mut text: &str) {
        if !text.trim_ascii().is_empty() {
            self.make_room_for_content();
        }
        // The sanitiser drops the comments, but keeps the pieces as separate text nodes.
        while self.text_node + text.len() > TEXT_NODE_BYTES {
            let (piece, rest) = split_text(text, TEXT_NODE_BYTES.saturating_sub(self.text_node));
            push_escaped(piece, &mut self.out);
            self.out.push_str("<!---->");
            self.text_node = 0;
            text = rest;
        }
        self.text_node += text.len();
        push_escaped(text, &mut self.out);
    }

    fn open(&mut self, element: &'static Element, attributes: &[(&str, &str)]) {
        match element.kind {
            Kind::Cell | Kind::Row | Kind::Rows | Kind::Caption => {
                if !self.make_room_in_table(element.kind) {
                    self.text("\n");
                    return;
                }
            }
            Kind::Inline | Kind::VoidInline => self.make_room_for_content(),
            Kind::Link => {
                self.close_nearest(|e| e.kind == Kind::Link, |e| e.kind.is_cell());
                self.make_room_for_content();
            }
            _ => {
                self.make_room_for_content();
                self.close_nearest(|e| e.kind == Kind::Paragraph, |e| e.kind.is_cell());
                match element.kind {
                    Kind::Heading => {
                        self.close_nearest(|e| e.kind == Kind::Heading, |e| e.kind.is_cell());
                    }
                    Kind::Item => self.close_nearest(
                        |e| e.kind == Kind::Item,
                        |e| e.kind == Kind::List || e.kind.is_cell(),
                    ),
                    Kind::Term => self.close_nearest(
                        |e| e.kind == Kind::Term,
                        |e| e.kind == Kind::Terms || e.kind.is_cell(),
                    ),
                    _ => {}
                }
            }
        }
        if element.kind.is_void() {
            push_open(element, attributes, &mut self.out);
        } else {
            self.push(element, attributes);
        }
    }

    fn push(&mut self, element: &'static Element, attributes: &[(&str, &str)]) {
        // A table also needs room for its rows and cells.
        let needs = if element.kind == Kind::Table { 4 } else { 1 };
        if self.open.len() + needs > OPEN_ELEMENTS {
            if let Some(count) = self.beyond_of(element) {
                *count += 1;
            }
            if element.kind.is_block() {
                self.text("\n");
            }
            return;
        }
        push_open(element, attributes, &mut self.out);
        self.open.push(element);
    }

    fn close(&mut self, element: &'static Element) {
        if element.kind.is_void() || element.kind == Kind::Hidden {
            return;
        }
        if let Some(count) = self.beyond_of(element).filter(|count| **count > 0) {
            *count -= 1;
            if element.kind.is_block() {
                self.text("\n");
            }
            return;
        }
        let matches = |e: &Element| match element.kind {
            Kind::Heading => e.kind == Kind::Heading,
            _ => e.name == element.name,
        };
        match element.kind {
            Kind::Table => self.close_nearest(matches, |_| false),
            Kind::Rows | Kind::Row | Kind::Cell | Kind::Caption => {
                self.close_nearest(matches, |e| e.kind == Kind::Table);
            }
            _ => self.close_nearest(matches, |e| e.kind.is_cell()),
        }
    }

    /// Closes the innermost open element that matches, and all elements inside it. Does nothing when a boundary
    /// comes first.
    fn close_nearest(&mut self, matches: impl Fn(&Element) -> bool, boundary: impl Fn(&Element) -> bool) {
        for at in (0..self.open.len()).rev() {
            if matches(self.open[at]) {
                return self.pop_to(at);
            }
            if boundary(self.open[at]) {
                return;
            }
        }
    }

    fn pop_to(&mut self, depth: usize) {
        if self.open.len() > depth {
            self.beyond.fill(0);
        }
        for element in self.open.drain(depth..).rev() {
            push_close(element, &mut self.out);
        }
    }

    /// Opens a table cell when content comes between the cells of a table, where it is not allowed.
    fn make_room_for_content(&mut self) {
        if self.top().is_some_and(Kind::is_table_frame) {
            self.make_room_in_table(Kind::Cell);
            self.push_implied("td");
        }
    }

    /// Opens and closes elements so that such a part of a table can follow. `false` outside of tables.
    fn make_room_in_table(&mut self, part: Kind) -> bool {
        let Some(table) = self.open.iter().rposition(|e| e.kind == Kind::Table) else {
            return false;
        };
        let can_contain = |kind: Kind| match part {
            Kind::Cell => kind.is_table_frame(),
            Kind::Row => matches!(kind, Kind::Table | Kind::Rows),
            _ => kind == Kind::Table,
        };
        let keep = (table..self.open.len()).take_while(|at| can_contain(self.open[*at].kind)).count();
        self.pop_to(table + keep);
        if matches!(part, Kind::Cell | Kind::Row) && self.top() == Some(Kind::Table) {
            self.push_implied("tbody");
        }
        if part == Kind::Cell && self.top() == Some(Kind::Rows) {
            self.push_implied("tr");
        }
        true
    }

    fn push_implied(&mut self, name: &str) {
        if let Some(element) = lookup(name) {
            self.push(element, &[]);
        }
    }

    fn top(&self) -> Option<Kind> {
        self.open.last().map(|element| element.kind)
    }

    fn beyond_of(&mut self, element: &Element) -> Option<&mut usize> {
        let at = ELEMENTS.binary_search_by(|e| e.name.cmp(element.name)).ok()?;
        self.beyond.get_mut(at)
    }
}
