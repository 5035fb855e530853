//! One pass over sanitised HTML. It adds the ids of headings and the last attributes of links and
//! images, drops empty elements, and collects the text, the outline, the images, the links and their targets.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::elements::{Element, Kind, lookup};
use crate::ids::{Slugs, is_footnote_id};
use crate::serialised::{Attributes, decoded, encoded};
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
    headings: Vec<ReadHeading>,
    images: Vec<InlineImage>,
    links: Vec<Link>,
    footnote_ids: HashSet<String>,
    /// The ids that the author gave.
    author_ids: HashSet<String>,
    /// The open elements, the outermost first.
    open: Vec<OpenElement>,
    /// The position in `html` after the last start or end tag of a block.
    block_edge: usize,
    /// The open headings, the outermost first. A heading can be inside of another one only in a table.
    open_headings: Vec<OpenHeading>,
    /// The open links, the outermost first; `None` for those that are not listed.
    open_links: Vec<Option<(String, Line)>>,
    /// Set inside a footnote reference or a back-reference: it decides what happens with the text there.
    footnote_mark: Option<FootnoteMark>,
}

struct OpenElement {
    /// The positions in `html` of the start tag and of the content.
    start: usize,
    content: usize,
    /// Whether a link can lead to it.
    has_id: bool,
    /// Whether nothing is between it and the start or the end of another block.
    follows_block: bool,
}

/// A heading whose id is not final: ids of authors later in the document take precedence over generated ones.
struct ReadHeading {
    level: u8,
    id_at: usize,
    id: Option<String>,
    text: String,
}

