//! Writes images and links in the syntax that their context needs.

use std::borrow::Cow;

use html_escape::{decode_html_entities, encode_double_quoted_attribute, encode_text};

/// An image that a tag names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) alt: String,
    pub(crate) caption: Option<String>,
    /// The target of a link around the image.
    pub(crate) link: Option<String>,
}

/// The context of an image or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Inside an HTML block, where Markdown is not parsed.
    Html,
    /// In the middle of a line.
    Inline,
    /// On a line of its own, with this indentation.
    Alone(String),
}

/// Writes an image as `![alt](url)` or `<img>`. The caption becomes a paragraph below an image on its own line, and
/// the `title` of the image elsewhere.
pub(crate) fn picture(picture: &Picture, place: &Place) -> String {
    let Picture { url, alt, caption, link } = picture;
    let alt = one_line(alt);
    let caption = caption.as_deref().map(one_line).filter(|caption| !caption.is_empty());
    if *place == Place::Html {
        let title = caption.map(|caption| format!(" title=\"{}\"", attribute(&caption))).unwrap_or_default();
        let image = format!("<img src=\"{}\" alt=\"{}\"{title}>", attribute(url), attribute(&alt));
        return match link {
            Some(link) => format!("<a href=\"{}\">{image}</a>", attribute(link)),
            None => image,
        };
    }
    let (title, below) = match (caption, place) {
        (Some(caption), Place::Alone(indent)) => {
            let mark = if caption.contains(['*', '_']) { "" } else { "*" };
            (String::new(), format!("\n\n{indent}{mark}{caption}{mark}"))
        }
        (Some(caption), _) => {
            let caption = caption.replace('\\', "\\\\").replace('"', "\\\"");
            (format!(" \"{caption}\""), String::new())
        }
        (None, _) => Default::default(),
    };
    let image = format!("![{}]({}{title})", label(&alt), destination(url));
    match link {
        Some(link) => format!("[{image}]({}){below}", destination(link)),
        None => format!("{image}{below}"),
    }
}

/// Writes a link as `[text](url)` or `<a>`.
pub(crate) fn link(url: &str, text: &str, place: &Place) -> String {
    let text = one_line(text);
    match place {
        Place::Html => format!("<a href=\"{}\">{}</a>", attribute(url), encode_text(&text)),
        Place::Inline | Place::Alone(_) => format!("[{}]({})", label(&text), destination(url)),
    }
}

/// Writes a quotation. On a line of its own it is a block.
pub(crate) fn quote(text: &str, cite: Option<&str>, place: &Place) -> String {
    let text = words(text);
    let cite = cite.map(words);
    match (place, cite) {
        (Place::Html, Some(cite)) => format!("<blockquote><p>{text}</p><p>– {cite}</p></blockquote>"),
        (Place::Html, None) => format!("<blockquote><p>{text}</p></blockquote>"),
        (Place::Inline, cite) => inline_quote(&text, cite.as_deref()),
        (Place::Alone(indent), Some(cite)) => {
            format!("{indent}> {}\n{indent}>\n{indent}> – {cite}", escaped_start(&text))
        }
        (Place::Alone(indent), None) => format!("{indent}> {}", escaped_start(&text)),
    }
}

/// Writes a quotation in the middle of a line.
pub(crate) fn inline_quote(text: &str, cite: Option<&str>) -> String {
    match cite {
        Some(cite) => format!("“{text}” – {cite}"),
        None => format!("“{text}”"),
    }
}

/// Writes a text of a tag, which may contain Markdown.
pub(crate) fn text(text: &str, place: &Place) -> String {
    match place {
        Place::Alone(_) => escaped_start(&words(text)),
        Place::Html | Place::Inline => words(text),
    }
}

/// Writes a text without Markdown as a paragraph.
pub(crate) fn plain_paragraph(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in words(text).chars() {
        if matches!(c, '\\' | '[' | ']' | '`' | '<' | '*' | '_' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    escaped_start(&out)
}

/// Returns the text on one line.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Escapes the start of a text that would begin a heading, a list or a quotation.
fn escaped_start(text: &str) -> String {
    if text.starts_with(['#', '>', '+', '-', '=', '|', '~']) || text.starts_with("* ") {
        return format!("\\{text}");
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match &text[digits..] {
        rest if digits > 0 && rest.starts_with(['.', ')']) => format!("{}\\{rest}", &text[..digits]),
        _ => text.to_owned(),
    }
}

/// The services whose tags become links.
pub(crate) const SERVICES: [&str; 6] = ["youtube", "vimeo", "tweet", "twitter", "instagram", "gist"];

/// Returns the URL and a link text for an embedded player, post or snippet. `None` for unknown services, and for ids
/// with unexpected characters.
pub(crate) fn embedded(service: &str, first: &str, second: Option<&str>) -> Option<(String, &'static str)> {
    let is_valid = |id: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        !id.is_empty() && id.len() <= 64 && id.chars().all(known)
    };
    let is_address = first.starts_with("https://") || first.starts_with("http://");
    let name = match service {
        "youtube" | "youtubeplayer" | "youtube_player" | "youtubelite" | "youtube_lite" | "youtube-lite"
        | "lite-youtube" | "youtubeembed" => "Video on YouTube",
        "vimeo" => "Video on Vimeo",
        "tweet" | "twitter" | "x" | "twitter_simple" => "Post on X",
        "instagram" | "instagram_simple" => "Post on Instagram",
        "gist" => "Code on GitHub",
        _ => return None,
    };
    if is_address && !first.contains(char::is_whitespace) {
        return Some((first.to_owned(), name));
    }
    let (first, second) = match first.split_once('/') {
        Some((user, id)) if service == "gist" => (user, Some(id)),
        _ => (first, second),
    };
    if !is_valid(first) || second.is_some_and(|second| !is_valid(second)) {
        return None;
    }
    let url = match (name, second) {
        ("Video on YouTube", _) => format!("https://www.youtube.com/watch?v={first}"),
        ("Video on Vimeo", _) => format!("https://vimeo.com/{first}"),
        ("Post on X", Some(id)) => format!("https://twitter.com/{first}/status/{id}"),
        ("Post on X", None) => format!("https://twitter.com/i/status/{first}"),
        ("Post on Instagram", _) => format!("https://www.instagram.com/p/{first}/"),
        (_, Some(id)) => format!("https://gist.github.com/{first}/{id}"),
        (_, None) => format!("https://gist.github.com/{first}"),
    };
    Some((url, name))
}

fn attribute(text: &str) -> Cow<'_, str> {
    encode_double_quoted_attribute(text)
}

fn one_line(text: &str) -> String {
    decode_html_entities(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '[' | ']' | '`' | '<' | '*') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn destination(url: &str) -> String {
    let url = url.trim();
    if !url.contains([' ', '(', ')', '<', '>', '\n', '\t', '\\']) {
        return url.to_owned();
    }
    let url: String = url.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    format!("<{}>", url.replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C"))
}
