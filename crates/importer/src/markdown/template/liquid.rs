//! Handles Liquid tags, including Jekyll's.

use super::args::Args;
use super::engine::Engine;
use super::expression::Operand;
use super::media;
use super::{expression, paths, scan};

impl Engine<'_> {
    pub(super) fn tag(&mut self) -> bool {
        let rest = self.rest();
        let Some(inside) = scan::until(&rest[2..], "%}", &["{%"]) else {
            return self.keep(2, "`{%` is not closed before the next tag or blank line: kept as written");
        };
        let end = self.pos + 2 + inside.len() + 2;
        if inside.trim_start_matches('-').trim_start().starts_with('#') {
            return self.drop_until(end);
        }
        let Some((name, args)) = scan::tag_name(inside) else {
            return self.keep(2, "`{%` does not start a Liquid tag here: kept as written");
        };
        match name.to_ascii_lowercase().as_str() {
            "raw" | "verbatim" => self.raw(end),
            "comment" => self.comment(end),
            "highlight" => self.begin_code(end, args.split_whitespace().next().unwrap_or_default()),
            "endhighlight" => self.end_code(end),
            "for" | "tablerow" => self.begin_loop(end),
            "endfor" | "endtablerow" => self.end_loop(end),
            "assign" | "set" => self.assign(args, end),
            "post_url" | "link" => self.put(end, &paths::of_source(args)),
            "include" | "include_relative" | "include_cached" | "render" => self.include(name, args, end),
            "if" | "unless" | "case" | "ifchanged" | "break" | "continue" | "cycle" | "increment"
            | "decrement" => self.drop_until(end),
            "else" | "elsif" | "when" => {
                self.note("every branch of a condition is kept");
                self.drop_until(end)
            }
            "capture" => {
                self.note("captured text is kept where it is written");
                self.drop_until(end)
            }
            "end" => self.close_last_tag(end),
            lower => match lower.strip_prefix("end") {
                Some(opened) => self.close_tag(opened, end),
                None => {
                    let mut args = Args::parse(args);
                    args.root_paths();
                    self.open_tag(&format!("{{% {} %}}", short(name)), name, &args, end)
                }
            },
        }
    }

    /// Handles `{% include … %}`: a picture, a link or another thing that its arguments describe, or else the video or
    /// post of a service that the name of the file names.
    fn include(&mut self, tag: &str, args: &str, end: usize) -> bool {
        let mut parsed = Args::parse(args);
        let file =
            if parsed.positional.is_empty() { String::new() } else { parsed.positional.remove(0).text };
        let stem = file.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let service = media::SERVICES.into_iter().find(|service| stem.contains(service));
        let label = format!("{{% {tag} {} %}}", short(&file));
        self.open_tag(&label, service.unwrap_or(stem), &parsed, end)
    }

    /// Handles `{% assign x = "text" %}`, so that `{{ x }}` shows the text.
    fn assign(&mut self, args: &str, end: usize) -> bool {
        if let Some((name, text)) = args.split_once('=') {
            let name = name.trim().to_owned();
            match expression::parse(text.trim()).and_then(|expression| self.text_of(&expression)) {
                Some(text) => self.assigned.insert(name, text),
                None => self.assigned.remove(&name),
            };
        }
        self.drop_until(end)
    }

    /// Returns the value of an operand: a literal, an assigned text, or a value of the front matter. The URL of the site
    /// is the empty text. `None` when the variable is unknown or the budget is used up.
    pub(super) fn value_of(&mut self, operand: &Operand) -> Option<String> {
        let name = match operand {
            Operand::Text(text) => return Some(text.clone()),
            Operand::Variable(name) => name.as_str(),
        };
        let site = [
            "site.baseurl",
            "site.url",
            "baseurl",
            "site.base_url",
            "site.github.url",
            "site.root",
            "base_path",
        ];
        if site.contains(&name) {
            return Some(String::new());
        }
        let key = name.strip_prefix("page.").unwrap_or(name);
        let value = match self.assigned.get(name) {
            Some(value) => value.as_str(),
            None => self.page.get(key).and_then(|(_, node)| node.text())?.trim(),
        };
        self.budget = self.budget.checked_sub(value.len())?;
        Some(value.to_owned())
    }
}

/// Cuts a name for a note.
pub(super) fn short(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(40).collect()
}
