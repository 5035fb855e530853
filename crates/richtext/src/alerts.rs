//! Rewrites the alerts of other dialects in the notation that the Markdown parser knows:
//!
//! ```text
//! :::tip Title        !!! tip "Title"        > [!hint] Title        > [!TIP] Title
//! Text.                   Text.              > Text.                > Text.
//! :::
//! ```
//!
//! The last form is GitHub's, and is the result. Code and raw HTML stay as written.

use std::borrow::Cow;

use crate::limits::NESTED_ALERTS;

/// The tags of raw HTML whose content is not Markdown, with the text that ends them.
const OPAQUE_HTML: [(&str, &str); 5] = [
    ("<!--", "-->"),
    ("<pre", "</pre>"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
];

/// Returns the Markdown in which all alerts have GitHub's notation.
pub(crate) fn with_alerts(markdown: &str) -> Cow<'_, str> {
    if ![":::", "!!!", "???", "[!"].iter().any(|mark| markdown.contains(mark)) {
        return Cow::Borrowed(markdown);
    }
    let lines: Vec<&str> = markdown.split('\n').collect();
    Cow::Owned(rewritten(&lines, 0).join("\n"))
}

fn rewritten(lines: &[&str], depth: usize) -> Vec<String> {
    let places = places(lines);
    let fences = matching_fences(lines, &places);
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let place = places[at].filter(|_| depth < NESTED_ALERTS);
        let found = place.and_then(|indent| {
            let end = fences[at];
            end.and_then(|end| container(lines, at, end, indent)).or_else(|| admonition(lines, at, indent))
        });
        match (found, place) {
            (Some(block), Some(indent)) => {
                at = block.next;
                push_block(block, &line[..indent], depth, &mut out);
                if lines.get(at).is_some_and(|line| !line.trim().is_empty()) {
                    out.push(String::new());
                }
            }
            _ => {
                out.push(if place.is_some() { callout(line) } else { (*line).to_owned() });
                at += 1;
            }
        }
    }
    out
}

/// A block in another notation.
struct Block<'a> {
    form: Form,
    title: Option<&'a str>,
    content: Vec<&'a str>,
    /// The line after the block.
    next: usize,
}

/// What becomes of a block.
enum Form {
    /// An alert of this kind of GitHub.
    Alert(&'static str),
    /// A part that readers open and close.
    Details,
    /// Only its content.
    Content,
}

impl Form {
    fn of(name: &str) -> Self {
        match kind(name) {
            Some(kind) => Self::Alert(kind),
            None if ["details", "collapse", "collapsible", "spoiler"].contains(&name) => Self::Details,
            None => Self::Content,
        }
    }
}

/// Returns the kind of alert that GitHub has for the name of another dialect, in lower case.
fn kind(name: &str) -> Option<&'static str> {
    Some(match name {
        "note" | "info" | "information" | "abstract" | "summary" | "seealso" | "todo" | "question"
        | "help" | "faq" => "NOTE",
        "tip" | "hint" | "success" | "check" | "done" => "TIP",
        "important" => "IMPORTANT",
        "warning" | "attention" => "WARNING",
        "caution" | "danger" | "error" | "failure" | "bug" => "CAUTION",
        _ => return None,
    })
}

fn push_block(block: Block<'_>, indent: &str, depth: usize, out: &mut Vec<String>) {
    let Block { form, title, content, next: _ } = block;
    // Two quotes one after the other would be one.
    if out.last().is_some_and(|line| line.trim_start().starts_with('>')) {
        out.push(String::new());
    }
    let content = rewritten(&content, depth + 1);
    let title = title.map(str::trim).filter(|title| !title.is_empty());
    match form {
        Form::Alert(kind) => {
            let title = title.map(|title| format!(" {title}")).unwrap_or_default();
            out.push(format!("{indent}> [!{kind}]{title}"));
            out.extend(content.into_iter().map(|line| format!("{indent}> {line}").trim_end().to_owned()));
        }
        Form::Details => {
            let title = title.unwrap_or("…").replace('&', "&amp;").replace('<', "&lt;");
            out.extend([
                format!("{indent}<details>"),
                format!("{indent}<summary>{title}</summary>"),
                String::new(),
            ]);
            out.extend(content.into_iter().map(|line| format!("{indent}{line}")));
            out.extend([String::new(), format!("{indent}</details>"), String::new()]);
        }
        Form::Content => {
            out.push(String::new());
            out.extend(title.map(|title| format!("{indent}{title}\n")));
            out.extend(content.into_iter().map(|line| format!("{indent}{line}")));
            out.push(String::new());
        }
    }
}

/// Reads `:::name Title`, up to its last line `:::`.
fn container<'a>(lines: &[&'a str], at: usize, end: usize, indent: usize) -> Option<Block<'a>> {
    let (name, title) = container_head(lines[at].trim())?;
    let content = lines[at + 1..end].iter().map(|line| without_indent(line, indent)).collect();
    Some(Block { form: Form::of(&name.to_ascii_lowercase()), title, content, next: end + 1 })
}

