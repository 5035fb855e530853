//! The endpoints of authors: the list, and a single author.

use super::endpoint::{AFTER, BEFORE, COUNT, Endpoint, FIRST, LAST, Parameter, ParameterKind, Shape};

/// `/v1/authors`.
pub(crate) const AUTHORS: Endpoint = Endpoint {
    name: "authors",
    path: "/v1/authors",
    summary: "A list of authors",
    description: "All authors in pages. The `Link` header has the URLs of the next and the previous page.",
    document: concat!(
        include_str!("../documents/authors.graphql"),
        include_str!("../documents/author_part.graphql"),
        include_str!("../documents/page_info.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new(
            "orderBy",
            ParameterKind::Order(&[("name", "NAME"), ("use", "USE")]),
            "The field to sort by: the name, or the number of published articles (`use`). With a leading `-`, the greatest comes first.",
        )
        .or("name"),
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        COUNT,
    ],
    shape: Shape::List("authors"),
    example: include_str!("../examples/authors.json"),
};

/// `/v1/authors/{slug}`.
pub(crate) const AUTHOR: Endpoint = Endpoint {
    name: "author",
    path: "/v1/authors/{slug}",
    summary: "A single author",
    description: "The author with this slug, with the number of published articles. A former slug, or that of an author \
                  who was merged into another one, is answered with 308 and the current URL.",
    document: concat!(
        include_str!("../documents/author.graphql"),
        include_str!("../documents/author_part.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::One("author"),
    example: include_str!("../examples/author.json"),
};
