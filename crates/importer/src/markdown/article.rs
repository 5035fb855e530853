//! The result of parsing a Markdown file.

use jiff::Timestamp;

/// An article as its file has it. No rule of the domain is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceArticle {
    /// The title: one line of plain text.
    pub title: String,
    /// The slug of the front matter, or the last segment of a permalink without placeholders.
    pub slug: Option<String>,
    /// The file name without date, language and extension; for `index.md`, the name of its folder.
    pub file_slug: String,
    /// The line below the headline.
    pub deck: Option<String>,
    /// The publication date: from the front matter, or else from the file name.
    pub published_at: Option<Timestamp>,
    /// The date of the last change.
    pub updated_at: Option<Timestamp>,
    /// The date from which the article is not public any more.
    pub expires_at: Option<Timestamp>,
    /// Whether the article is a draft: `draft: true`, `published: false`, `status: draft`, or in a folder `_drafts`.
    pub draft: bool,
    /// The language tag as written, with `-` instead of `_`.
    pub locale: Option<String>,
    /// The names or slugs of tags, in order, without duplicates.
    pub tags: Vec<String>,
    /// The names or slugs of topics, in order, without duplicates. `Parent > Child` stays as written.
    pub topics: Vec<String>,
    /// The names or slugs of authors, in order, without duplicates.
    pub authors: Vec<String>,
    /// The teaser: one paragraph of plain text.
    pub excerpt: Option<String>,
    /// The image at the top of the article.
    pub image: Option<SourceImage>,
    /// Former URLs, as written.
    pub aliases: Vec<String>,
    /// The id that another system uses for the article.
    pub external_ref: Option<String>,
    /// The title for search engines.
    pub seo_title: Option<String>,
    /// The description for search engines.
    pub seo_description: Option<String>,
    /// Markdown without template tags. It has LF line ends, no blank line at the start, and one line feed at the end.
    pub body: String,
    /// Notes about template tags that were changed, dropped or kept as written, in line order.
    pub notes: Vec<Note>,
    /// The content that was dropped, in alphabetical order.
    pub dropped: Vec<Dropped>,
}

/// Content of one kind that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dropped {
    /// What was dropped, as it is written in files: `{{< chart >}}`, `<iframe>`.
    pub what: String,
    /// How often.
    pub count: u32,
    /// The first line in the file, from 1.
    pub line: u32,
}

/// The image at the top of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceImage {
    /// A URL or a path, as written.
    pub url: String,
    /// The alternative text: what the image shows, for readers who cannot see it.
    pub alt: Option<String>,
    /// The caption, shown below the image.
    pub caption: Option<String>,
    /// The credit: who made the image.
    pub credit: Option<String>,
    /// The width in CSS pixels.
    pub width: Option<u32>,
    /// The height in CSS pixels.
    pub height: Option<u32>,
}

/// A note for the editor, to check after the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line in the file, from 1.
    pub line: u32,
    /// What the import did there.
    pub message: String,
}

/// What an editor should know about the file.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) notes: Vec<Note>,
    pub(crate) dropped: Vec<Dropped>,
}

impl Findings {
    /// Adds content that was dropped, with a note.
    pub(crate) fn drop_at(&mut self, line: u32, what: &str, message: String) {
        self.notes.push(Note { line, message });
        self.dropped.push(Dropped { what: what.to_owned(), count: 1, line });
    }
}

/// Why a file cannot be imported, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default(), .field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default())]
pub struct Refusal {
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// The front-matter key, as written where there is one.
    pub field: Option<String>,
    /// What is wrong and how to fix it.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { line: None, field: None, reason: reason.into() }
    }

    pub(crate) fn at(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}
