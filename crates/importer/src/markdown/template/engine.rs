//! The engine: scans the text and dispatches each construct to its handler.

use std::collections::{BTreeMap, HashMap};

use super::blocks::Quote;
use super::media::Place;
use super::output::{self, Line, Mark, Output};
use super::{Cleaned, Dialect};
use crate::markdown::article::{Dropped, Note};
use crate::markdown::settings::Settings;
use crate::markdown::source::count_lines;
use crate::markdown::value::Map;

/// The maximum number of notes.
const MAX_NOTES: usize = 100;

/// The maximum number of kinds of dropped content. Further kinds are counted together.
const MAX_DROPPED: usize = 100;

/// The maximum number of bytes that variables may insert, so that a short text cannot grow without limit.
const MAX_VARIABLE_BYTES: usize = 256 * 1024;

/// A block whose end tag has not come yet.
pub(super) enum Block {
    /// A loop. `text` is set once the loop is known to contain text for readers.
    Loop {
        mark: Mark,
        line: u32,
        text: bool,
    },
    Code {
        mark: Mark,
        line: u32,
        language: String,
        indent: String,
    },
    Quote(Quote),
}

impl Block {
    fn mark_mut(&mut self) -> &mut Mark {
        match self {
            Self::Loop { mark, .. } | Self::Code { mark, .. } | Self::Quote(Quote { mark, .. }) => mark,
        }
    }
}

