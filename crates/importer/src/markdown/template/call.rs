//! Handles calls: Zola's shortcodes `{{ name(key="value") }}` and `{% name(key="value") %}…{% end %}`, and Nunjucks'
//! `{{ name("value") }}`.

use super::args::Args;
use super::engine::Engine;
use super::liquid::short;
use super::scan;

impl Engine<'_> {
    /// Handles a call in a file with TOML front matter. Everything else between these braces is text there.
    pub(super) fn zola_call(&mut self) -> bool {
        let rest = self.rest();
        let (close, is_block) = if rest.starts_with("{{") { ("}}", false) } else { ("%}", true) };
        let Some(inside) = scan::until(&rest[2..], close, &["{{", "{%"]).filter(|_| !self.in_code()) else {
            return false;
        };
        let end = self.pos + 2 + inside.len() + 2;
        let trimmed = inside.trim();
        if let Some(escaped) = trimmed.strip_prefix("/*").and_then(|escaped| escaped.strip_suffix("*/")) {
            let literal = format!("{}{escaped}{close}", &rest[..2]);
            return self.put(end, &literal);
        }
        if is_block && trimmed == "end" && self.open_calls > 0 {
            self.open_calls -= 1;
            return self.close_last_tag(end);
        }
        let Some((name, args)) = call(inside) else { return false };
        let args = Args::parse(args);
        if !args.positional.is_empty() {
            return false;
        }
        self.open_calls += usize::from(is_block);
        self.open_call(name, &args, end, is_block)
    }

    /// Handles `{{ name(…) }}` in a file with YAML front matter. `false` when it is no call.
    pub(super) fn nunjucks_call(&mut self, inside: &str, end: usize) -> bool {
        let Some((name, args)) = call(inside) else { return false };
        let mut args = Args::parse(args);
        args.root_paths();
        self.open_call(name, &args, end, false)
    }

    fn open_call(&mut self, name: &str, args: &Args, end: usize, is_block: bool) -> bool {
        let name = name.rsplit([':', '.']).next().unwrap_or(name);
        let label = match is_block {
            true => format!("{{% {}() %}}", short(name)),
            false => format!("{{{{ {}() }}}}", short(name)),
        };
        self.open_tag(&label, name, args, end)
    }
}

/// Splits `name(arguments)`.
fn call(inside: &str) -> Option<(&str, &str)> {
    let inside = inside.strip_prefix('-').unwrap_or(inside);
    let inside = inside.strip_suffix('-').unwrap_or(inside).trim();
    let length = inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')))?;
    let (name, rest) = inside.split_at(length);
    let args = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, args))
}
