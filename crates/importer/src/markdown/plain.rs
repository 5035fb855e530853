//! Turns text with inline Markdown and HTML into one line of plain text.

/// Removes inline tags and inline Markdown, decodes entities once, and collapses white space.
///
/// `*` and `_` are removed only in pairs around text, so `2 * 3` and `snake_case` stay.
pub(crate) fn line(text: &str) -> String {
    let mut stripper =
        Stripper { text, out: Vec::with_capacity(text.len()), brackets: Vec::new(), runs: Vec::new() };
    stripper.run();
    let kept: String = stripper.out.into_iter().flatten().collect();
    collapse(&html_escape::decode_html_entities(&kept))
}

/// Decodes entities once and collapses white space. For names and slugs, which contain no Markdown.
pub(crate) fn name(text: &str) -> String {
    collapse(&html_escape::decode_html_entities(text))
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || (c.is_control())) {
        let before = out.len();
        if before > 0 {
            out.push(' ');
        }
        let start = out.len();
        out.extend(word.chars().filter(|c| !is_invisible(*c)));
        if out.len() == start {
            out.truncate(before);
        }
    }
    out
}

/// Whether the character is invisible: zero-width spaces, soft hyphens, direction marks. Joiners do not count,
/// because scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Scans the text once. When characters turn out to be markup, they are erased from `out` afterwards.
struct Stripper<'a> {
    text: &'a str,
    out: Vec<Option<char>>,
    /// Open `[`: the position in `out`, and whether `!` precedes it.
    brackets: Vec<(usize, bool)>,
    /// Runs of `*` or `_` that may open emphasis: the character, the position in `out`, and the length.
    runs: Vec<(char, usize, usize)>,
}

impl Stripper<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            at += match c {
                '\\' => self.escape(at),
                '<' => self.tag(at),
                '`' => self.code(at),
                '*' | '_' => self.emphasis(at, c),
                '[' => {
                    let image = self.out.last() == Some(&Some('!'));
                    self.brackets.push((self.out.len(), image));
                    self.keep(c)
                }
                ']' => self.close_bracket(at),
                _ => self.keep(c),
            };
        }
    }

    fn keep(&mut self, c: char) -> usize {
        self.out.push(Some(c));
        c.len_utf8()
    }

    fn escape(&mut self, at: usize) -> usize {
        match self.text[at + 1..].chars().next() {
            Some(next) if next.is_ascii_punctuation() => 1 + self.keep(next),
            _ => self.keep('\\'),
        }
    }

    /// Removes `<b>`, `</b>` and `<!-- … -->`, removes the brackets of `<https://…>`, and keeps `a < b`.
    fn tag(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        let end = rest.find(['<', '>']).filter(|end| rest.as_bytes()[*end] == b'>');
        let (Some(end), true) =
            (end, rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')))
        else {
            return self.keep('<');
        };
        let inner = &rest[..end];
        if inner.starts_with("http") && inner.contains("://") || inner.starts_with("mailto:") {
            self.out.extend(inner.chars().map(Some));
        } else {
            let name = inner.trim_start_matches('/').split([' ', '/', '\n', '\t']).next().unwrap_or_default();
            let breaks = ["br", "p", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "hr", "figure"];
            if breaks.iter().any(|tag| name.eq_ignore_ascii_case(tag)) {
                self.out.push(Some(' '));
            }
        }
        end + 2
    }

    fn code(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let run = rest.bytes().take_while(|byte| *byte == b'`').count();
        let after = &rest[run..];
        let end = if run <= 2 { after.find('`') } else { None };
        match end {
            Some(end) if after[end..].bytes().take_while(|byte| *byte == b'`').count() == run => {
                self.out.extend(after[..end].chars().map(Some));
                run + end + run
            }
            _ => {
                self.out.extend(std::iter::repeat_n(Some('`'), run));
                run
            }
        }
    }

    fn emphasis(&mut self, at: usize, mark: char) -> usize {
        let rest = &self.text[at..];
        let length = rest.chars().take_while(|c| *c == mark).count();
        let before = self.text[..at].chars().next_back();
        let after = rest[length..].chars().next();
        let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let opens = !space(after) && (mark == '*' || !word(before));
        let closes = !space(before) && (mark == '*' || !word(after));

        let start = self.out.len();
        self.out.extend(std::iter::repeat_n(Some(mark), length));
        let opener = if closes { self.matching_run(mark, length) } else { None };
        if let Some(opened_at) = opener {
            self.out[opened_at..opened_at + length].fill(None);
            self.out[start..].fill(None);
        } else if opens {
            self.runs.push((mark, start, length));
        }
        length
    }

    /// Returns the position of the nearest opening run of the same character and length. The runs after it are dropped.
    fn matching_run(&mut self, mark: char, length: usize) -> Option<usize> {
        const REACH: usize = 8;
        let reach = self.runs.len().saturating_sub(REACH);
        let found = self.runs[reach..].iter().rposition(|(m, _, l)| (*m, *l) == (mark, length))? + reach;
        let (_, start, _) = self.runs[found];
        self.runs.truncate(found);
        Some(start)
    }

    /// Replaces `[text](url)` and `[text][name]` by the text, and removes images.
    fn close_bracket(&mut self, at: usize) -> usize {
        let Some((open, image)) = self.brackets.pop() else {
            return self.keep(']');
        };
        let rest = &self.text[at + 1..];
        let close = match rest.as_bytes().first() {
            Some(b'(') => ')',
            Some(b'[') => ']',
            _ => return self.keep(']'),
        };
        let stop = |c: char| c == close || matches!(c, '[' | '\n') || (c == ']');
        let Some(end) = rest[1..].find(stop).filter(|end| rest[1 + end..].starts_with(close)) else {
            return self.keep(']');
        };
        if image {
            self.out.truncate(open - 1);
            self.runs.retain(|(_, start, length)| start + length < open);
            self.brackets.retain(|(start, _)| *start < open - 1);
        } else {
            self.out[open] = None;
        }
        end + 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_markup_is_removed() {
        let cases = [
            ("Care &amp; cure", "Care & cure"),
            ("&amp;lt; stays", "&lt; stays"),
            ("&lt;b&gt; is text", "<b> is text"),
            ("A <em>bold</em> <a href=\"/x\">plan</a>", "A bold plan"),
            ("One<br>two", "One two"),
            ("**Bold** and _soft_ and ***both***", "Bold and soft and both"),
            ("**a *b* c**", "a b c"),
            ("snake_case_name, 2 * 3 * 4, a < b > c", "snake_case_name, 2 * 3 * 4, a < b > c"),
            ("`code_with_marks` and ``a`b``", "code_with_marks and ``a`b``"),
            ("[Ward 4](/ward \"t\") and [x][y], [z] ![pic](a.png)!", "Ward 4 and x, [z] !"),
            ("\\*not\\* emphasis", "*not* emphasis"),
            ("<https://health.example/a>", "https://health.example/a"),
            (" a\u{a0}b\u{200b}\n c\u{feff} ", "a b c"),
            ("1. Not a list", "1. Not a list"),
            ("\u{1f469}\u{200d}\u{2695}\u{fe0f}", "\u{1f469}\u{200d}\u{2695}\u{fe0f}"),
            ("![[a](b)](c) ![", "!["),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(line(text), expected, "{text:?}");
        }
        assert_eq!(name(" C*  &amp; D_e_ "), "C* & D_e_");
    }
}
