//! The endpoints of tags: the list, and a single tag.

use super::endpoint::{AFTER, BEFORE, COUNT, Endpoint, FIRST, LAST, Parameter, ParameterKind, Shape};

/// `/v1/tags`.
pub(crate) const TAGS: Endpoint = Endpoint {
    name: "tags",
    path: "/v1/tags",
    summary: "A list of tags",
    description: "Tags must match all given filters. The `Link` header has the URLs of the next and the previous page.",
    document: concat!(
        include_str!("../documents/tags.graphql"),
        include_str!("../documents/tag_part.graphql"),
        include_str!("../documents/page_info.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new("slug", ParameterKind::Slugs, "Only tags with one of these slugs, current or former.").of("where.slugs"),
        Parameter::new("nameContains", ParameterKind::Text(300), "Only tags whose name contains this text, ignoring case.")
            .of("where.nameContains"),
        Parameter::new(
            "used",
            ParameterKind::Flag,
            "Only tags that at least one published article has (true), or that none has (false).",
        )
        .of("where.used"),
        Parameter::new(
            "orderBy",
            ParameterKind::Order(&[("use", "USE"), ("name", "NAME")]),
            "The field to sort by: the number of published articles (`use`), or the name. With a leading `-`, the greatest comes first.",
        )
        .or("-use"),
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        COUNT,
    ],
    shape: Shape::List("tags"),
    example: include_str!("../examples/tags.json"),
};

/// `/v1/tags/{slug}`.
pub(crate) const TAG: Endpoint = Endpoint {
    name: "tag",
    path: "/v1/tags/{slug}",
    summary: "A single tag",
    description: "A former slug, or that of a tag that was merged into another one, is answered with 308 and the \
                  current URL.",
    document: concat!(
        include_str!("../documents/tag.graphql"),
        include_str!("../documents/tag_part.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::One("tag"),
    example: include_str!("../examples/tag.json"),
};
