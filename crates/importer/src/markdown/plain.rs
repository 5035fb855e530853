//! Turns text with inline Markdown and HTML into one line of plain text.

/// Elements that format text. Their tags are markup when the element is closed.
const FORMATTING: [&str; 46] = [
    "a",
    "abbr",
    "acronym",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "center",
    "cite",
    "code",
    "del",
    "dfn",
    "div",
    "em",
    "figcaption",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "time",
    "tt",
    "u",
    "ul",
    "var",
    "nobr",
];

/// Elements without an end tag, and elements that embed something. Their tags are markup when they have an attribute.
const EMBEDDING: [&str; 9] =
    ["audio", "embed", "iframe", "img", "object", "script", "source", "style", "video"];

/// The distance, in bytes, within which the end tag of an element is looked for.
const LONGEST_ELEMENT: usize = 4_000;

/// Removes inline tags and inline Markdown, decodes entities once, and collapses white space.
///
/// `*` and `_` are removed only in pairs around text, so `2 * 3` and `snake_case` stay. A tag is removed only when it
/// formats text and is closed, or when it embeds something, so `<select> or radio?` and `Vec<String>` stay.
pub(crate) fn line(text: &str) -> String {
    let mut stripper = Stripper {
        text,
        out: Vec::with_capacity(text.len()),
        brackets: Vec::new(),
        runs: Vec::new(),
        open: Vec::new(),
    };
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
    /// The elements whose start tag was removed, and whose end tag has not come yet.
    open: Vec<String>,
}

impl Stripper<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            if let Some(length) = footnote_length(&self.text[at..]) {
                at += length;
                continue;
            }
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
        if !self.is_markup(inner, &rest[end + 1..]) {
            return self.keep('<');
        }
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

    /// Whether the text between `<` and `>` is markup. `after` is the text after it.
    fn is_markup(&mut self, inner: &str, after: &str) -> bool {
        if inner.starts_with('!') || inner.contains("://") || inner.starts_with("mailto:") {
            return true;
        }
        let is_end = inner.starts_with('/');
        let tag = inner.trim_start_matches('/');
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let (name, attributes) = (tag[..length].to_ascii_lowercase(), &tag[length..]);
        let ends_name = attributes.is_empty() || attributes.starts_with([' ', '/', '\n', '\t']);
        if is_end {
            let opened = self.open.iter().rposition(|open| *open == name);
            return ends_name && opened.map(|at| self.open.remove(at)).is_some();
        }
        if matches!(name.as_str(), "br" | "hr" | "wbr") {
            return ends_name;
        }
        let has_attribute = attributes.contains('=');
        let known = match (FORMATTING.contains(&name.as_str()), EMBEDDING.contains(&name.as_str())) {
            (true, _) => has_attribute || is_closed(&name, after),
            (_, true) => has_attribute,
            _ => false,
        };
        if known && ends_name {
            self.open.push(name);
        }
        known && ends_name
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

/// Returns the length of the reference to a footnote at the start of the text, such as `[^1]`.
fn footnote_length(text: &str) -> Option<usize> {
    let name = text.strip_prefix("[^")?;
    let end = name.find(|c: char| c == ']' || c == '[' || c.is_whitespace())?;
    (end > 0 && name[end..].starts_with(']')).then_some(end + 3)
}

/// Whether an end tag with this lower-case name follows.
fn is_closed(name: &str, after: &str) -> bool {
    let near = &after[..after.floor_char_boundary(LONGEST_ELEMENT)];
    let mut ends = near.match_indices("</").map(|(at, _)| &near[at + 2..]);
    ends.any(|tag| {
        let end = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        end && tag[name.len()..].trim_start().starts_with('>')
    })
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
            ("A lead.[^1] More[^b] [^ c] [^]", "A lead. More [^ c] [^]"),
            ("`<b>` or <select> or radio?", "<b> or <select> or radio?"),
            ("Vec<String> and Map<K, V>", "Vec<String> and Map<K, V>"),
            ("Label a <form>, then close the </form>", "Label a <form>, then close the </form>"),
            ("The <b> element, <b>now</b>", "The element, now"),
            ("Why <em> is not <i>", "Why <em> is not <i>"),
            ("<input type=\"date\"> or text", "<input type=\"date\"> or text"),
            ("A <img src=\"a.png\" alt=\"x\"> picture<iframe src=\"/v\"></iframe>", "A picture"),
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
