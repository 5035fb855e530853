//! Articles: the list, and one of them.

use super::endpoint::{AFTER, BEFORE, COUNT, Endpoint, FIRST, Kind, LAST, Parameter, Shape};

const EXCERPT: Parameter = Parameter::new(
    "excerpt.maxLength",
    Kind::Number(1, 2_000),
    "Cut excerpts, at a word, to at most this many characters.",
)
.of("excerptMaxLength");

/// `/v1/articles`.
pub(crate) const ARTICLES: Endpoint = Endpoint {
    name: "articles",
    path: "/v1/articles",
    summary: "Articles: filtered, ordered, and cut into pages",
    description: "Filters that are given must all hold; within one, repeat the parameter or put commas \
                  between its values. An unknown slug matches nothing. The `Link` header leads to the next \
                  page and to the one before, with the same filters.",
    document: concat!(
        include_str!("documents/articles.graphql"),
        include_str!("documents/article_parts.graphql"),
        include_str!("documents/body.graphql"),
        include_str!("documents/topic_label.graphql"),
        include_str!("documents/page_info.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new("tag", Kind::Slugs, "At least one of these tags. Former slugs of tags work too.")
            .of("where.tags.any"),
        Parameter::new("tag.all", Kind::Slugs, "Every one of these tags.").of("where.tags.all"),
        Parameter::new("tag.none", Kind::Slugs, "None of these tags.").of("where.tags.none"),
        Parameter::new("topic", Kind::Slugs, "At least one of these topics, or of those below them.")
            .of("where.topics.in"),
        Parameter::new("topic.exact", Kind::Flag, "Whether topics below the ones named do not count.")
            .or("false")
            .negated("where.topics.includeDescendants")
            .about("topic"),
        Parameter::new("author", Kind::Slugs, "Written by at least one of these authors.")
            .of("where.authors.any"),
        Parameter::new("author.all", Kind::Slugs, "Written by all of these authors together.")
            .of("where.authors.all"),
        Parameter::new("author.none", Kind::Slugs, "Written by none of these authors.")
            .of("where.authors.none"),
        Parameter::new("locale", Kind::Text, "In exactly this language (BCP 47).").of("where.locale"),
        Parameter::new("publishedAt.gte", Kind::Instant, "Published at this instant or later.")
            .of("where.publishedAt.gte"),
        Parameter::new("publishedAt.gt", Kind::Instant, "Published later than this instant.")
            .of("where.publishedAt.gt"),
        Parameter::new("publishedAt.lte", Kind::Instant, "Published at this instant or earlier.")
            .of("where.publishedAt.lte"),
        Parameter::new("publishedAt.lt", Kind::Instant, "Published earlier than this instant.")
            .of("where.publishedAt.lt"),
        Parameter::new("updatedAt.gte", Kind::Instant, "Changed for readers at this instant or later.")
            .of("where.updatedAt.gte"),
        Parameter::new("updatedAt.gt", Kind::Instant, "Changed for readers later than this instant.")
            .of("where.updatedAt.gt"),
        Parameter::new(
            "updatedAt.lte",
            Kind::Instant,
            "Last changed for readers at this instant or earlier.",
        )
        .of("where.updatedAt.lte"),
        Parameter::new("updatedAt.lt", Kind::Instant, "Last changed for readers earlier than this instant.")
            .of("where.updatedAt.lt"),
        Parameter::new(
            "orderBy",
            Kind::Order(&[("publishedAt", "PUBLISHED_AT"), ("updatedAt", "UPDATED_AT"), ("title", "TITLE")]),
            "The field to sort by; with a leading `-`, the greatest or latest first.",
        )
        .or("-publishedAt"),
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        Parameter::new(
            "offset",
            Kind::Number(0, 10_000),
            "Skip this many, without cursors: for pages with numbers.",
        )
        .or("0"),
        COUNT,
        Parameter::new(
            "include",
            Kind::Parts(&[("body", "body")]),
            "What else to answer with: `body`, the whole text of each article.",
        ),
        EXCERPT,
    ],
    shape: Shape::List("articles"),
    example: include_str!("examples/articles.json"),
};

/// `/v1/articles/{id}`.
pub(crate) const ARTICLE: Endpoint = Endpoint {
    name: "article",
    path: "/v1/articles/{id}",
    summary: "One article with its text",
    description: "By its slug or its id. A former slug is answered with 308 and where it leads: to the article's present address, \
                  to the article that stands in its place, or to a page elsewhere. What was withdrawn for \
                  good is 410.",
    document: concat!(
        include_str!("documents/article.graphql"),
        include_str!("documents/article_parts.graphql"),
        include_str!("documents/body.graphql"),
        include_str!("documents/topic_label.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[EXCERPT],
    shape: Shape::One("article"),
    example: include_str!("examples/article.json"),
};
