//! Handles MDX: JSX components and elements, expressions in braces, and code that imports or exports.

use std::collections::HashMap;

use super::args::{Arg, Args};
use super::engine::Engine;
use super::kept::is_picture;
use super::liquid::short;
use super::scan::{self, MAX_TAG};

/// The elements without content.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// The maximum number of lines of code that imports or exports.
const MAX_MODULE: usize = 400;

/// The maximum length of code in a line, in bytes.
const MAX_CODE: usize = 1024;

/// The maximum number of braces inside each other. Each brace that is never closed is searched for its end, so without this
/// limit a run of them would be read to `MAX_TAG` again and again.
const MAX_DEPTH: usize = 32;

impl Engine<'_> {
    /// Handles a component or an element of JSX.
    pub(super) fn jsx(&mut self) -> bool {
        if self.in_code() {
            return false;
        }
        let rest = self.rest();
        if let Some(fragment) = ["<>", "</>"].iter().find(|fragment| rest.starts_with(**fragment)) {
            return self.drop_until(self.pos + fragment.len());
        }
        if let Some(closing) = rest.strip_prefix("</") {
            let Some((name, after)) = name(closing) else { return false };
            let Some(after) = after.trim_start().strip_prefix('>') else { return false };
            let end = self.src.len() - after.len();
            return is_component(name) && self.close_tag(last_part(name), end);
        }
        let Some(tag) = Tag::parse(rest) else { return false };
        let end = self.pos + tag.length;
        let args = tag.args(&self.imports);
        if is_component(tag.name) {
            return self.open_tag(&format!("<{}>", short(tag.name)), last_part(tag.name), &args, end);
        }
        if tag.name == "img" && tag.attributes.contains('{') {
            return self.open_tag("<img>", "picture", &args, end);
        }
        let is_void = VOID.contains(&tag.name);
        if !tag.attributes.contains('{') && (is_void || !tag.is_closed) {
            return false;
        }
        let close = if tag.is_closed && !is_void { format!("></{}>", tag.name) } else { ">".to_owned() };
        let written = args.named.iter().filter(|(_, arg)| arg.quoted).map(|(name, arg)| {
            let name = if name == "classname" { "class" } else { name.as_str() };
            format!(" {name}=\"{}\"", html_escape::encode_double_quoted_attribute(&arg.text))
        });
        let element = format!("<{}{}{close}", tag.name, written.collect::<String>());
        self.put(end, &element)
    }

    /// Handles an expression in braces. Only texts, and values of the front matter, are known.
    pub(super) fn braces(&mut self) -> bool {
        if self.in_code() || self.out.last_char() == Some('\\') {
            return false;
        }
        let Some(inside) = balanced(self.rest()) else {
            return self.keep(1, "`{` is not closed before the next blank line: kept as written");
        };
        let end = self.pos + inside.len() + 2;
        let expression = inside.trim();
        let comment = expression.strip_prefix("/*").and_then(|comment| comment.strip_suffix("*/"));
        if let Some(id) = comment.filter(|_| self.out.in_heading()) {
            // The id of the heading.
            let id = format!("{{#{}}}", id.trim());
            return self.put(end, &id);
        }
        if expression.is_empty() || comment.is_some() {
            return self.drop_until(end);
        }
        if let Some(text) = literal(expression) {
            let text = text.to_owned();
            return self.put(end, &text);
        }
        let key = expression.rsplit_once("frontmatter.").map(|(_, key)| key);
        let value = key.and_then(|key| self.page.get(key)?.1.text()).map(|text| text.trim().to_owned());
        if let Some(value) = value
            && let Some(budget) = self.budget.checked_sub(value.len())
        {
            self.budget = budget;
            return self.put(end, &value);
        }
        let label = format!("{{{}}}", short(expression));
        self.count_dropped(&label);
        self.note(format!("`{label}` was dropped: it shows data that is not in this file"));
        self.drop_until(end)
    }

    /// Copies code in a line, or the mark of a fenced block.
    pub(super) fn inline_code(&mut self) -> bool {
        let rest = self.rest();
        let run = rest.bytes().take_while(|byte| *byte == b'`').count();
        if self.in_code() || (run >= 3 && self.out.at_blank_line()) {
            self.copy(run);
            return true;
        }
        let mark = &rest[..run];
        // Code ends within its paragraph.
        let inside = scan::head(&rest[run..], MAX_CODE).split("\n\n").next().unwrap_or_default();
        let mut from = 0;
        while let Some(at) = inside[from..].find(mark).map(|at| from + at) {
            let length = inside[at..].bytes().take_while(|byte| *byte == b'`').count();
            if length == run {
                self.copy(run + at + run);
                return true;
            }
            from = at + length;
        }
        self.copy(run);
        true
    }
}