/// Reads the name and the title of `:::name Title`, `:::name[Title]{#id}` or `::: {.name title="Title"}`.
fn container_head(line: &str) -> Option<(&str, Option<&str>)> {
    let head = line.trim_start_matches(':').trim();
    let (name, rest) = match head.strip_prefix("{.") {
        Some(list) => list.split_at(name_length(list)?),
        None => head.split_at(name_length(head)?),
    };
    let rest = rest.trim_end_matches(':').trim();
    let title = match rest.chars().next() {
        Some('[') => rest[1..].split(']').next(),
        _ if head.starts_with('{') || rest.starts_with('{') => {
            rest.split_once("title=\"").and_then(|(_, title)| title.split('"').next())
        }
        _ => Some(rest.trim_matches('"')),
    };
    Some((name, title))
}

fn name_length(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(length)
}

/// Reads `!!! name "Title"` with its indented content. Without content below, the line is prose.
fn admonition<'a>(lines: &[&'a str], at: usize, indent: usize) -> Option<Block<'a>> {
    let line = lines[at].trim();
    let head = ["!!!", "???+", "???"].iter().find_map(|mark| line.strip_prefix(mark))?;
    let head = head.strip_prefix(' ')?.trim_start();
    let (name, rest) = head.split_at(name_length(head)?);
    let name = name.to_ascii_lowercase();
    let classes = rest.split('"').next().unwrap_or_default();
    let title = rest.split_once('"').and_then(|(_, title)| title.strip_suffix('"'));
    let known = kind(&name).is_some() && (title.is_some() || classes.trim().is_empty());
    let quoted = title.is_some() && classes.trim().is_empty();
    if !known && !quoted {
        return None;
    }
    let width = indent + 4;
    let belongs = |line: &str| line.trim().is_empty() || indent_of(line) >= width;
    let mut end = at + 1 + lines[at + 1..].iter().take_while(|line| belongs(line)).count();
    while end > at + 1 && lines[end - 1].trim().is_empty() {
        end -= 1;
    }
    if end == at + 1 {
        return None;
    }
    let content = lines[at + 1..end].iter().map(|line| without_indent(line, width)).collect();
    let form = kind(&name).map_or(Form::Content, Form::Alert);
    Some(Block { form, title, content, next: end })
}

/// Replaces the kind of `> [!kind]- Title` by the one that GitHub has for it.
fn callout(line: &str) -> String {
    let known = || {
        let start = line.find(|c: char| !matches!(c, ' ' | '>'))?;
        let (marks, rest) = line.split_at(start);
        let (name, title) = rest.strip_prefix("[!")?.split_once(']')?;
        let kind = kind(&name.to_ascii_lowercase())?;
        let title = title.strip_prefix(['+', '-']).unwrap_or(title);
        marks.contains('>').then(|| format!("{} [!{kind}]{title}", marks.trim_end()))
    };
    known().unwrap_or_else(|| line.to_owned())
}

/// Returns for each line that starts `:::name` the line that ends it, if there is one. The fences nest.
fn matching_fences(lines: &[&str], places: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut ends = vec![None; lines.len()];
    let mut open = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim();
        if places[at].is_none() || !line.starts_with(":::") {
            continue;
        }
        if line.bytes().all(|byte| byte == b':') {
            if let Some(start) = open.pop() {
                ends[start] = Some(at);
            }
        } else if container_head(line).is_some() {
            open.push(at);
        }
    }
    ends
}

/// Returns for each line its indent in bytes, or `None` when the line is code, raw HTML or blank.
fn places(lines: &[&str]) -> Vec<Option<usize>> {
    let mut context = Context::default();
    lines.iter().map(|line| context.place(line)).collect()
}

/// What the lines so far say about the next one.
#[derive(Default)]
struct Context {
    /// The mark, the length and the indent of the open code fence.
    fence: Option<(u8, usize, usize)>,
    /// The text that ends the raw HTML.
    html_end: Option<&'static str>,
    /// The columns at which the content of the open list items starts.
    items: Vec<usize>,
}

