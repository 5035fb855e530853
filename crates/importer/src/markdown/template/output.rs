//! The output text, and the Markdown context at its end.

/// The Markdown context at a position of the output. A copy of it makes it possible to rewind.
#[derive(Debug, Clone, Copy)]
struct State {
    /// The number of bytes that were scanned.
    seen: usize,
    line_start: usize,
    /// The position of the first character of the current line that is not white space.
    first_visible: Option<usize>,
    fence: Option<(u8, usize)>,
    html: bool,
    previous: Line,
    /// The level of the last heading that the author wrote; 1 before the first one.
    heading: u8,
}

/// The kind of the line before the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Blank,
    /// A list item, a table row, or HTML: a blank line after it would change its meaning.
    Tight,
    Text,
}

/// A position to which the output can be rewound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) at: usize,
    state: State,
}

/// The output text. Every byte is scanned once, however often its context is queried.
#[derive(Debug)]
pub(crate) struct Output {
    text: String,
    state: State,
}

impl Output {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let state = State {
            seen: 0,
            line_start: 0,
            first_visible: None,
            fence: None,
            html: false,
            previous: Line::Blank,
            heading: 1,
        };
        Self { text: String::with_capacity(capacity), state }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds lines that are not the author's, so that their headings do not count.
    pub(crate) fn push_own_lines(&mut self, text: &str) {
        self.scan();
        let heading = self.state.heading;
        self.push(text);
        self.scan();
        self.state.heading = heading;
    }

    /// The level of a heading below the last one that the author wrote.
    pub(crate) fn next_heading_level(&mut self) -> usize {
        self.scan();
        usize::from(self.state.heading.saturating_add(1).clamp(2, 6))
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
        self.scan();
        Mark { at: self.text.len(), state: self.state }
    }

    /// Removes the text after the mark, and returns it.
    pub(crate) fn rewind(&mut self, mark: Mark) -> String {
        self.state = mark.state;
        if self.text.is_char_boundary(mark.at) { self.text.split_off(mark.at) } else { String::new() }
    }

    /// Whether the current line is blank.
    pub(crate) fn at_blank_line(&mut self) -> bool {
        self.scan();
        self.state.first_visible.is_none()
    }

    /// The length of the white space of the current line if the line is blank; otherwise 0.
    pub(crate) fn indent_length(&mut self) -> usize {
        if self.at_blank_line() { self.text.len() - self.state.line_start } else { 0 }
    }

    /// Returns the white space of the current line if the line is blank; otherwise an empty text.
    pub(crate) fn indent(&mut self) -> String {
        if self.at_blank_line() { self.text[self.state.line_start..].to_owned() } else { String::new() }
    }

    /// Removes the white space of the current line if the line is blank.
    pub(crate) fn clear_blank_line(&mut self) {
        if self.at_blank_line() {
            self.text.truncate(self.state.line_start);
            self.state.seen = self.state.line_start;
        }
    }

    /// Removes a blank line before the end. Only for the end of the whole text: marks and the context are not updated.
    pub(crate) fn trim_last_blank_line(&mut self) {
        if self.text.ends_with("\n\n") {
            self.text.pop();
        }
    }

    pub(crate) fn previous_line(&mut self) -> Line {
        self.scan();
        self.state.previous
    }

    /// Whether the current line is a heading.
    pub(crate) fn in_heading(&mut self) -> bool {
        self.scan();
        let line = self.state.first_visible.map_or("", |start| &self.text[start..]);
        // A heading has at most six marks. A longer run is not read to its end each time.
        let marks = line.bytes().take(7).take_while(|byte| *byte == b'#').count();
        matches!(marks, 1..=6) && line[marks..].starts_with(' ') && self.state.fence.is_none()
    }

    /// Whether the end is inside a fenced code block.
    pub(crate) fn in_fence(&mut self) -> bool {
        self.scan();
        self.state.fence.is_some()
    }

    /// Whether the end is inside an HTML block, where Markdown is not parsed.
    pub(crate) fn in_html(&mut self) -> bool {
        self.scan();
        let line = self.state.first_visible.map_or("", |start| &self.text[start..]);
        self.state.fence.is_none() && (self.state.html || opens_html_block(line))
    }

    /// Updates the context with the text since the last scan.
    fn scan(&mut self) {
        let bytes = self.text.as_bytes();
        for (at, byte) in bytes.iter().enumerate().skip(self.state.seen) {
            if *byte == b'\n' {
                let line = self.state.first_visible.map_or("", |start| &self.text[start..at]);
                self.state = self.state.after(line, at + 1);
            } else if self.state.first_visible.is_none() && !matches!(byte, b' ' | b'\t') {
                self.state.first_visible = Some(at);
            }
        }
        self.state.seen = bytes.len();
    }
}

impl State {
    /// Returns the state after a line, which is passed without its indentation.
    fn after(self, line: &str, line_start: usize) -> Self {
        let mut next = Self { line_start, first_visible: None, ..self };
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
        if self.fence.is_none() && !self.html {
            let marks = line.bytes().take_while(|byte| *byte == b'#').count();
            let is_underline = |mark: u8| !blank && line.trim_end().bytes().all(|byte| byte == mark);
            next.heading = match u8::try_from(marks) {
                Ok(level @ 1..=6) if line[marks..].starts_with([' ', '\t']) => level,
                _ if self.previous == Line::Text && is_underline(b'=') => 1,
                _ if self.previous == Line::Text && is_underline(b'-') => 2,
                _ => self.heading,
            };
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

/// Whether the line begins with HTML, or is a list item or a table row.
pub(crate) fn is_tight(line: &str) -> bool {
    let line = line.trim_start();
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after_number.len() < line.len() && after_number.starts_with(['.', ')']);
    numbered || line.starts_with('<') || ["- ", "* ", "+ ", "|"].iter().any(|mark| line.starts_with(mark))
}

/// The elements that start an HTML block, in which Markdown is not parsed until a blank line.
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
    fn the_context_at_the_end_is_tracked() {
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