/// A body without the code that imports or exports, and the addresses of the pictures that were imported, by name. Every
/// line stays, so that the numbers of lines do not change.
pub(super) fn without_modules(body: &str) -> (String, HashMap<String, String>) {
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let mut out = String::with_capacity(body.len());
    let mut imports = HashMap::new();
    let mut fence: Option<&str> = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let text = line.trim();
        let may_be_module = fence.is_none() && at.checked_sub(1).is_none_or(|before| is_blank(lines[before]));
        fence = match fence {
            Some(open) if text.starts_with(open) => None,
            Some(open) => Some(open),
            None => ["```", "~~~"].into_iter().find(|open| text.starts_with(open)),
        };
        if !(may_be_module && is_module(line.trim_end())) {
            out.push_str(line);
            at += 1;
            continue;
        }
        let end = at + module_lines(&lines[at..]);
        for line in &lines[at..end] {
            if let Some((name, path)) = imported_picture(line.trim()) {
                imports.insert(name.to_owned(), path.to_owned());
            }
            out.push_str(if line.ends_with('\n') { "\n" } else { "" });
        }
        at = end;
    }
    (out, imports)
}

/// The number of lines of the code at the start: up to the first blank line at which all brackets are closed, or up to the
/// first blank line, if they are not closed soon: before other code that imports or exports.
fn module_lines(lines: &[&str]) -> usize {
    let mut depth = 0_i64;
    let mut is_unclosed = lines.len() > MAX_MODULE;
    let mut after_blank = false;
    for (at, line) in lines.iter().enumerate().take(MAX_MODULE) {
        if is_blank(line) && depth <= 0 {
            return at;
        }
        // Each search ends where the next one begins, so all of them together take linear time.
        if after_blank && is_module(line.trim_end()) {
            is_unclosed = true;
            break;
        }
        after_blank = is_blank(line);
        let brackets = line.bytes().map(|byte| match byte {
            b'{' | b'[' | b'(' => 1,
            b'}' | b']' | b')' => -1,
            _ => 0,
        });
        depth += brackets.sum::<i64>();
    }
    if depth <= 0 && !is_unclosed {
        return lines.len();
    }
    lines.iter().position(|line| is_blank(line)).unwrap_or(lines.len())
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_module(line: &str) -> bool {
    let declares = |rest: &str| {
        ["const ", "let ", "var ", "function", "class ", "default ", "async ", "{", "*"]
            .iter()
            .any(|word| rest.starts_with(word))
    };
    if let Some(rest) = line.strip_prefix("import ") {
        return rest.contains(" from ") || rest.starts_with(['"', '\'', '{', '*']);
    }
    line.strip_prefix("export ").is_some_and(declares)
}

/// The name and the address of `import name from "address"`, if it is a picture.
fn imported_picture(line: &str) -> Option<(&str, &str)> {
    let (name, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    let path = from.trim().trim_end_matches(';').trim_matches(['"', '\'']);
    is_picture(path).then_some((name.trim(), path))
}

/// An opening tag.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    /// Whether it ends with `/>`.
    is_closed: bool,
    length: usize,
}

impl<'a> Tag<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (name, after) = name(text.strip_prefix('<')?)?;
        let start = text.len() - after.len();
        let mut quote: Option<u8> = None;
        let mut depth = 0_usize;
        for (at, byte) in text.bytes().enumerate().skip(start).take(MAX_TAG) {
            match (quote, byte) {
                (Some(open), byte) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'' | b'`') => quote = Some(byte),
                (None, b'{') if depth == MAX_DEPTH => return None,
                (None, b'{') => depth += 1,
                (None, b'}') => depth = depth.checked_sub(1)?,
                (None, b'<') if depth == 0 => return None,
                (None, b'>') if depth == 0 => {
                    let attributes = text[start..at].trim();
                    let is_closed = attributes.ends_with('/');
                    let attributes = attributes.trim_end_matches('/');
                    return Some(Self { name, attributes, is_closed, length: at + 1 });
                }
                (None, _) => {}
            }
        }
        None
    }

    fn args(&self, imports: &HashMap<String, String>) -> Args {
        let mut args = Args::default();
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            if rest.starts_with('{') {
                rest = balanced(rest).map_or("", |inside| &rest[inside.len() + 2..]).trim_start();
                continue;
            }
            let length =
                rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '{')).unwrap_or(rest.len());
            let (name, after) = rest.split_at(length.max(1).min(rest.len()));
            let Some(value) = after.trim_start().strip_prefix('=') else {
                rest = after.trim_start();
                continue;
            };
            let value = value.trim_start();
            let (arg, after) = attribute_value(value, imports);
            args.named.push((name.to_ascii_lowercase().replace('-', "_"), arg));
            rest = after.trim_start();
        }
        args
    }
}

