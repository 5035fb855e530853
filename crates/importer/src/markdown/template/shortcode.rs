//! Handles Hugo's shortcodes: `{{< name … >}}` and `{{% name … %}}`.

use super::args::Args;
use super::engine::Engine;
use super::liquid::{picture, short};
use super::media::{self, Place};
use super::{paths, scan};

/// Shortcodes for boxes around text. The box is removed; its heading and its text stay.
const BOXES: [&str; 34] = [
    "accordion",
    "admonition",
    "alert",
    "blockquote",
    "callout",
    "card",
    "cards",
    "center",
    "column",
    "columns",
    "details",
    "expand",
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
    "section",
    "spoiler",
    "steps",
    "tab",
    "tabs",
    "tip",
    "warning",
    "div",
];

impl Engine<'_> {
    pub(super) fn shortcode(&mut self) -> bool {
        let rest = self.rest();
        let close = if rest.starts_with("{{<") { ">}}" } else { "%}}" };
        let Some(inside) = scan::until(&rest[3..], close, &["{{<", "{{%"]) else {
            return self
                .keep(3, "a shortcode is not closed before the next one or a blank line: kept as written");
        };
        let end = self.pos + 3 + inside.len() + 3;
        let trimmed = inside.trim();
        if let Some(escaped) = trimmed.strip_prefix("/*").and_then(|escaped| escaped.strip_suffix("*/")) {
            // Hugo's escape syntax, which shows a shortcode instead of running it.
            let literal = format!("{}{escaped}{close}", &rest[..3]);
            return self.put(end, &literal);
        }
        if let Some(name) = trimmed.strip_prefix('/') {
            return if name.trim() == "highlight" { self.end_code(end) } else { self.drop_until(end) };
        }
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (name, args) = trimmed.split_at(length);
        self.opening_shortcode(name, &Args::parse(args), end)
    }

    fn opening_shortcode(&mut self, name: &str, args: &Args, end: usize) -> bool {
        let place = self.place(end);
        match name {
            "highlight" => return self.begin_code(end, args.at(0).unwrap_or_default()),
            "ref" | "relref" => {
                return self
                    .put(end, &paths::of_source(args.named(&["path"]).or(args.at(0)).unwrap_or_default()));
            }
            "comment" => {
                return match self.skip_past(
                    end,
                    "{{",
                    &["{{< /comment >}}", "{{% /comment %}}", "{{</comment>}}"],
                ) {
                    Some(after) => self.drop_until(after),
                    None => self.drop_until(end),
                };
            }
            "figure" | "img" | "image" | "picture" | "imgproc" => {
                if let Some(picture) = picture(name, args) {
                    return self.put(end, &media::picture(&picture, &place));
                }
            }
            _ if BOXES.contains(&name) => return self.open_box(name, args, &place, end),
            _ => {
                let first = args.named(&["id", "user"]).or(args.at(0)).unwrap_or_default();
                let second = args.named(&["user"]).and(args.named(&["id"])).or(args.at(1));
                let (first, second) = match args.named(&["user"]) {
                    Some(user) => (user, second),
                    None => (first, second.filter(|_| matches!(name, "gist" | "tweet" | "twitter" | "x"))),
                };
                if let Some((url, title)) = media::embedded(name, first, second) {
                    return self
                        .put(end, &media::link(&url, args.named(&["title"]).unwrap_or(title), &place));
                }
            }
        }
        self.note(format!("the shortcode `{}` is not known here: its tag was dropped", short(name)));
        self.drop_until(end)
    }

    fn open_box(&mut self, name: &str, args: &Args, place: &Place, end: usize) -> bool {
        let heading = args.named(&["title", "summary", "heading"]);
        let first = args
            .positional
            .first()
            .filter(|arg| arg.quoted && matches!(name, "details" | "expand" | "spoiler"));
        match (heading.or(first.map(|arg| arg.text.as_str())), place) {
            (Some(heading), Place::Alone(_)) => self.put(end, &format!("**{}**\n", heading.trim())),
            _ => self.drop_until(end),
        }
    }
}
