//! Handles blocks with an end tag: raw text, comments, loops, code.

use super::engine::{Block, Engine, own_line_end};
use super::output::Mark;
use super::{media, scan};

/// The maximum indentation of a quotation, which is written before each of its lines.
const MAX_INDENT: usize = 64;

/// A quotation whose end tag has not come yet.
pub(super) struct Quote {
    /// The name of its tag.
    pub(super) name: String,
    /// The person or the work that it comes from.
    pub(super) cite: Option<String>,
    /// Whether it starts in the middle of a line.
    is_inline: bool,
    indent: String,
    pub(super) mark: Mark,
    line: u32,
}

impl Engine<'_> {
    /// Handles `{% raw %}…{% endraw %}`, whose content stays as it is.
    pub(super) fn raw(&mut self, end: usize) -> bool {
        self.pos = end;
        let Some((from, to)) = self.find_end("endraw") else {
            self.note("`{% raw %}` is never closed: dropped, and the text after it is handled as usual");
            return self.drop_until(end);
        };
        let (from, to) = (end + from, end + to);
        self.end_own_line(true);
        self.out.push(&self.src[self.pos..from]);
        self.drop_until(to)
    }

    /// Handles `{% comment %}…{% endcomment %}`, which is removed.
    pub(super) fn comment(&mut self, end: usize) -> bool {
        self.pos = end;
        match self.find_end("endcomment") {
            Some((_, to)) => self.drop_until(end + to),
            None => {
                self.note("`{% comment %}` is never closed: dropped, and the text after it is kept");
                self.drop_until(end)
            }
        }
    }

    fn find_end(&mut self, name: &'static str) -> Option<(usize, usize)> {
        if self.missing.contains(&name) {
            return None;
        }
        let found = scan::find_tag(self.rest(), name);
        if found.is_none() {
            self.missing.push(name);
        }
        found
    }

    /// Returns the position after the first of `ends` that follows `end`; all of them start with `opener`. For
    /// blocks that are removed with their content.
    pub(super) fn skip_past(&mut self, end: usize, opener: &'static str, ends: &[&str]) -> Option<usize> {
        if self.missing.contains(&opener) {
            return None;
        }
        let mut from = end;
        while let Some(at) = self.src[from..].find(opener).map(|at| from + at) {
            if let Some(tag) = ends.iter().find(|tag| self.src[at..].starts_with(**tag)) {
                return Some(at + tag.len());
            }
            from = at + opener.len();
        }
        self.missing.push(opener);
        None
    }

    pub(super) fn begin_loop(&mut self, end: usize) -> bool {
        let line = self.line();
        self.drop_until(end);
        let mark = self.out.mark();
        self.blocks.push(Block::Loop { mark, line, text: false });
        true
    }

    /// Ends a loop. A loop that shows only variables is removed. A loop with text of its own is replaced by its content,
    /// once.
    pub(super) fn end_loop(&mut self, end: usize) -> bool {
        if !matches!(self.blocks.last(), Some(Block::Loop { .. })) {
            return self.drop_until(end);
        }
        if let Some(Block::Loop { mark, line, text }) = self.blocks.pop() {
            if text || holds_text(self.out.since(mark.at)) {
                if let Some(Block::Loop { text, .. }) = self.blocks.last_mut() {
                    *text = true;
                }
                self.note_at(line, "a loop was removed; its text is kept once");
            } else {
                self.out.rewind(mark);
                self.count_dropped_at("{% for %}", line);
                self.note_at(line, "a loop that only shows data of the site was dropped");
            }
        }
        self.drop_until(end)
    }

    pub(super) fn begin_code(&mut self, end: usize, language: &str) -> bool {
        if self.code_open {
            self.note("a code block inside a code block: its tag is dropped");
            return self.drop_until(end);
        }
        if !self.out.at_blank_line() {
            self.out.push("\n");
        }
        let indent = self.out.indent();
        if self.out.in_html() {
            self.clear_blank_line();
            self.out.push("\n");
        }
        self.clear_blank_line();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '#' | '.');
        let language = language.chars().filter(|c| plain(*c)).take(32).collect();
        let (mark, line) = (self.out.mark(), self.line());
        self.code_open = true;
        self.blocks.push(Block::Code { mark, line, language, indent });
        self.pos = end;
        self.end_own_line(false);
        true
    }

    pub(super) fn end_code(&mut self, end: usize) -> bool {
        if !self.code_open {
            return self.drop_until(end);
        }
        self.code_open = false;
        while let Some(block) = self.blocks.pop() {
            if matches!(block, Block::Quote(_)) {
                self.quote_open = false;
            }
            if let Block::Code { mark, language, indent, .. } = block {
                let code = self.out.rewind(mark);
                let code = code.trim_end_matches([' ', '\t']);
                let code = code.strip_suffix('\n').unwrap_or(code);
                let fence = "`".repeat(longest_run(code).max(2) + 1);
                self.out.push(&format!("{indent}{fence}{language}\n{code}\n{indent}{fence}\n"));
                break;
            }
        }
        self.pos = end;
        let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.pos += blank;
        self.end_own_line(false);
        true
    }

    /// Begins a quotation. There is no quotation inside another one, so that each text is copied only once.
    pub(super) fn begin_quote(&mut self, name: &str, cite: Option<String>, end: usize) -> bool {
        let is_deep = self.out.indent_length() > MAX_INDENT;
        if self.quote_open || self.in_code() || self.out.in_html() || is_deep {
            return self.drop_until(end);
        }
        self.quote_open = true;
        let is_inline = !self.out.at_blank_line();
        let indent = self.out.indent();
        // The indentation is written again before each line of the quotation, so it must not be part of its text.
        self.clear_blank_line();
        let (mark, line) = (self.out.mark(), self.line());
        self.blocks.push(Block::Quote(Quote { name: name.to_owned(), cite, is_inline, indent, mark, line }));
        self.pos = end;
        if !is_inline {
            self.pos += own_line_end(self.rest()).unwrap_or(0);
        }
        true
    }

    pub(super) fn end_quote(&mut self, end: usize) -> bool {
        let Some(Block::Quote(Quote { cite, is_inline, indent, mark, .. })) = self.blocks.pop() else {
            return self.drop_until(end);
        };
        self.quote_open = false;
        let text = self.out.rewind(mark);
        let text = text.trim();
        self.pos = end;
        if is_inline {
            // The text is Markdown already: white space inside a line may be code.
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let cite = cite.as_deref().map(media::words);
            self.out.push(&media::inline_quote(&lines.join(" "), cite.as_deref()));
            return true;
        }
        self.clear_blank_line();
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| {
                format!("{indent}> {}", line.strip_prefix(&indent).unwrap_or(line)).trim_end().to_owned()
            })
            .collect();
        if let Some(cite) = cite {
            lines.extend([format!("{indent}>"), format!("{indent}> – {}", media::words(&cite))]);
        }
        self.out.push(&lines.join("\n"));
        if own_line_end(self.rest()).is_none() {
            self.out.push("\n");
        }
        let gap = self.gap_after(end);
        self.out.push(gap);
        true
    }

    /// The line feed that keeps the text after a quotation out of it.
    pub(super) fn gap_after(&self, end: usize) -> &'static str {
        let rest = &self.src[end..];
        let next = own_line_end(rest).map_or(rest, |length| &rest[length..]);
        if own_line_end(next).is_some() { "" } else { "\n" }
    }

    /// Handles Zola's `{% end %}`, which closes the last tag.
    pub(super) fn close_last_tag(&mut self, end: usize) -> bool {
        if matches!(self.blocks.last(), Some(Block::Quote(_))) {
            return self.end_quote(end);
        }
        self.drop_until(end)
    }

    /// Closes the blocks that are open at the end of the text. Their text stays.
    pub(super) fn close_blocks(&mut self) {
        while let Some(block) = self.blocks.pop() {
            match block {
                Block::Loop { line, .. } => {
                    self.note_at(line, "a loop is never closed: its text is kept once")
                }
                Block::Code { line, .. } => {
                    self.note_at(line, "a `highlight` block is never closed: its text is kept, not as code");
                }
                Block::Quote(Quote { line, .. }) => {
                    self.note_at(line, "a quotation is never closed: its text is kept, not as a quotation");
                }
            }
        }
    }
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Whether there is text for readers outside of tags and of the URLs of links.
fn holds_text(text: &str) -> bool {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let close = match c {
            '<' => Some('>'),
            ']' if rest.starts_with("](") => Some(')'),
            _ => None,
        };
        rest = match close {
            Some(close) => rest.split_once(close).map_or("", |(_, after)| after),
            None if c.is_alphanumeric() => return true,
            None => &rest[c.len_utf8()..],
        };
    }
    false
}