/// One pass over one body.
pub(super) struct Engine<'a> {
    pub(super) src: &'a str,
    /// The position up to which the text is read. It only grows.
    pub(super) pos: usize,
    pub(super) out: Output,
    pub(super) page: &'a Map,
    pub(super) settings: &'a Settings,
    pub(super) assigned: HashMap<String, String>,
    pub(super) budget: usize,
    pub(super) blocks: Vec<Block>,
    /// Whether one of the blocks is code. There is at most one.
    pub(super) code_open: bool,
    /// Whether one of the blocks is a quotation. There is at most one.
    pub(super) quote_open: bool,
    /// End tags that do not occur in the rest of the text, so that each search fails only once.
    pub(super) missing: Vec<&'static str>,
    /// The positions before which there is no end tag of an element, by the name of the element.
    pub(super) searched: HashMap<String, usize>,
    pub(super) dialect: Dialect,
    notes: Vec<Note>,
    dropped: BTreeMap<String, (u32, u32)>,
    /// The addresses of imported pictures, by name.
    pub(super) imports: HashMap<String, String>,
    /// The number of Zola's blocks that are open.
    pub(super) open_calls: usize,
    /// The start of the current construct.
    start: usize,
    /// The last position whose line was counted, with that line.
    counted: (usize, u32),
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        src: &'a str,
        first_line: u32,
        dialect: Dialect,
        page: &'a Map,
        settings: &'a Settings,
    ) -> Self {
        Self {
            src,
            pos: 0,
            out: Output::with_capacity(src.len()),
            page,
            settings,
            assigned: HashMap::new(),
            budget: MAX_VARIABLE_BYTES,
            blocks: Vec::new(),
            code_open: false,
            quote_open: false,
            missing: Vec::new(),
            searched: HashMap::new(),
            dialect,
            notes: Vec::new(),
            dropped: BTreeMap::new(),
            imports: HashMap::new(),
            open_calls: 0,
            start: 0,
            counted: (0, first_line),
        }
    }

    pub(super) fn run(mut self) -> Cleaned {
        let is_mdx = self.dialect == Dialect::Mdx;
        while let Some(at) = self.rest().find(|c: char| matches!(c, '{' | '<') || (is_mdx && c == '`')) {
            self.copy(at);
            if !self.construct() {
                self.copy(1);
            }
        }
        self.copy(self.rest().len());
        self.close_blocks();
        self.notes.sort_by_key(|note| note.line);
        let dropped = self.dropped.into_iter().map(|(what, (count, line))| Dropped { what, count, line });
        Cleaned { text: self.out.into_text(), notes: self.notes, dropped: dropped.collect() }
    }

    /// Handles the construct that starts here. `false` when none does.
    fn construct(&mut self) -> bool {
        self.start = self.pos;
        let rest = self.rest();
        match (self.dialect, rest.as_bytes()) {
            (Dialect::Mdx, [b'`', ..]) => self.inline_code(),
            (Dialect::Mdx, [b'<', ..]) => self.element() || self.jsx(),
            (Dialect::Mdx, _) => self.braces(),
            (_, [b'<', ..]) => self.element(),
            (_, [b'{', b'{', b'<' | b'%', ..]) => self.shortcode(),
            (Dialect::LiquidAndShortcodes, [b'{', b'{', ..]) => self.expression(),
            (Dialect::LiquidAndShortcodes, [b'{', b'%', ..]) => self.tag(),
            (Dialect::LiquidAndShortcodes, [b'{', b':', ..]) => self.attribute_list(),
            (Dialect::Shortcodes, [b'{', b'{' | b'%', ..]) => self.zola_call(),
            _ => false,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.src[self.pos..]
    }

    pub(super) fn copy(&mut self, length: usize) {
        self.out.push(&self.src[self.pos..self.pos + length]);
        self.pos += length;
    }

    /// Keeps the opening characters of a construct as written, with a note.
    pub(super) fn keep(&mut self, length: usize, message: &str) -> bool {
        self.note(message);
        self.copy(length);
        true
    }

    /// Replaces the construct that ends at `end` by `text`.
    pub(super) fn put(&mut self, end: usize, text: &str) -> bool {
        self.pos = end;
        self.out.push(text);
        if text.is_empty() && self.end_own_line(true) {
            self.skip_second_blank_line();
        }
        true
    }

    pub(super) fn drop_until(&mut self, end: usize) -> bool {
        self.put(end, "")
    }

    pub(super) fn note(&mut self, message: impl Into<String>) {
        let line = self.line();
        self.note_at(line, message);
    }

    pub(super) fn note_at(&mut self, line: u32, message: impl Into<String>) {
        match self.notes.len() {
            MAX_NOTES.. => {}
            count => {
                let last = count + 1 == MAX_NOTES;
                let message = if last { "and more like these".to_owned() } else { message.into() };
                self.notes.push(Note { line, message });
            }
        }
    }

    /// Counts content that is dropped.
    pub(super) fn count_dropped(&mut self, what: &str) {
        let line = self.line();
        self.count_dropped_at(what, line);
    }

    pub(super) fn count_dropped_at(&mut self, what: &str, line: u32) {
        let is_known = self.dropped.contains_key(what) || self.dropped.len() < MAX_DROPPED;
        let what = if is_known { what } else { "other tags" };
        let (count, first) = self.dropped.entry(what.to_owned()).or_insert((0, line));
        *count += 1;
        *first = line.min(*first);
    }

    /// Returns the line on which the current construct starts.
    pub(super) fn line(&mut self) -> u32 {
        let (counted, line) = self.counted;
        let line = line.saturating_add(count_lines(&self.src.as_bytes()[counted..self.start]));
        self.counted = (self.start, line);
        line
    }

    /// Returns the context of the construct that ends at `end`.
    pub(super) fn place(&mut self, end: usize) -> Place {
        if self.out.in_html() {
            Place::Html
        } else if self.out.at_blank_line() && !self.in_code() && own_line_end(&self.src[end..]).is_some() {
            Place::Alone(self.out.indent())
        } else {
            Place::Inline
        }
    }

    pub(super) fn in_code(&mut self) -> bool {
        self.code_open || self.out.in_fence()
    }

    pub(super) fn after_backquote(&self) -> bool {
        self.out.last_char() == Some('`')
    }

    /// After a construct that was removed: if it was alone on its line, removes the line too. With `gap`, a blank
    /// line stays between two lines of text, as in the original. Returns whether the line was removed.
    pub(super) fn end_own_line(&mut self, gap: bool) -> bool {
        let Some(length) = own_line_end(self.rest()) else {
            return false;
        };
        if !self.out.at_blank_line() {
            return false;
        }
        self.clear_blank_line();
        self.pos += length;
        let next = self.rest().split('\n').next().unwrap_or_default().trim();
        let next_is_text = !next.is_empty() && !output::is_tight(next);
        let next_is_tag = next.starts_with("{%") || next.starts_with("{{");
        let between_texts = self.out.previous_line() == Line::Text && next_is_text && !next_is_tag;
        if gap && between_texts && !self.in_code() {
            self.out.push("\n");
        }
        true
    }

    /// Skips a second blank line: a removed line would leave the blank lines before and after it side by side. At the end
    /// of the text, the blank line before it goes too.
    fn skip_second_blank_line(&mut self) {
        if self.out.previous_line() == Line::Blank && !self.in_code() {
            self.pos += own_line_end(self.rest()).unwrap_or(0);
            if self.rest().is_empty() {
                self.out.trim_last_blank_line();
            }
        }
    }

    /// Removes the white space of the current line if the line is blank. Blocks that begin after this white space begin at
    /// the start of the line from now on.
    pub(super) fn clear_blank_line(&mut self) {
        self.out.clear_blank_line();
        let end = self.out.mark();
        for block in self.blocks.iter_mut().rev() {
            let mark = block.mark_mut();
            if mark.at <= end.at {
                break;
            }
            *mark = end;
        }
    }
}

/// Returns the number of bytes up to the next line, if the rest of this line is white space.
pub(super) fn own_line_end(text: &str) -> Option<usize> {
    let blank = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match text.as_bytes().get(blank) {
        None => Some(blank),
        Some(b'\n') => Some(blank + 1),
        Some(_) => None,
    }
}
