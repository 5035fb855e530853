//! One pass over sanitised HTML. It adds the ids of headings and the last attributes of links and
//! images, and collects the text, the outline, the images and the links.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::elements::{Element, Kind, lookup};
use crate::serialised::{Attributes, decoded, encoded};
use crate::slug::Slugs;
use crate::text::{Line, TextWriter, separates_words};
use crate::tokens::{Token, Tokens};
use crate::urls::is_external;
use crate::{Heading, InlineImage, Link, RichText};

/// The `rel` of links to other sites. The linked site can neither script the page nor see its URL.
pub(crate) const EXTERNAL_REL: &str = "noopener noreferrer";

/// Reads sanitised HTML into a document.
pub(crate) fn read(sanitised: &str) -> RichText {
    let mut walk = Walk {
        html: String::with_capacity(sanitised.len() * 9 / 8),
        pre_start: usize::MAX,
        ..Walk::default()
    };
    for token in Tokens::new(sanitised) {
        match token {
            Token::Text(text) => walk.text(text),
            Token::Open { name, attributes } => {
                if let Some(element) = lookup(name) {
                    walk.open(element, &Attributes(attributes));
                }
            }
            Token::Close { name } => {
                if let Some(element) = lookup(name) {
                    walk.close(element);
                }
            }
        }
    }
    walk.finish()
}

#[derive(Default)]
struct Walk {
    html: String,
    /// The position in `html` where the content of the last `pre` starts.
    pre_start: usize,
    /// Ids to insert into `html`, with their positions, in order.
    insertions: Vec<(usize, String)>,
    text: TextWriter,
    outline: Vec<Heading>,
    images: Vec<InlineImage>,
    links: Vec<Link>,
    slugs: Slugs,
    footnote_ids: HashSet<String>,
    heading: Option<OpenHeading>,
    link: Option<(String, Line)>,
    /// Set inside a footnote reference or a back-reference: it decides what happens with the text there.
    footnote_mark: Option<FootnoteMark>,
}

struct OpenHeading {
    level: u8,
    id_at: usize,
    line: Line,
    /// Replaces the text when the heading has only an image.
    alt: Line,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FootnoteMark {
    /// `<sup class="footnote-ref">`: the plain text shows `[1]`, and headings show nothing.
    Reference,
    /// `<a class="footnote-backref">`: neither shows anything.
    BackReference,
}

impl Walk {
    fn text(&mut self, raw: &str) {
        // Control characters come only from character references. A carriage return would become a line
        // feed when a browser parses the HTML.
        let raw: Cow<'_, str> = if raw.contains(|c| c == '\r' || crate::guard::is_forbidden(c)) {
            let keep = |c: &char| *c != '\r' && !crate::guard::is_forbidden(*c);
            Cow::Owned(raw.chars().filter(keep).collect())
        } else {
            Cow::Borrowed(raw)
        };
        // HTML parsers drop one line feed at the start of `pre`. Without any, parsing again changes nothing.
        let at_start = self.html.len() == self.pre_start;
        let raw = if at_start { raw.trim_start_matches('\n') } else { &raw };
        self.html.push_str(raw);
        let text = decoded(raw);
        match self.footnote_mark {
            Some(FootnoteMark::BackReference) => return,
            Some(FootnoteMark::Reference) => return self.text.push(&text),
            None => self.text.push(&text),
        }
        if let Some(heading) = &mut self.heading {
            heading.line.push(&text);
        }
        if let Some((_, line)) = &mut self.link {
            line.push(&text);
        }
    }

    fn open(&mut self, element: &'static Element, attributes: &Attributes<'_>) {
        if element.name == "img" {
            return self.image(attributes);
        }
        if element.name == "input" {
            let checked = attributes.get("checked").is_some();
            self.text.push(if checked { "[x] " } else { "[ ] " });
        }
        self.separate_words(element);
        self.text.open(element, attributes.get("start").and_then(|start| start.parse().ok()));
        self.html.push('<');
        self.html.push_str(element.name);
        let id_at = self.html.len();
        for (name, raw) in &attributes.0 {
            match *name {
                // The ids of headings and the `rel` of links are always generated, so that a second pass changes
                // nothing.
                "rel" => {}
                "id" if element.kind == Kind::Heading => {}
                "id" if !self.footnote_ids.insert((*raw).to_owned()) => {}
                _ => self.attribute(name, raw),
            }
        }
        match element.kind {
            Kind::Heading => {
                let level = element.name.as_bytes().get(1).map_or(1, |digit| digit - b'0');
                let (line, alt) = (Line::default(), Line::default());
                self.heading = Some(OpenHeading { level, id_at, line, alt });
            }
            Kind::Link => self.open_link(attributes),
            _ if attributes.raw("class") == Some("footnote-ref") => {
                self.text.push("[");
                self.footnote_mark = Some(FootnoteMark::Reference);
            }
            _ => {}
        }
        self.html.push('>');
        if element.name == "pre" {
            self.pre_start = self.html.len();
        }
    }

