//! The endpoints of published articles: the list, and a single article.

use super::endpoint::{AFTER, BEFORE, COUNT, Endpoint, FIRST, LAST, Parameter, ParameterKind, Shape};

const EXCERPT: Parameter = Parameter::new(
    "excerpt.maxLength",
    ParameterKind::Number(1, 2_000),
    "The maximum length of excerpts in characters. A longer excerpt is cut between two words.",
)
.of("excerptMaxLength");

/// `/v1/articles`.
pub(crate) const ARTICLES: Endpoint = Endpoint {
    name: "articles",
    path: "/v1/articles",
    summary: "A list of articles",
    description: "Articles must match all given filters. To give a filter several values, repeat the parameter or \
                  separate the values by commas. A slug that never existed matches nothing, and `warnings` names it. The `Link` header has the URLs of the \
                  next and the previous page, with the same filters.",
    document: concat!(
        include_str!("../documents/articles.graphql"),
        include_str!("../documents/article_fields.graphql"),
        include_str!("../documents/article_parts.graphql"),
        include_str!("../documents/body.graphql"),
        include_str!("../documents/topic_label.graphql"),
        include_str!("../documents/page_info.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new("id", ParameterKind::Ids, "Only articles with one of these ids.").of("where.ids"),
        Parameter::new(
            "tag",
            ParameterKind::Slugs,
            "Only articles with at least one of these tags (slugs). Former slugs work too.",
        )
        .of("where.tags.any"),
        Parameter::new("tag.all", ParameterKind::Slugs, "Only articles with all of these tags.")
            .of("where.tags.all"),
        Parameter::new("tag.none", ParameterKind::Slugs, "Only articles with none of these tags.")
            .of("where.tags.none"),
        Parameter::new(
            "topic",
            ParameterKind::Slugs,
            "Only articles in at least one of these topics (slugs), or in a topic below them.",
        )
        .of("where.topics.in"),
        Parameter::new(
            "topic.exact",
            ParameterKind::Flag,
            "Whether topics below the named ones do not match.",
        )
        .or("false")
        .negated("where.topics.includeDescendants")
        .about("topic"),
        Parameter::new(
            "author",
            ParameterKind::Slugs,
            "Only articles by at least one of these authors (slugs).",
        )
        .of("where.authors.any"),
        Parameter::new("author.all", ParameterKind::Slugs, "Only articles by all of these authors together.")
            .of("where.authors.all"),
        Parameter::new("author.none", ParameterKind::Slugs, "Only articles by none of these authors.")
            .of("where.authors.none"),
        Parameter::new("locale", ParameterKind::Locale, "Only articles in exactly this language (BCP 47).")
            .of("where.locale"),
        Parameter::new(
            "publishedAt.gte",
            ParameterKind::Instant,
            "Only articles that were published at this time or later. A date without a time is a day in the time zone of the \
             publication, and is included.",
        )
        .of("where.publishedAt.gte"),
        Parameter::new(
            "publishedAt.gt",
            ParameterKind::Instant,
            "Only articles that were published later than this time. A date excludes the whole day.",
        )
        .of("where.publishedAt.gt"),
        Parameter::new(
            "publishedAt.lte",
            ParameterKind::Instant,
            "Only articles that were published at this time or earlier. A date includes the whole day.",
        )
        .of("where.publishedAt.lte"),
        Parameter::new(
            "publishedAt.lt",
            ParameterKind::Instant,
            "Only articles that were published earlier than this time. A date excludes the whole day.",
        )
        .of("where.publishedAt.lt"),
        Parameter::new(
            "updatedAt.gte",
            ParameterKind::Instant,
            "Only articles whose last public change was at this time or later. A date includes the whole day.",
        )
        .of("where.updatedAt.gte"),
        Parameter::new(
            "updatedAt.gt",
            ParameterKind::Instant,
            "Only articles whose last public change was later than this time. A date excludes the whole day.",
        )
        .of("where.updatedAt.gt"),
        Parameter::new(
            "updatedAt.lte",
            ParameterKind::Instant,
            "Only articles whose last public change was at this time or earlier. A date includes the whole day.",
        )
        .of("where.updatedAt.lte"),
        Parameter::new(
            "updatedAt.lt",
            ParameterKind::Instant,
            "Only articles whose last public change was earlier than this time. A date excludes the whole day.",
        )
        .of("where.updatedAt.lt"),
        Parameter::new(
            "orderBy",
            ParameterKind::Order(&[
                ("publishedAt", "PUBLISHED_AT"),
                ("updatedAt", "UPDATED_AT"),
                ("title", "TITLE"),
            ]),
            "The field to sort by. With a leading `-`, the greatest or latest comes first.",
        )
        .or("-publishedAt"),
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        Parameter::new(
            "offset",
            ParameterKind::Number(0, 10_000),
            "How many articles to skip. Only without cursors, for numbered pages.",
        )
        .or("0"),
        COUNT,
        Parameter::new(
            "include",
            ParameterKind::Include(&[("body", "body")]),
            "Additional data: `body` adds the text of each article.",
        ),
        EXCERPT,
    ],
    shape: Shape::List("articles"),
    example: include_str!("../examples/articles.json"),
};

/// `/v1/articles/{id}`.
pub(crate) const ARTICLE: Endpoint = Endpoint {
    name: "article",
    path: "/v1/articles/{id}",
    summary: "A single article with its text",
    description: "The article with this slug or id. A former slug is answered with 308 and the URL of its target: \
                  the article under its current slug, the article that replaces it, or another page. An article that \
                  was withdrawn for good is answered with 410.",
    document: concat!(
        include_str!("../documents/article.graphql"),
        include_str!("../documents/article_fields.graphql"),
        include_str!("../documents/article_parts.graphql"),
        include_str!("../documents/body.graphql"),
        include_str!("../documents/topic_label.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[EXCERPT],
    shape: Shape::One("article"),
    example: include_str!("../examples/article.json"),
};