/// Parses the value of an attribute. Returns it with the rest.
fn attribute_value<'a>(value: &'a str, imports: &HashMap<String, String>) -> (Arg, &'a str) {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let inside = value[1..].split(quote).next().unwrap_or_default();
        let after = value.get(inside.len() + 2..).unwrap_or_default();
        let text = html_escape::decode_html_entities(inside).into_owned();
        return (Arg { text, quoted: true }, after);
    }
    if let Some(inside) = balanced(value) {
        let after = &value[inside.len() + 2..];
        let expression = inside.trim();
        let known = literal(expression).or_else(|| imports.get(expression).map(String::as_str));
        return match known {
            Some(text) => (Arg { text: text.to_owned(), quoted: true }, after),
            None => (Arg { text: String::new(), quoted: false }, after),
        };
    }
    let length = value.find(char::is_whitespace).unwrap_or(value.len());
    (Arg { text: value[..length].to_owned(), quoted: true }, &value[length..])
}

/// The text between `{` at the start and its closing brace, on consecutive lines without a blank one.
fn balanced(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut quote: Option<u8> = None;
    for (at, byte) in text.bytes().enumerate().take(MAX_TAG) {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), b'\n') => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'`') => quote = Some(byte),
            (None, b'{') if depth == MAX_DEPTH => return None,
            (None, b'{') => depth += 1,
            (None, b'}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(&text[1..at]);
                }
            }
            (None, b'\n') if text[at + 1..].trim_start_matches([' ', '\t']).starts_with('\n') => return None,
            (None, _) => {}
        }
        if depth == 0 {
            return None;
        }
    }
    None
}

/// The text of a literal: `"text"`, `'text'`, or a template without expressions.
fn literal(expression: &str) -> Option<&str> {
    let quote = expression.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inside = expression[1..].strip_suffix(quote)?;
    (!inside.contains(quote) && !inside.contains("${")).then_some(inside)
}

fn name(text: &str) -> Option<(&str, &str)> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let length = text.find(|c| !belongs(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let ends = rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '{'));
    (ends && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some((name, rest))
}

fn is_component(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) || name.contains('.')
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
