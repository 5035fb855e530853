//! The engine: scans the text and dispatches each construct to its handler.

use std::collections::HashMap;

use super::media::Place;
use super::output::{self, Line, Mark, Output};
use super::{Cleaned, Dialect};
use crate::markdown::article::Note;
use crate::markdown::source::count_lines;
use crate::markdown::value::Map;

/// The maximum number of notes.
const MAX_NOTES: usize = 100;

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
}

/// One pass over one body.
pub(super) struct Engine<'a> {
    pub(super) src: &'a str,
    /// The position up to which the text is read. It only grows.
    pub(super) pos: usize,
    pub(super) out: Output,
    pub(super) page: &'a Map,
    pub(super) assigned: HashMap<String, String>,
    pub(super) budget: usize,
    pub(super) blocks: Vec<Block>,
    /// Whether one of the blocks is code. There is at most one.
    pub(super) code_open: bool,
    /// End tags that do not occur in the rest of the text, so that each search fails only once.
    pub(super) missing: Vec<&'static str>,
    dialect: Dialect,
    notes: Vec<Note>,
    /// The start of the current construct.
    start: usize,
    /// The last position whose line was counted, with that line.
    counted: (usize, u32),
}

impl<'a> Engine<'a> {
    pub(super) fn new(src: &'a str, first_line: u32, dialect: Dialect, page: &'a Map) -> Self {
        Self {
            src,
            pos: 0,
            out: Output::with_capacity(src.len()),
            page,
            assigned: HashMap::new(),
            budget: MAX_VARIABLE_BYTES,
            blocks: Vec::new(),
            code_open: false,
            missing: Vec::new(),
            dialect,
            notes: Vec::new(),
            start: 0,
            counted: (0, first_line),
        }
    }

    pub(super) fn run(mut self) -> Cleaned {
        while let Some(at) = self.rest().find(['{', '<']) {
            self.copy(at);
            if !self.construct() {
                self.copy(1);
            }
        }
        self.copy(self.rest().len());
        self.close_blocks();
        self.notes.sort_by_key(|note| note.line);
        Cleaned { text: self.out.into_text(), notes: self.notes }
    }

    /// Handles the construct that starts here. `false` when none does.
    fn construct(&mut self) -> bool {
        self.start = self.pos;
        let rest = self.rest();
        let liquid = self.dialect == Dialect::LiquidAndShortcodes;
        match rest.as_bytes() {
            [b'<', ..] => self.iframe(),
            [b'{', b'{', b'<' | b'%', ..] => self.shortcode(),
            [b'{', b'{', ..] if liquid => self.expression(),
            [b'{', b'%', ..] if liquid => self.tag(),
            [b'{', b':', ..] if liquid => self.attribute_list(),
            _ => false,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.src[self.pos..]
    }

    fn copy(&mut self, length: usize) {
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
        self.out.clear_blank_line();
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

    /// Skips a second blank line: a removed line would leave the blank lines before and after it side by side.
    fn skip_second_blank_line(&mut self) {
        if self.out.previous_line() == Line::Blank && !self.in_code() {
            self.pos += own_line_end(self.rest()).unwrap_or(0);
        }
    }
}

/// Returns the number of bytes up to the next line, if the rest of this line is white space.
fn own_line_end(text: &str) -> Option<usize> {
    let blank = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match text.as_bytes().get(blank) {
        None => Some(blank),
        Some(b'\n') => Some(blank + 1),
        Some(_) => None,
    }
}
