//! Turns `<iframe>`s into links, because the sanitiser would remove them.

use super::engine::Engine;
use super::media;
use super::scan;

impl Engine<'_> {
    /// Turns an empty `<iframe src="https://…" title="…"></iframe>` outside code into a link.
    pub(super) fn iframe(&mut self) -> bool {
        const OPEN: usize = "<iframe".len();
        const CLOSE: usize = "</iframe>".len();
        let rest = self.rest();
        let opens = rest.get(..OPEN).is_some_and(|tag| tag.eq_ignore_ascii_case("<iframe"));
        if !opens
            || !rest[OPEN..].starts_with(|c: char| c.is_whitespace())
            || self.in_code()
            || self.after_backquote()
        {
            return false;
        }
        let Some(inside) = scan::until(&rest[OPEN..], ">", &["<", "{"]) else {
            return false;
        };
        let after = rest[OPEN + inside.len() + 1..].trim_start();
        if !after.get(..CLOSE).is_some_and(|tag| tag.eq_ignore_ascii_case("</iframe>")) {
            return false;
        }
        let Some(url) = attribute(inside, "src").and_then(|src| web_url(&src)) else {
            return false;
        };
        let title = attribute(inside, "title").filter(|title| !title.trim().is_empty());
        let host = url.split('/').nth(2).unwrap_or_default();
        let title = title.unwrap_or_else(|| format!("Embedded content from {host}"));

        self.note("an iframe was turned into a link");
        let end = self.src.len() - after.len() + CLOSE;
        let place = self.place(end);
        self.put(end, &media::link(&url, &title, &place))
    }
}

fn web_url(src: &str) -> Option<String> {
    let src = src.trim();
    let url = if src.starts_with("//") { format!("https:{src}") } else { src.to_owned() };
    let web = url.starts_with("https://") || url.starts_with("http://");
    (web && !url.contains(char::is_whitespace)).then_some(url)
}

/// Returns the decoded value of a quoted attribute.
fn attribute(inside: &str, name: &str) -> Option<String> {
    let lower = inside.to_ascii_lowercase();
    let at = lower.match_indices(name).find(|(at, _)| {
        let before = lower[..*at].chars().next_back();
        before.is_some_and(char::is_whitespace) && lower[at + name.len()..].trim_start().starts_with('=')
    });
    let (at, _) = at?;
    let value = inside[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = value[1..].split(quote).next()?;
    Some(html_escape::decode_html_entities(value).into_owned())
}
