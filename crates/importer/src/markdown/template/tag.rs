//! Handles the tags of all template languages that show something: pictures, links, quotations, boxes around text.

use super::args::Args;
use super::blocks::Quote;
use super::engine::{Block, Engine};
use super::kept::{Kept, cite, kept};
use super::media::{self, Place};
use super::scan;

/// Tags for boxes around text. The box is removed; its heading and its text stay.
const BOXES: [&str; 47] = [
    "accordion",
    "accordionitem",
    "admonition",
    "alert",
    "aside",
    "blockquote",
    "box",
    "callout",
    "card",
    "cardgroup",
    "cards",
    "center",
    "column",
    "columns",
    "details",
    "div",
    "expand",
    "fragment",
    "grid",
    "highlight_box",
    "hint",
    "html",
    "important",
    "info",
    "lead",
    "markdown",
    "md",
    "note",
    "notice",
    "panel",
    "quote",
    "raw",
    "rawhtml",
    "row",
    "section",
    "spoiler",
    "step",
    "steps",
    "tab",
    "tabitem",
    "tabpanel",
    "tabs",
    "tip",
    "warn",
    "warning",
    "wide",
    "wrapper",
];

impl Engine<'_> {
    /// Handles the opening tag of a block, or a tag without content. `label` is the tag in reports.
    pub(super) fn open_tag(&mut self, label: &str, name: &str, args: &Args, end: usize) -> bool {
        let kind = self.settings.tags.kind_of(name);
        if kind == "drop" {
            return self.drop_until(end);
        }
        let place = self.place(end);
        if let Some((url, text)) = embedded(&kind, args) {
            return self.put(end, &media::link(&url, &text, &place));
        }
        let is_service = media::SERVICES.contains(&kind.as_str());
        let is_box = BOXES.contains(&kind.as_str());
        match kept(&kind, args).filter(|_| !is_service) {
            Some(Kept::Picture(picture)) => self.put(end, &media::picture(&picture, &place)),
            Some(Kept::Link { url, text }) => {
                // The text of a link may be between its tags.
                let content = content(&self.src[end..], name).filter(|_| text == url);
                let (text, end) =
                    content.map_or((text, end), |(text, length)| (text.to_owned(), end + length));
                let place = self.place(end);
                self.put(end, &media::link(&url, &text, &place))
            }
            Some(Kept::Quote { text, cite }) => {
                let gap = if matches!(place, Place::Alone(_)) { self.gap_after(end) } else { "" };
                self.put(end, &format!("{}{gap}", media::quote(&text, cite.as_deref(), &place)))
            }
            Some(Kept::Text(text)) => self.put(end, &media::text(&text, &place)),
            Some(Kept::Heading { heading, text }) => self.put_heading(end, &heading, text, &place, is_box),
            None if kind.contains("quote") => self.begin_quote(name, cite(args), end),
            None if is_box => {
                let names = ["details", "expand", "spoiler", "tab", "tabitem", "box"];
                let first =
                    args.positional.first().filter(|arg| arg.quoted && names.contains(&kind.as_str()));
                let heading = args.named(&["label", "name"]).or(first.map(|arg| arg.text.as_str()));
                match heading {
                    Some(heading) => self.put_heading(end, heading, None, &place, true),
                    None => self.drop_until(end),
                }
            }
            None => self.dropped_tag(label, end),
        }
    }

    /// Handles the closing tag of a block.
    pub(super) fn close_tag(&mut self, name: &str, end: usize) -> bool {
        let closes = |quote: &Quote| quote.name.eq_ignore_ascii_case(name);
        if matches!(self.blocks.last(), Some(Block::Quote(quote)) if closes(quote)) {
            return self.end_quote(end);
        }
        self.drop_until(end)
    }

    /// Drops a tag that shows nothing known, and counts it.
    pub(super) fn dropped_tag(&mut self, label: &str, end: usize) -> bool {
        self.count_dropped(label);
        self.note(format!("`{label}` was dropped: what it shows is not known here"));
        self.drop_until(end)
    }

    /// Writes a heading and the text below it. The heading of a box is a bold line, because a box is a part of its section.
    fn put_heading(
        &mut self,
        end: usize,
        heading: &str,
        text: Option<String>,
        place: &Place,
        is_box: bool,
    ) -> bool {
        let heading = media::words(heading);
        let text = text.map(|text| media::text(&text, place));
        let starts_line = self.out.at_blank_line() && self.out.indent().is_empty() && !self.in_code();
        let block = match place {
            Place::Html => {
                let text = text.map(|text| format!("<p>{text}</p>")).unwrap_or_default();
                return self.put(end, &format!("<p><strong>{heading}</strong></p>{text}"));
            }
            Place::Inline if !starts_line => {
                let text = text.map(|text| format!(" {text}")).unwrap_or_default();
                return self.put(end, &format!("**{heading}**{text} "));
            }
            _ if is_box || !starts_line => format!("**{heading}**\n"),
            _ => format!("{} {heading}\n", "#".repeat(self.out.next_heading_level())),
        };
        let text = text.map(|text| format!("\n{text}\n")).unwrap_or_default();
        let gap = if matches!(place, Place::Inline) { "\n" } else { "" };
        self.pos = end;
        self.out.push_own_lines(&format!("{block}{text}{gap}"));
        if !gap.is_empty() {
            let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
            self.pos += blank;
        }
        true
    }
}

/// Returns the plain text before the closing tag of this name, if it follows soon, with the length of both.
fn content<'a>(text: &'a str, name: &str) -> Option<(&'a str, usize)> {
    const MOST: usize = 512;
    let text = scan::head(text, MOST);
    let at = text.find(['{', '<'])?;
    let (content, tag) = text.split_at(at);
    let is_plain = !content.trim().is_empty() && !content.contains("\n\n");
    let starts = [("{{<", "/", ">}}"), ("{{%", "/", "%}}"), ("{%", "end", "%}"), ("<", "/", ">")];
    let length = starts.into_iter().find_map(|(open, mark, close)| {
        let inside = tag.strip_prefix(open)?.trim_start_matches('-').trim_start().strip_prefix(mark)?;
        let inside = inside.trim_start();
        let closed = inside.get(..name.len()).filter(|closed| closed.eq_ignore_ascii_case(name))?;
        let after = inside[closed.len()..].trim_start().trim_start_matches('-').strip_prefix(close)?;
        Some(text.len() - after.len())
    });
    is_plain.then_some(()).and(length).map(|length| (content.trim(), length))
}

/// Returns the URL and the text of the link that replaces a video, a post or a snippet of a service.
fn embedded(name: &str, args: &Args) -> Option<(String, String)> {
    let user = args.named(&["user", "username"]);
    let id = args.named(&[
        "id", "video_id", "videoid", "video", "tweetid", "tweet_id", "postid", "url", "src", "href",
    ]);
    let has_two = matches!(name, "gist" | "tweet" | "twitter" | "x");
    let (first, second) = match user {
        Some(user) => (user, id.or(args.at(0)).filter(|_| has_two)),
        None => (id.or(args.at(0)).unwrap_or_default(), args.at(1).filter(|_| has_two && id.is_none())),
    };
    let (url, text) = media::embedded(name, first, second)?;
    Some((url, args.named(&["title", "caption", "label"]).unwrap_or(text).to_owned()))
}
