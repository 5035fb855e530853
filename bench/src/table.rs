//! The database tables of a publication, and the values of their rows.

/// A table. The order is such that no row refers to a row of a later table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Edition,
    Change,
    Tag,
    Topic,
    Author,
    Article,
    ArticleSlug,
    Revision,
    Publication,
    PublicationBody,
    Listing,
    LabelCount,
    DayCount,
    WorkingLabel,
}

impl Table {
    pub(crate) const ALL: [Self; 14] = [
        Self::Edition,
        Self::Change,
        Self::Tag,
        Self::Topic,
        Self::Author,
        Self::Article,
        Self::ArticleSlug,
        Self::Revision,
        Self::Publication,
        Self::PublicationBody,
        Self::Listing,
        Self::LabelCount,
        Self::DayCount,
        Self::WorkingLabel,
    ];

    /// Returns the name of the table and its columns, in the order of the values that [`crate::publish`] writes.
    pub(crate) fn shape(self) -> (&'static str, &'static str) {
        match self {
            Self::Edition => ("edition", "number, at, actor, mark"),
            Self::Change => ("change", "edition, position, kind, subject_type, subject"),
            Self::Tag => ("tag", "id, version, slug, name, merged_into"),
            Self::Topic => ("topic", "id, version, slug, name, description, parent, position"),
            Self::Author => ("author", "id, slug, name, job_title, bio"),
            Self::Article => (
                "article",
                "id, external_ref, version, state, published_version, published_edition, redirect_to, created_at, \
                 updated_at, first_published_at, source_digest, source_version, title, title_folded, \
                 title_sort",
            ),
            Self::ArticleSlug => ("article_slug", "slug, article, public, former"),
            Self::Revision => (
                "revision",
                "article, version, slug, locale, title, deck, excerpt, body, hero_url, hero_alt, hero_caption, \
                 hero_credit, hero_width, hero_height, seo_title, seo_description, authors, topics, tags, aliases, \
                 published_at, created_at, actor",
            ),
            Self::Publication => (
                "publication",
                "id, article, version, from_edition, until_edition, slug, locale, title, title_key, title_sort, deck, excerpt, \
                 hero_url, hero_alt, hero_caption, hero_credit, hero_width, hero_height, seo_title, seo_description, \
                 external_ref, authors, topics, tags, aliases, published_at, updated_at",
            ),
            Self::PublicationBody => (
                "publication_body",
                "publication, markdown, html, text, outline, images, word_count, reading_time_minutes",
            ),
            Self::Listing => ("listing", "label, published_at, article, publication"),
            Self::LabelCount => ("label_count", "label, articles"),
            Self::DayCount => ("day_count", "day, articles"),
            Self::WorkingLabel => ("working_label", "label, article"),
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Uuid([u8; 16]),
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }
}