    fn open_link(&mut self, attributes: &Attributes<'_>) {
        let url = attributes.get("href");
        if url.as_deref().is_some_and(is_external) {
            self.attribute("rel", EXTERNAL_REL);
        }
        match (attributes.raw("class"), url) {
            (Some("footnote-backref"), _) => self.footnote_mark = Some(FootnoteMark::BackReference),
            (_, Some(url)) if self.footnote_mark.is_none() => {
                self.link = Some((url.into_owned(), Line::default()));
            }
            _ => {}
        }
    }

    fn close(&mut self, element: &'static Element) {
        self.separate_words(element);
        self.text.close(element);
        self.html.push_str("</");
        self.html.push_str(element.name);
        self.html.push('>');
        match (element.kind, self.footnote_mark) {
            (Kind::Link, Some(FootnoteMark::BackReference)) => self.footnote_mark = None,
            (Kind::Link, _) => {
                if let Some((url, line)) = self.link.take() {
                    self.links.push(Link { url, text: line.finish() });
                }
            }
            (Kind::Inline, Some(FootnoteMark::Reference)) if element.name == "sup" => {
                self.text.push("]");
                self.footnote_mark = None;
            }
            (Kind::Heading, _) => {
                if let Some(heading) = self.heading.take() {
                    self.close_heading(heading);
                }
            }
            _ => {}
        }
    }

    fn close_heading(&mut self, heading: OpenHeading) {
        let OpenHeading { level, id_at, line, alt } = heading;
        let text = Some(line.finish()).filter(|text| !text.is_empty());
        let text = text.unwrap_or_else(|| alt.finish());
        let id = self.slugs.id(&text);
        self.insertions.push((id_at, format!(" id=\"{id}\"")));
        self.outline.push(Heading { level, id, text });
    }

    /// Writes an image, or only its alternative text when the sanitiser has dropped its URL.
    fn image(&mut self, attributes: &Attributes<'_>) {
        let alt = attributes.get("alt").unwrap_or_default();
        let Some(url) = attributes.get("src") else {
            return self.text(&encoded(&alt));
        };
        if let Some(heading) = &mut self.heading {
            heading.alt.push(&alt);
        }
        self.html.push_str("<img");
        for (name, raw) in &attributes.0 {
            if *name != "loading" {
                self.attribute(name, raw);
            }
        }
        self.attribute("loading", "lazy");
        self.html.push('>');
        let title = attributes.get("title").map(Cow::into_owned);
        self.images.push(InlineImage { url: url.into_owned(), alt: alt.into_owned(), title });
    }

    fn attribute(&mut self, name: &str, raw: &str) {
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        self.html.extend(raw.chars().filter(|c| *c != '\r' && !crate::guard::is_forbidden(*c)));
        self.html.push('"');
    }

    /// Separates the words before and after a boundary of a block.
    fn separate_words(&mut self, element: &Element) {
        if separates_words(element) {
            if let Some(heading) = &mut self.heading {
                heading.line.space();
            }
            if let Some((_, line)) = &mut self.link {
                line.space();
            }
        }
    }

    fn finish(self) -> RichText {
        let mut html = String::with_capacity(self.html.len() + self.insertions.len() * 24);
        let mut from = 0;
        for (at, insertion) in &self.insertions {
            html.push_str(&self.html[from..*at]);
            html.push_str(insertion);
            from = *at;
        }
        html.push_str(&self.html[from..]);
        let text = self.text.finish();
        let word_count = crate::words::count(&text);
        let reading_time_minutes = crate::words::minutes(&text, word_count);
        RichText {
            html,
            text,
            outline: self.outline,
            images: self.images,
            links: self.links,
            word_count,
            reading_time_minutes,
        }
    }
}