impl Context {
    fn place(&mut self, line: &str) -> Option<usize> {
        if let Some(end) = self.html_end {
            if line.to_ascii_lowercase().contains(end) {
                self.html_end = None;
            }
            return None;
        }
        let text = line.trim_start();
        if text.trim_end().is_empty() {
            return None;
        }
        let indent = indent_of(line);
        if let Some((mark, length, item)) = self.fence {
            let run = text.bytes().take_while(|byte| *byte == mark).count();
            if run >= length && text[run..].trim().is_empty() {
                self.fence = None;
                return None;
            }
            // The end of a list item ends its code.
            if indent >= item {
                return None;
            }
            self.fence = None;
        }
        while self.items.last().is_some_and(|item| *item > indent) {
            self.items.pop();
        }
        let item = self.items.last().copied().unwrap_or_default();
        if indent >= item + 4 {
            return None;
        }
        let mut column = indent;
        let mut rest = text;
        while let Some(width) = list_marker(rest) {
            let spaces = rest[width..].bytes().take_while(|byte| *byte == b' ').count();
            // More spaces belong to code inside of the item.
            let spaces = if spaces > 4 { 1 } else { spaces };
            column += width + spaces;
            rest = rest.get(width + spaces..).unwrap_or_default();
            self.items.push(column);
        }
        for mark in *b"`~" {
            let run = rest.bytes().take_while(|byte| *byte == mark).count();
            if run >= 3 && !(mark == b'`' && rest[run..].contains('`')) {
                self.fence = Some((mark, run, self.items.last().copied().unwrap_or_default()));
                return None;
            }
        }
        let start: String = rest.chars().take(9).collect::<String>().to_ascii_lowercase();
        if let Some((tag, end)) = OPAQUE_HTML.iter().find(|(tag, _)| start.starts_with(tag)) {
            if !rest[tag.len()..].to_ascii_lowercase().contains(end) {
                self.html_end = Some(end);
            }
            return None;
        }
        // A tab counts as several columns, so the indent is no position in the line.
        (!line[..line.len() - text.len()].contains('\t')).then_some(indent)
    }
}

/// Returns the length of the list marker at the start of a line, without the spaces after it.
fn list_marker(line: &str) -> Option<usize> {
    let digits = line.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let width = match line.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => 1,
        b'.' | b')' if digits > 0 => digits + 1,
        _ => return None,
    };
    line[width..].starts_with(' ').then_some(width)
}

/// Returns the width of the white space at the start of a line, with tab stops of 4.
fn indent_of(line: &str) -> usize {
    let blank = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blank.fold(0, |column, byte| if byte == b'\t' { column / 4 * 4 + 4 } else { column + 1 })
}

/// Removes white space of at most this width from the start of a line.
fn without_indent(line: &str, width: usize) -> &str {
    let mut column = 0;
    for (at, byte) in line.bytes().enumerate() {
        column = match byte {
            b' ' => column + 1,
            b'\t' => column / 4 * 4 + 4,
            _ => return &line[at..],
        };
        if column > width {
            return &line[at..];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_of_every_dialect_become_those_of_github() {
        for (markdown, rewritten) in [
            (":::tip\nDrink water.\n:::", "> [!TIP]\n> Drink water."),
            ("::: warning Mind the step\na\n\n- b\n:::\nc", "> [!WARNING] Mind the step\n> a\n>\n> - b\n\nc"),
            (":::info[Hours]{.wide}\na\n:::", "> [!NOTE] Hours\n> a"),
            ("::: {.note title=\"Hours\"}\na\n:::", "> [!NOTE] Hours\n> a"),
            ("::::danger\n:::tip\na\n:::\nb\n::::", "> [!CAUTION]\n> > [!TIP]\n> > a\n>\n> b"),
            (
                "!!! note \"Hours\"\n    From nine.\n\n    To five.\n\nc",
                "> [!NOTE] Hours\n> From nine.\n>\n> To five.\n\nc",
            ),
            ("??? tip\n\ta", "> [!TIP]\n> a"),
            ("- a\n\n  :::note\n  b\n  :::", "- a\n\n  > [!NOTE]\n  > b"),
            ("> [!hint]- Rest\n> a", "> [!TIP] Rest\n> a"),
            (">[!danger]\n>a", "> [!CAUTION]\n>a"),
            (":::note\n```\n:::\n```\n:::", "> [!NOTE]\n> ```\n> :::\n> ```"),
            (":::columns\na\n:::", "\na\n"),
        ] {
            assert_eq!(with_alerts(markdown), rewritten, "{markdown}");
        }
        let details = with_alerts(":::details Doses < 3\na\n:::");
        assert_eq!(details, "<details>\n<summary>Doses &lt; 3</summary>\n\na\n\n</details>\n");
    }

    #[test]
    fn prose_and_code_stay_as_written() {
        for markdown in [
            "Wow!!! note this",
            "!!! note\nNot indented.",
            "!!! we did it\n    code",
            ":::tip\nNever closed.",
            ":::",
            "::: 12\n:::",
            "```\n:::tip\na\n:::\n```",
            "~~~\n!!! note\n    a\n~~~",
            "    :::tip\n    a\n    :::",
            "<pre>\n:::tip\na\n:::\n</pre>",
            "<!--\n:::tip\na\n:::\n-->",
            "> [!mine]\n> a",
            "[!NOTE] a",
            "- ```\n  :::tip\n  a\n  :::\n  ```",
        ] {
            assert_eq!(with_alerts(markdown), markdown);
        }
    }
}
