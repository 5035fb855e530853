//! Publications: what readers get.

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, EditionNumber, Image, LabelId, Locale, Seo, Slug, TagId, TopicId, Version};

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
    /// The date that readers see.
    pub published_at: Timestamp,
    /// When the published content last changed.
    pub updated_at: Timestamp,
    /// Which of its parts were read; the others are empty here, whatever they are.
    pub parts: Parts,
}

/// Parts of a publication that are read only when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parts(u8);

impl Parts {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b11_1111);
    /// The line below the headline.
    pub const DECK: Self = Self(1);
    /// The teaser.
    pub const EXCERPT: Self = Self(1 << 1);
    /// The picture on top.
    pub const HERO_IMAGE: Self = Self(1 << 2);
    /// What search engines are told.
    pub const SEO: Self = Self(1 << 3);
    /// What the system that it came from calls the article.
    pub const EXTERNAL_REF: Self = Self(1 << 4);
    /// Addresses under which it was published elsewhere before.
    pub const ALIASES: Self = Self(1 << 5);

    /// Returns the union of both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this set contains all of `other`.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Publication {
    /// Returns the ids of its tags, topics and authors.
    pub fn labels(&self) -> impl Iterator<Item = LabelId> + '_ {
        labels(&self.tags, &self.topics, &self.authors)
    }
}

/// Returns the ids of tags, topics and authors as label ids.
pub(crate) fn labels<'a>(
    tags: &'a [TagId],
    topics: &'a [TopicId],
    authors: &'a [AuthorId],
) -> impl Iterator<Item = LabelId> + 'a {
    let tags = tags.iter().map(|id| LabelId::from(*id));
    let topics = topics.iter().map(|id| LabelId::from(*id));
    tags.chain(topics).chain(authors.iter().map(|id| LabelId::from(*id)))
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

/// A set of forms of a body. A form is read from the database only when it is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Forms(u8);

impl Forms {
    /// No form: only the word count and the reading time, which are always read.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);
    /// The source text.
    pub const MARKDOWN: Self = Self(1);
    /// Sanitised HTML.
    pub const HTML: Self = Self(1 << 1);
    /// Plain text.
    pub const TEXT: Self = Self(1 << 2);
    /// The headings.
    pub const OUTLINE: Self = Self(1 << 3);
    /// The images.
    pub const IMAGES: Self = Self(1 << 4);
    /// The single forms.
    pub const EACH: [Self; 5] = [Self::MARKDOWN, Self::HTML, Self::TEXT, Self::OUTLINE, Self::IMAGES];

    /// Returns the union of both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this set contains all of `other`.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
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

/// Returns the sort key of a title: its first 100 characters in lower case.
#[must_use]
pub fn title_key(title: &str) -> String {
    title.chars().take(100).flat_map(char::to_lowercase).collect()
}
