//! Removes Kramdown's attribute lists: `{: .lead #top target="_blank"}`, `{::nomarkdown}`, `{:/}`.

use super::engine::Engine;
use super::scan;

impl Engine<'_> {
    /// Removes an attribute list that is alone on its line or directly after a span. Code contains no attribute
    /// lists, and `{:ok, value}` is not one.
    pub(super) fn attribute_list(&mut self) -> bool {
        let rest = self.rest();
        let line = scan::head(rest, 512).split('\n').next().unwrap_or_default();
        let Some(end) = line.find('}') else {
            return false;
        };
        let inside = &line[2..end];
        let after = &line[end + 1..];
        // The renderer takes ids, and knows which list a table of contents replaces.
        if self.in_code() || inside.contains('#') || inside == "toc" {
            return false;
        }
        let extension = inside.starts_with([':', '/']);
        let alone = after.trim().is_empty() && self.out.at_blank_line();
        if inside == ":comment" {
            let after = self.pos + end + 1;
            let past = self.skip_past(after, "{:/", &["{:/comment}", "{:/}"]).unwrap_or(after);
            return self.drop_until(past);
        }
        if extension && is_extension(inside) {
            self.pos += end + 1;
            self.end_own_line(false);
            return true;
        }
        let behind_span =
            self.out.last_char().is_some_and(|c| matches!(c, ')' | ']' | '*' | '_' | '`' | '>' | '}'));
        let behind_span = behind_span && !after.starts_with('`');
        if !(alone && is_list(inside, true) || behind_span && is_list(inside, false)) {
            return false;
        }
        self.pos += end + 1;
        if alone {
            self.end_own_line(false);
        }
        true
    }
}

fn is_extension(inside: &str) -> bool {
    let inside = inside.trim_start_matches(':').trim_end_matches('/');
    let name = inside.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
    matches!(name, "nomarkdown" | "comment" | "options" | "")
}

/// Whether the text is an attribute list: `.class`, `#id`, `key="value"`. With `bare_names`, the names of other lists are
/// accepted as well.
fn is_list(inside: &str, bare_names: bool) -> bool {
    let mut rest = inside.trim();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let mark = rest.strip_prefix(['.', '#']);
        let word = mark.unwrap_or(rest);
        let length =
            word.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | ':'))).unwrap_or(word.len());
        if length == 0 {
            return false;
        }
        let after = &word[length..];
        rest = match (mark, after.strip_prefix('=')) {
            (None, Some(value)) => match quoted(value) {
                Some(after) => after,
                None => return false,
            },
            (Some(_), None) => after,
            (None, None) if bare_names || &word[..length] == "toc" => after,
            _ => return false,
        };
        if !rest.is_empty() && !rest.starts_with([' ', '\t', '.', '#']) {
            return false;
        }
        rest = rest.trim_start();
    }
    true
}

fn quoted(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let end = value[1..].find(quote)? + 1;
    Some(&value[end + 1..])
}