struct OpenHeading {
    level: u8,
    id_at: usize,
    /// The id that the author gave to the heading, or to an element in it.
    id: Option<String>,
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
        for heading in &mut self.open_headings {
            heading.line.push(&text);
        }
        for (_, line) in self.open_links.iter_mut().flatten() {
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
        let start = self.html.len();
        let follows_block = self.html[self.block_edge..].trim_ascii().is_empty();
        self.html.push('<');
        self.html.push_str(element.name);
        let id_at = self.html.len();
        let author_id = attributes.raw("id").filter(|id| !is_footnote_id(element.name, id));
        let author_id = author_id.filter(|id| self.author_ids.insert((*id).to_owned())).map(str::to_owned);
        for (name, raw) in &attributes.0 {
            match *name {
                // The `rel` of links is always generated, so that a second pass changes nothing.
                "rel" => {}
                "id" if !is_footnote_id(element.name, raw) => {}
                "id" if !self.footnote_ids.insert((*raw).to_owned()) => {}
                _ => self.attribute(name, raw),
            }
        }
        let mut has_id = author_id.is_some();
        match (element.kind, self.open_headings.last_mut()) {
            (Kind::Heading, _) => {
                let level = element.name.as_bytes().get(1).map_or(1, |digit| digit - b'0');
                let (line, alt) = (Line::default(), Line::default());
                self.open_headings.push(OpenHeading { level, id_at, id: author_id, line, alt });
            }
            (_, Some(heading)) if heading.id.is_none() && has_id => {
                heading.id = author_id;
                has_id = false;
            }
            _ => self.insertions.extend(author_id.map(|id| (id_at, attribute_of_id(&id)))),
        }
        match element.kind {
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
        if !element.kind.is_void() {
            self.open.push(OpenElement { start, content: self.html.len(), has_id, follows_block });
        }
        if separates_blocks(element) {
            self.block_edge = self.html.len();
        }
    }

    fn open_link(&mut self, attributes: &Attributes<'_>) {
        let url = attributes.get("href");
        if url.as_deref().is_some_and(is_external) {
            self.attribute("rel", EXTERNAL_REL);
        }
        let is_listed = self.footnote_mark.is_none();
        let is_back_reference = attributes.raw("class") == Some("footnote-backref");
        if is_back_reference {
            self.footnote_mark = Some(FootnoteMark::BackReference);
        }
        let url = url.filter(|_| is_listed && !is_back_reference);
        self.open_links.push(url.map(|url| (url.into_owned(), Line::default())));
    }

    fn close(&mut self, element: &'static Element) {
        self.separate_words(element);
        self.text.close(element);
        let link = if element.kind == Kind::Link { self.open_links.pop().flatten() } else { None };
        let heading = if element.kind == Kind::Heading { self.open_headings.pop() } else { None };
        let open = self.open.pop();
        let adopts = heading.as_ref().is_some_and(|heading| heading.id.is_some());
        if let Some(open) = open.filter(|open| !open.has_id && !adopts)
            && self.drop_empty(element, &open)
        {
            return;
        }
        self.html.push_str("</");
        self.html.push_str(element.name);
        self.html.push('>');
        if separates_blocks(element) || element.kind == Kind::Table {
            self.block_edge = self.html.len();
        }
        match (element.kind, self.footnote_mark) {
            (Kind::Link, Some(FootnoteMark::BackReference)) => self.footnote_mark = None,
            (Kind::Link, _) => {
                self.links.extend(link.map(|(url, line)| Link { url, text: line.finish() }));
            }
            (Kind::Inline, Some(FootnoteMark::Reference)) if element.name == "sup" => {
                self.text.push("]");
                self.footnote_mark = None;
            }
            (Kind::Heading, _) => heading.into_iter().for_each(|heading| self.close_heading(heading)),
            _ => {}
        }
    }

    /// Removes an element without content, which readers would not see; `false` when it stays. White space stays where it
    /// separates words.
    fn drop_empty(&mut self, element: &Element, open: &OpenElement) -> bool {
        let content = &self.html[open.content..];
        let is_empty = match element.kind {
            Kind::Inline | Kind::Link => content.trim_ascii().is_empty(),
            Kind::Block if element.name == "summary" => false,
            // Otherwise it separates the words before and after it.
            _ if !open.follows_block => false,
            Kind::Block if element.name == "pre" => false,
            Kind::Block | Kind::Heading | Kind::List | Kind::Paragraph | Kind::Terms => is_blank(content),
            _ => false,
        };
        let is_footnote =
            self.footnote_mark.is_some() || self.html[open.start..open.content].contains(" id=\"");
        // White space in preformatted text is content.
        if !is_empty || is_footnote || self.text.is_preformatted() {
            return false;
        }
        let keeps = matches!(element.kind, Kind::Inline | Kind::Link);
        let content = if keeps { content.to_owned() } else { String::new() };
        self.html.truncate(open.start);
        self.html.push_str(&content);
        self.block_edge = self.block_edge.min(open.start);
        if self.pre_start > self.html.len() {
            self.pre_start = usize::MAX;
        }
        true
    }

    fn close_heading(&mut self, heading: OpenHeading) {
        let OpenHeading { level, id_at, id, line, alt } = heading;
        let text = Some(line.finish()).filter(|text| !text.is_empty());
        let text = text.unwrap_or_else(|| alt.finish());
        self.headings.push(ReadHeading { level, id_at, id, text });
    }

    /// Writes an image, or only its alternative text when the sanitiser has dropped its URL.
    fn image(&mut self, attributes: &Attributes<'_>) {
        let alt = attributes.get("alt").unwrap_or_default();
        let Some(url) = attributes.get("src") else {
            return self.text(&encoded(&alt));
        };
        for heading in &mut self.open_headings {
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
            for heading in &mut self.open_headings {
                heading.line.space();
            }
            for (_, line) in self.open_links.iter_mut().flatten() {
                line.space();
            }
        }
    }

    fn finish(mut self) -> RichText {
        let outline = self.outline();
        self.insertions.sort_unstable_by_key(|(at, _)| *at);
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
        let mut targets = self.author_ids;
        targets.extend(outline.iter().map(|heading| heading.id.clone()));
        RichText {
            html,
            text,
            outline,
            images: self.images,
            links: self.links,
            targets,
            word_count,
            reading_time_minutes,
            // Only the Markdown shows what was removed.
            removed_html: Vec::new(),
        }
    }

    /// Gives each heading its final id.
    fn outline(&mut self) -> Vec<Heading> {
        let mut slugs = Slugs::default();
        slugs.reserve(self.author_ids.iter().cloned());
        let headings = std::mem::take(&mut self.headings).into_iter();
        let finished = headings.map(|ReadHeading { level, id_at, id, text }| {
            let id = id.unwrap_or_else(|| slugs.id(&text));
            self.insertions.push((id_at, attribute_of_id(&id)));
            Heading { level, id, text }
        });
        finished.collect()
    }
}

/// Whether the plain text has a blank line where the element starts and ends.
fn separates_blocks(element: &Element) -> bool {
    matches!(
        element.kind,
        Kind::Block | Kind::Heading | Kind::List | Kind::Paragraph | Kind::Terms | Kind::VoidBlock
    )
}

/// An id is made of letters and digits, so it needs no escaping.
fn attribute_of_id(id: &str) -> String {
    format!(" id=\"{id}\"")
}

/// Whether the content of a block shows nothing: white space and line breaks.
fn is_blank(mut content: &str) -> bool {
    loop {
        content = content.trim_ascii_start();
        let rest = ["<br>", "&nbsp;"].iter().find_map(|blank| content.strip_prefix(blank));
        let Some(rest) = rest else { return content.is_empty() };
        content = rest;
    }
}
