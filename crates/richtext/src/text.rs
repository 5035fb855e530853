//! Writes plain text, as a reader would copy it from the page.

use crate::elements::{Element, Kind};

/// Whether readers see the character: it is neither a zero-width space, a byte order mark, a soft hyphen nor a
/// control character.
pub(crate) fn is_shown(c: char) -> bool {
    !matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}') && !crate::guard::is_forbidden(c)
}

/// The text of a heading or a link, on one line. Each run of white space becomes one space.
#[derive(Default)]
pub(crate) struct Line {
    text: String,
    space: bool,
}

impl Line {
    pub(crate) fn push(&mut self, text: &str) {
        for c in text.chars().filter(|c| is_shown(*c)) {
            if c.is_whitespace() {
                self.space();
                continue;
            }
            if self.space && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.space = false;
            self.text.push(c);
        }
    }

    pub(crate) fn space(&mut self) {
        self.space = true;
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// The separator between the text so far and the next text. The larger one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Block,
}

/// Writes plain text during the pass over a document.
#[derive(Default)]
pub(crate) struct TextWriter {
    out: String,
    gap: Gap,
    /// The next number of each open list; `None` for bullets.
    lists: Vec<Option<u32>>,
    marker: Option<String>,
    /// The number of cells so far in the current row of each open table.
    tables: Vec<usize>,
    tabs: usize,
    cells: usize,
    preformatted: usize,
}

impl TextWriter {
    pub(crate) fn open(&mut self, element: &Element, start: Option<u32>) {
        match element.name {
            "ul" | "ol" => {
                self.block_gap();
                let number = (element.name == "ol").then(|| start.unwrap_or(1));
                self.lists.push(number);
            }
            "li" => {
                self.line_gap();
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "• ".to_owned(),
                });
            }
            "table" => {
                self.block_gap();
                self.tables.push(0);
            }
            "tr" => {
                self.line_gap();
                self.tabs = 0;
                if let Some(cells) = self.tables.last_mut() {
                    *cells = 0;
                }
            }
            "td" | "th" => {
                self.cells += 1;
                if let Some(cells) = self.tables.last_mut() {
                    self.tabs += usize::from(*cells > 0);
                    *cells += 1;
                }
            }
            "pre" => {
                self.block_gap();
                self.preformatted += 1;
            }
            "br" | "caption" | "dd" | "dt" | "tbody" | "tfoot" | "thead" => self.line_gap(),
            _ if element.kind.is_block() => self.block_gap(),
            _ => {}
        }
    }

    pub(crate) fn close(&mut self, element: &Element) {
        match element.name {
            "ul" | "ol" => {
                self.lists.pop();
                self.block_gap();
            }
            "li" => {
                self.marker = None;
                self.line_gap();
            }
            "table" => {
                self.tables.pop();
                self.tabs = 0;
                self.block_gap();
            }
            "td" | "th" => self.cells = self.cells.saturating_sub(1),
            "caption" | "dd" | "dt" | "tbody" | "tfoot" | "thead" | "tr" => self.line_gap(),
            "pre" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.out.truncate(self.out.trim_end_matches(['\n', '\r']).len());
                self.block_gap();
            }
            _ if element.kind.is_block() => self.block_gap(),
            _ => {}
        }
    }

    /// Appends text whose character references are decoded.
    pub(crate) fn push(&mut self, text: &str) {
        if self.preformatted == 0 || self.cells > 0 {
            return self.push_words(text);
        }
        for c in text.chars().filter(|c| is_shown(*c)) {
            // Writes the gap and the marker first. A line feed alone does not, so that no blank line comes first.
            if c != '\n' || self.gap == Gap::None {
                self.fill_gap();
                self.out.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    fn push_words(&mut self, mut text: &str) {
        while !text.is_empty() {
            let end = text.find(|c: char| c.is_whitespace() || !is_shown(c)).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            if !word.is_empty() {
                self.fill_gap();
                self.out.push_str(word);
            }
            let mut rest = rest.chars();
            if rest.next().is_some_and(is_shown) {
                self.gap = self.gap.max(Gap::Space);
            }
            text = rest.as_str();
        }
    }

    /// Whether the text is inside of `pre`.
    pub(crate) fn is_preformatted(&self) -> bool {
        self.preformatted > 0
    }

    /// Returns the length of the text so far, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }

    fn fill_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        let tabs = std::mem::take(&mut self.tabs);
        if !self.out.is_empty() {
            self.out.push_str(match gap {
                Gap::None => "",
                // A tab already separates the cells.
                Gap::Space if tabs > 0 || self.out.ends_with([' ', '\t', '\n']) => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Block => "\n\n",
            });
        }
        self.out.extend(std::iter::repeat_n('\t', tabs));
        if let Some(marker) = self.marker.take() {
            self.out.push_str(&marker);
        }
    }

    /// Requests a blank line; inside a list it requests a new line, and inside a table cell a space.
    fn block_gap(&mut self) {
        let gap = if self.cells > 0 {
            Gap::Space
        } else if self.lists.is_empty() {
            Gap::Block
        } else {
            Gap::Line
        };
        self.gap = self.gap.max(gap);
    }

    fn line_gap(&mut self) {
        let gap = if self.cells > 0 { Gap::Space } else { Gap::Line };
        self.gap = self.gap.max(gap);
    }
}

/// Whether the element separates the words before it from those after it, in a [`Line`].
pub(crate) fn separates_words(element: &Element) -> bool {
    element.kind.is_block() || element.kind == Kind::VoidInline
}
