//! The text so far, and what kind of place its end is.

/// A copy of it marks a place to come back to.
#[derive(Debug, Clone, Copy)]
struct State {
    /// How far the text has been looked at.
    seen: usize,
    line_start: usize,
    /// The first character of the current line that is no white space.
    ink: Option<usize>,
    fence: Option<(u8, usize)>,
    html: bool,
    previous: Line,
}

/// What the line before the current one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Blank,
    /// An item of a list, or HTML: a blank line after it would change its meaning.
    Tight,
    Text,
}

/// A place to come back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) at: usize,
    state: State,
}

/// The text so far. Every byte is looked at once, however often a question is asked.
#[derive(Debug)]
pub(crate) struct Output {
    text: String,
    state: State,
}

impl Output {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let state =
            State { seen: 0, line_start: 0, ink: None, fence: None, html: false, previous: Line::Blank };
        Self { text: String::with_capacity(capacity), state }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn since(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    pub(crate) fn last_char(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    pub(crate) fn mark(&mut self) -> Mark {
        self.look();
        Mark { at: self.text.len(), state: self.state }
    }

    /// Forget what came after the mark; it is handed back.
    pub(crate) fn rewind(&mut self, mark: Mark) -> String {
        self.state = mark.state;
        if mark.at <= self.text.len() { self.text.split_off(mark.at) } else { String::new() }
    }

    /// The current line holds nothing but white space.
    pub(crate) fn at_blank_line(&mut self) -> bool {
        self.look();
        self.state.ink.is_none()
    }

    /// The white space that the current line begins with, when it holds nothing else.
    pub(crate) fn indent(&mut self) -> String {
        if self.at_blank_line() { self.text[self.state.line_start..].to_owned() } else { String::new() }
    }

    /// Take back the white space of a blank current line.
    pub(crate) fn clear_blank_line(&mut self) {
        if self.at_blank_line() {
            self.text.truncate(self.state.line_start);
            self.state.seen = self.state.line_start;
        }
    }

    pub(crate) fn previous_line(&mut self) -> Line {
        self.look();
        self.state.previous
    }

    /// Inside a fenced code block.
    pub(crate) fn in_fence(&mut self) -> bool {
        self.look();
        self.state.fence.is_some()
    }

    /// Inside an HTML block, where Markdown is not read.
    pub(crate) fn in_html(&mut self) -> bool {
        self.look();
        let line = self.state.ink.map_or("", |ink| &self.text[ink..]);
        self.state.fence.is_none() && (self.state.html || opens_html_block(line))
    }

    fn look(&mut self) {
        let bytes = self.text.as_bytes();
        for (at, byte) in bytes.iter().enumerate().skip(self.state.seen) {
            if *byte == b'\n' {
                let line = self.state.ink.map_or("", |ink| &self.text[ink..at]);
                self.state = self.state.after(line, at + 1);
            } else if self.state.ink.is_none() && !matches!(byte, b' ' | b'\t') {
                self.state.ink = Some(at);
            }
        }
        self.state.seen = bytes.len();
    }
}

impl State {
    /// The state after a whole line, given without its indentation.
    fn after(self, line: &str, line_start: usize) -> Self {
        let mut next = Self { line_start, ink: None, ..self };
        let blank = line.trim().is_empty();
        let mark = line.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'));
        let run = mark.map_or(0, |mark| line.bytes().take_while(|byte| *byte == mark).count());
        match (self.fence, mark) {
            (Some((open, length)), Some(mark))
                if open == mark && run >= length && line[run..].trim().is_empty() =>
            {
                next.fence = None;
            }
            (None, Some(mark)) if run >= 3 && !(mark == b'`' && line[run..].contains('`')) => {
                next.fence = Some((mark, run));
            }
            _ => {}
        }
        if self.fence.is_none() {
            next.html = !blank && (self.html || opens_html_block(line));
        }
        next.previous = match blank {
            true => Line::Blank,
            false if next.html || is_tight(line) => Line::Tight,
            false => Line::Text,
        };
        next
    }
}

/// The line begins with HTML, or is an item of a list.
pub(crate) fn is_tight(line: &str) -> bool {
    let line = line.trim_start();
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after_number.len() < line.len() && after_number.starts_with(['.', ')']);
    numbered || line.starts_with('<') || ["- ", "* ", "+ ", "|"].iter().any(|mark| line.starts_with(mark))
}

/// The elements that open an HTML block and keep Markdown out of it until a blank line.
const BLOCKS: [&str; 40] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "hr",
    "iframe",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

fn opens_html_block(line: &str) -> bool {
    let Some(tag) = line.strip_prefix('<') else {
        return false;
    };
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let length = tag.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
    let name = tag[..length].to_ascii_lowercase();
    let ends = tag[length..].is_empty() || tag[length..].starts_with([' ', '\t', '\n', '>', '/']);
    ends && (BLOCKS.contains(&name.as_str())
        || matches!(name.as_str(), "th" | "thead" | "tfoot" | "h5" | "h6"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_kind_of_place_it_is() {
        let mut out = Output::with_capacity(0);
        out.push("Text\n\n<div>\n  <b>x</b> ");
        assert!(out.in_html() && !out.at_blank_line());
        out.push("\n\n  ");
        assert!(!out.in_html() && out.at_blank_line());
        assert_eq!((out.indent().as_str(), out.previous_line()), ("  ", Line::Blank));
        let mark = out.mark();
        out.push("```sh\ncode\n");
        assert!(out.in_fence());
        out.push("```\n");
        assert!(!out.in_fence());
        assert_eq!(out.rewind(mark), "```sh\ncode\n```\n");
        out.clear_blank_line();
        assert_eq!(out.into_text(), "Text\n\n<div>\n  <b>x</b> \n\n");
    }
}
