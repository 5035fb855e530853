//! What a Markdown file holds, once read.

use jiff::Timestamp;

/// An article as its author wrote it, before any rule of the domain has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceArticle {
    /// One line of plain text.
    pub title: String,
    /// The slug the front matter names, or the last segment of a literal permalink.
    pub slug: Option<String>,
    /// The file name without date, language and extension; the folder's name for `index.md`.
    pub file_slug: String,
    /// The standfirst.
    pub deck: Option<String>,
    /// When it first went out; from the file name when the front matter is silent.
    pub published_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Not meant for the public yet: `draft: true`, `published: false`, `status: draft` or a `_drafts` folder.
    pub draft: bool,
    /// A language tag as written, with `-` for `_`.
    pub locale: Option<String>,
    /// Names or slugs, in order, each once.
    pub tags: Vec<String>,
    /// Names or slugs, in order, each once; `Parent > Child` is kept as written.
    pub topics: Vec<String>,
    /// Names or slugs, in order, each once.
    pub authors: Vec<String>,
    /// One paragraph of plain text.
    pub excerpt: Option<String>,
    /// The picture that leads the article.
    pub image: Option<SourceImage>,
    /// Old addresses, as written.
    pub aliases: Vec<String>,
    /// What another system calls this article.
    pub external_ref: Option<String>,
    /// The title for search engines.
    pub seo_title: Option<String>,
    /// The description for search engines.
    pub seo_description: Option<String>,
    /// Markdown without template tags: no leading blank line, one line feed at the end, LF endings.
    pub body: String,
    /// What was dropped or left as it was on the way, in the order of the lines.
    pub notes: Vec<Note>,
}

/// The picture that leads an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceImage {
    /// An address or a path, as written.
    pub url: String,
    /// What the picture shows, for those who do not see it.
    pub alt: Option<String>,
    /// The line under the picture.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// Something an editor may want to look at after the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line in the file, from 1.
    pub line: u32,
    /// What happened there.
    pub message: String,
}

/// Why a file cannot be imported, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default(), .field.as_ref().map(|field| format!("`{field}`: ")).unwrap_or_default())]
pub struct Refusal {
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// The front-matter key, as written where there is one.
    pub field: Option<String>,
    /// What is wrong and how to mend it.
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
