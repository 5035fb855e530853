//! Handles Liquid tags, including Jekyll's.

use super::args::Args;
use super::engine::Engine;
use super::expression::Operand;
use super::media::{self, Picture};
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
        match name {
            "raw" => self.raw(end),
            "comment" => self.comment(end),
            "highlight" => self.begin_code(end, args.split_whitespace().next().unwrap_or_default()),
            "endhighlight" => self.end_code(end),
            "for" | "tablerow" => self.begin_loop(end),
            "endfor" | "endtablerow" => self.end_loop(end),
            "assign" => self.assign(args, end),
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
            _ if name.starts_with("end") => self.drop_until(end),
            _ => self.media_tag(name, args, end),
        }
    }

    /// Handles a tag for an image or an embed. Unknown tags are dropped with a note.
    fn media_tag(&mut self, name: &str, args: &str, end: usize) -> bool {
        let parsed = Args::parse(args);
        let pictures =
            ["image", "image_with_class", "figure", "img", "picture", "responsive_image", "asset_img"];
        if pictures.contains(&name)
            && let Some(picture) = picture(name, &parsed)
        {
            let place = self.place(end);
            return self
                .put(end, &media::picture(&Picture { url: paths::rooted(&picture.url), ..picture }, &place));
        }
        let id = parsed.named(&["id"]).or(parsed.at(0)).unwrap_or_default();
        if let Some((url, title)) = media::embedded(name, id, None) {
            let place = self.place(end);
            return self.put(end, &media::link(&url, parsed.named(&["title"]).unwrap_or(title), &place));
        }
        self.note(format!("the tag `{{% {} %}}` is not known here: dropped", short(name)));
        self.drop_until(end)
    }

    /// Handles `{% include … %}`. It becomes an image when it has an image, as in `figure.html src="…" alt="…"`, and a
    /// link when it has a URL and a text. Otherwise it is dropped with a note.
    fn include(&mut self, tag: &str, args: &str, end: usize) -> bool {
        let parsed = Args::parse(args);
        let file = parsed.at(0).unwrap_or_default();
        let place = self.place(end);
        if let Some(picture) = picture("include", &parsed)
            && (is_picture(&picture.url) || !picture.alt.is_empty())
        {
            return self.put(end, &media::picture(&picture, &place));
        }
        let stem = file.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let service =
            ["youtube", "vimeo", "gist", "tweet"].into_iter().find(|service| stem.contains(service));
        let id = parsed.named(&["id", "video_id", "video", "url"]).unwrap_or_default();
        if let Some((url, title)) = service.and_then(|service| media::embedded(service, id, None)) {
            return self
                .put(end, &media::link(&url, parsed.named(&["title", "caption"]).unwrap_or(title), &place));
        }
        let address = parsed.named(&["url", "href", "link"]);
        if let (Some(url), Some(text)) = (address, parsed.named(&["text", "label", "title"])) {
            return self.put(end, &media::link(url, text, &place));
        }
        self.note(format!("`{{% {tag} {} %}}` was dropped: what it shows is not in this file", short(file)));
        self.drop_until(end)
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

/// Returns the image that the arguments of a tag name. Positional arguments are: the URL, optionally a class, the
/// alternative text, and the caption.
pub(super) fn picture(tag: &str, args: &Args) -> Option<Picture> {
    let addresses = ["src", "image", "img", "image_path", "image_url", "path", "file", "url"];
    if let Some(url) = args.named(&addresses) {
        let alt = args.named(&["alt", "alt_text", "description"]);
        let title = args.named(&["title"]);
        let caption = args.named(&["caption", "figcaption"]);
        let caption = caption.or(if alt.is_some() { title } else { None });
        let lines: Vec<&str> = caption.into_iter().chain(args.named(&["attr", "credit"])).collect();
        let link = args.named(&["link", "href", "url"]).filter(|link| *link != url);
        return Some(Picture {
            url: url.to_owned(),
            alt: alt.or(title).unwrap_or_default().to_owned(),
            caption: Some(lines.join(" – ")).filter(|caption| !caption.is_empty()),
            link: link.map(str::to_owned),
        });
    }
    if tag == "include" {
        return None;
    }
    let words: Vec<&str> = args.positional.iter().map(|arg| arg.text.as_str()).collect();
    let at = words.iter().position(|word| is_picture(word) || word.contains('/'))?;
    let size =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || matches!(c, 'x' | '%'));
    let mut texts = words[at + 1..].iter().copied().filter(|word| !size(word)).peekable();
    let many = words.len() - at > 2;
    if tag == "image_with_class" || many && texts.peek().is_some_and(|word| is_class(word)) {
        texts.next();
    }
    let alt = args.named(&["alt"]).or_else(|| texts.next()).unwrap_or_default().to_owned();
    let caption = args.named(&["caption"]).or_else(|| texts.next()).filter(|text| !text.is_empty());
    Some(Picture { url: words[at].to_owned(), alt, caption: caption.map(str::to_owned), link: None })
}

fn is_picture(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let extension =
        path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    matches!(
        extension.as_str(),
        "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "avif" | "bmp" | "tif" | "tiff"
    )
}

fn is_class(word: &str) -> bool {
    let classes = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    word.contains(['-', '_']) && word.chars().all(classes)
}

/// Cuts a name for a note.
pub(super) fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
