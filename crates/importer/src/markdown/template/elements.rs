//! Handles elements of HTML that the sanitiser would remove with their content: `<iframe>`, `<video>` and `<audio>`
//! become links, and elements that hide what follows are closed.

use super::engine::Engine;
use super::media;
use super::scan::{self, MAX_TAG};

/// The elements whose content is not HTML. Without an end tag, they hide the rest of the article. Browsers ignore the
/// slash of `<script … />`.
const HIDING: [&str; 7] = ["iframe", "noembed", "noframes", "script", "style", "textarea", "title"];

impl<'a> Engine<'a> {
    pub(super) fn element(&mut self) -> bool {
        let rest = self.rest();
        let length = rest[1..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = rest[1..=length].to_ascii_lowercase();
        let is_known = HIDING.contains(&name.as_str()) || matches!(name.as_str(), "video" | "audio");
        if !is_known || self.in_code() || self.after_backquote() {
            return false;
        }
        let after_name = &rest[1 + length..];
        if !after_name.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/')) {
            return false;
        }
        let Some(inside) = scan::until(after_name, ">", &["<", "{{", "{%"]) else {
            return false;
        };
        let after_tag = &after_name[inside.len() + 1..];
        let tag_end = self.src.len() - after_tag.len();
        let is_closed = inside.trim_end().ends_with('/');
        let content = if is_closed { Some("") } else { self.content(tag_end, &name) };
        let end = match content {
            _ if is_closed => tag_end,
            Some(content) => tag_end + content.len() + name.len() + 3,
            None => tag_end,
        };
        let url = match name.as_str() {
            "iframe" => content
                .filter(|content| content.trim().is_empty())
                .and_then(|_| attribute(inside, "src").or_else(|| attribute(inside, "data-src"))),
            "video" | "audio" => attribute(inside, "src").or_else(|| {
                let sources = content?.split("<source").skip(1);
                sources.into_iter().find_map(|source| attribute(source.split('>').next()?, "src"))
            }),
            _ => None,
        };
        let url = url.and_then(|url| if name == "iframe" { web_url(&url) } else { usable(&url) });
        let Some(url) = url else {
            if is_closed && HIDING.contains(&name.as_str()) {
                let tag = inside.trim_end().trim_end_matches('/').trim_end();
                return self.put(tag_end, &format!("<{name}{tag}></{name}>"));
            }
            return false;
        };
        let title = attribute(inside, "title")
            .or_else(|| attribute(inside, "aria-label"))
            .filter(|title| !title.trim().is_empty());
        let title = title.unwrap_or_else(|| match name.as_str() {
            "video" => "Video".to_owned(),
            "audio" => "Audio".to_owned(),
            _ => format!("Embedded content from {}", url.split('/').nth(2).unwrap_or_default()),
        });
        self.note(format!("`<{name}>` was turned into a link"));
        let place = self.place(end);
        self.put(end, &media::link(&url, &title, &place))
    }

    /// The text from `start` to the end tag of an element, if it follows soon. What a search has read is not read again for
    /// another element of this name.
    fn content(&mut self, start: usize, name: &str) -> Option<&'a str> {
        let limit = start + scan::head(&self.src[start..], MAX_TAG).len();
        let from = self.searched.get(name).map_or(start, |searched| start.max(*searched)).min(limit);
        let text = &self.src[from..limit];
        let found = end_tag(text, name);
        // The end of the text may be the beginning of an end tag.
        let unread = text.rfind('<').filter(|at| text.len() - at < name.len() + 3);
        self.searched.insert(name.to_owned(), from + found.or(unread).unwrap_or(text.len()));
        found.map(|at| &self.src[start..from + at])
    }
}

/// The position of the end tag of an element.
fn end_tag(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find("</").map(|at| from + at) {
        let after = &text[at + 2..];
        let closes = after.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name));
        if closes && after[name.len()..].starts_with('>') {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

fn web_url(src: &str) -> Option<String> {
    let src = src.trim();
    let url = if src.starts_with("//") { format!("https:{src}") } else { src.to_owned() };
    let web = url.starts_with("https://") || url.starts_with("http://");
    (web && !url.contains(char::is_whitespace)).then_some(url)
}

fn usable(src: &str) -> Option<String> {
    let src = src.trim();
    (!src.is_empty() && !src.contains(char::is_whitespace) && !src.contains("{{")).then(|| src.to_owned())
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
