//! Tags: the list, and one of them.

use super::endpoint::{AFTER, BEFORE, COUNT, Endpoint, FIRST, Kind, LAST, Parameter, Shape};

/// `/v1/tags`.
pub(crate) const TAGS: Endpoint = Endpoint {
    name: "tags",
    path: "/v1/tags",
    summary: "Tags, the most used first",
    description: "",
    document: concat!(
        include_str!("documents/tags.graphql"),
        include_str!("documents/tag_part.graphql"),
        include_str!("documents/page_info.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new("slug", Kind::Slugs, "The slug, present or past, is one of these.").of("where.slugs"),
        Parameter::new("nameContains", Kind::Text, "The name contains this text, ignoring case.")
            .of("where.nameContains"),
        Parameter::new(
            "used",
            Kind::Flag,
            "Whether at least one published article carries it (true), or none does (false).",
        )
        .of("where.used"),
        Parameter::new(
            "orderBy",
            Kind::Order(&[("use", "USE"), ("name", "NAME")]),
            "The field to sort by; with a leading `-`, the greatest first.",
        )
        .or("-use"),
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        COUNT,
    ],
    shape: Shape::List("tags"),
    example: include_str!("examples/tags.json"),
};

/// `/v1/tags/{slug}`.
pub(crate) const TAG: Endpoint = Endpoint {
    name: "tag",
    path: "/v1/tags/{slug}",
    summary: "One tag",
    description: "A former slug, and that of a tag that was merged into another, is answered with 308 and the \
                  present address.",
    document: concat!(
        include_str!("documents/tag.graphql"),
        include_str!("documents/tag_part.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::One("tag"),
    example: include_str!("examples/tag.json"),
};
