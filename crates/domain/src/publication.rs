//! What readers get.

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, EditionNumber, Image, LabelId, Locale, Seo, Slug, TagId, TopicId, Version};

/// A revision made public, without its body. It cannot hold anything that is not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its key in the database; never shown.
    pub key: i64,
    /// The article.
    pub article: ArticleId,
    /// The revision that is public.
    pub version: Version,
    /// The edition that made it public.
    pub edition: EditionNumber,
    /// Its name in web addresses.
    pub slug: Slug,
    /// Its language.
    pub locale: Locale,
    /// The headline.
    pub title: String,
    /// The line below the headline.
    pub deck: Option<String>,
    /// The teaser: the editor's, or the beginning of the text.
    pub excerpt: String,
    /// The picture on top.
    pub hero_image: Option<Image>,
    /// What search engines are told.
    pub seo: Seo,
    /// What the system that it came from calls the article.
    pub external_ref: Option<String>,
    /// Who wrote it, in the order of print.
    pub authors: Vec<AuthorId>,
    /// Where it belongs in the tree, the main topic first.
    pub topics: Vec<TopicId>,
    /// Its labels.
    pub tags: Vec<TagId>,
    /// Addresses under which it was published elsewhere before.
    pub aliases: Vec<String>,
    /// The date that readers see.
    pub published_at: Timestamp,
    /// When what readers see last changed.
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

    /// These and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of those are among these.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Publication {
    /// The tags, topics and authors that it is found by.
    pub fn labels(&self) -> impl Iterator<Item = LabelId> + '_ {
        labels(&self.tags, &self.topics, &self.authors)
    }
}

/// Tags, topics and authors, as what something is filed under.
pub(crate) fn labels<'a>(
    tags: &'a [TagId],
    topics: &'a [TopicId],
    authors: &'a [AuthorId],
) -> impl Iterator<Item = LabelId> + 'a {
    let tags = tags.iter().map(|id| LabelId::from(*id));
    let topics = topics.iter().map(|id| LabelId::from(*id));
    tags.chain(topics).chain(authors.iter().map(|id| LabelId::from(*id)))
}

/// The body of a publication, in every form that readers ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// As it was written (CommonMark and GitHub's extensions).
    pub markdown: String,
    /// Sanitised HTML.
    pub html: String,
    /// What a reader sees, without markup.
    pub text: String,
    /// The headings, in the order of the text.
    pub outline: Vec<Heading>,
    /// The pictures, in the order of the text.
    pub images: Vec<InlineImage>,
    /// Words of `text`.
    pub word_count: i32,
    /// Minutes that reading takes.
    pub reading_time_minutes: i32,
}

/// Forms of a body that are read of it only when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Forms(u8);

impl Forms {
    /// None of them: what is left is short.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);
    /// As it was written.
    pub const MARKDOWN: Self = Self(1);
    /// Sanitised HTML.
    pub const HTML: Self = Self(1 << 1);
    /// What a reader sees.
    pub const TEXT: Self = Self(1 << 2);
    /// The headings.
    pub const OUTLINE: Self = Self(1 << 3);
    /// The pictures.
    pub const IMAGES: Self = Self(1 << 4);
    /// Each of them by itself.
    pub const EACH: [Self; 5] = [Self::MARKDOWN, Self::HTML, Self::TEXT, Self::OUTLINE, Self::IMAGES];

    /// These and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of those are among these.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A heading of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The `id` attribute that it carries in the HTML.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// A picture within a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// Where the picture is.
    pub url: String,
    /// What it shows.
    pub alt: String,
    /// The title that browsers show on hover.
    pub title: Option<String>,
}

/// What titles are sorted by: lower case, at most 100 characters.
#[must_use]
pub fn title_key(title: &str) -> String {
    title.chars().take(100).flat_map(char::to_lowercase).collect()
}
