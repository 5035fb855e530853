//! Publications: what readers get.

use bitflags::bitflags;
use jiff::Timestamp;

use crate::{
    ArticleId, AuthorId, Correction, EditionNumber, Image, LabelId, Locale, Seo, Slug, TagId, TopicId,
    Version,
};

/// A published revision, without its body. It holds only public content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The primary key in the database. It is never shown.
    pub key: i64,
    /// The id of the article.
    pub article: ArticleId,
    /// The revision that is public.
    pub version: Version,
    /// The edition that published it.
    pub edition: EditionNumber,
    /// The slug: the article's name in URLs.
    pub slug: Slug,
    /// The language.
    pub locale: Locale,
    /// The headline, plain text.
    pub title: String,
    /// The line below the headline, plain text.
    pub deck: Option<String>,
    /// The teaser, plain text: the editor's, or the beginning of the body.
    pub excerpt: String,
    /// The image at the top of the article.
    pub hero_image: Option<Image>,
    /// Title and description for search engines.
    pub seo: Seo,
    /// The id that another system uses for the article.
    pub external_ref: Option<String>,
    /// The authors, in display order.
    pub authors: Vec<AuthorId>,
    /// The topics, the main topic first.
    pub topics: Vec<TopicId>,
    /// The tags.
    pub tags: Vec<TagId>,
    /// URLs under which the article was published on another site before.
    pub aliases: Vec<String>,
    /// The notes about what publications have corrected, the oldest first.
    pub corrections: Vec<Correction>,
    /// The date that readers see.
    pub published_at: Timestamp,
    /// When the published content last changed.
    pub updated_at: Timestamp,
    /// The optional fields that were read. The others are empty here, whatever their values in the database.
    pub read: PublicationFields,
}

bitflags! {
    /// A set of optional fields of a publication, which are read only when requested. All other fields are always read.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct PublicationFields: u8 {
        /// The line below the headline.
        const DECK = 1;
        /// The teaser.
        const EXCERPT = 1 << 1;
        /// The image at the top of the article.
        const HERO_IMAGE = 1 << 2;
        /// Title and description for search engines.
        const SEO = 1 << 3;
        /// The id that another system uses for the article.
        const EXTERNAL_REF = 1 << 4;
        /// URLs under which the article was published on another site before.
        const ALIASES = 1 << 5;
        /// The notes about what publications have corrected.
        const CORRECTIONS = 1 << 6;
    }
}

impl Publication {
    /// Returns the ids of its tags, topics and authors.
    pub fn labels(&self) -> impl Iterator<Item = LabelId> + '_ {
        crate::id::labels(&self.tags, &self.topics, &self.authors)
    }
}

/// The body of a publication, in all its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The source text (CommonMark with GitHub's extensions).
    pub markdown: String,
    /// Sanitised HTML.
    pub html: String,
    /// Plain text, without markup.
    pub text: String,
    /// The headings, in document order.
    pub outline: Vec<Heading>,
    /// The images, in document order.
    pub images: Vec<InlineImage>,
    /// The number of words of `text`.
    pub word_count: i32,
    /// The reading time in minutes.
    pub reading_time_minutes: i32,
}

bitflags! {
    /// A set of forms of a body, which are read only when requested. The two numbers are always read.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct BodyForms: u8 {
        /// The source text.
        const MARKDOWN = 1;
        /// Sanitised HTML.
        const HTML = 1 << 1;
        /// Plain text.
        const TEXT = 1 << 2;
        /// The headings.
        const OUTLINE = 1 << 3;
        /// The images.
        const IMAGES = 1 << 4;
    }
}

impl BodyForms {
    /// The single forms.
    pub const EACH: [Self; 5] = [Self::MARKDOWN, Self::HTML, Self::TEXT, Self::OUTLINE, Self::IMAGES];
}

/// A heading of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The level, 1 to 6.
    pub level: u8,
    /// The `id` attribute of the heading in the HTML.
    pub id: String,
    /// The plain text of the heading.
    pub text: String,
}

/// An image within a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// The URL of the image.
    pub url: String,
    /// The alternative text: what the image shows.
    pub alt: String,
    /// The title that browsers show on hover.
    pub title: Option<String>,
}

/// Returns the first 100 characters of a title in lower case. Nodes of the previous version sort by them; this version
/// sorts by [`sort_key`](crate::sort_key).
#[must_use]
pub fn title_key(title: &str) -> String {
    title.chars().take(100).flat_map(char::to_lowercase).collect()
}
