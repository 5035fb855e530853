//! The endpoints of editions: the current one, and the list.

use super::endpoint::{Endpoint, Parameter, ParameterKind, Shape};

/// `/v1/edition`.
pub(crate) const EDITION: Endpoint = Endpoint {
    name: "edition",
    path: "/v1/edition",
    summary: "The current edition",
    description: "Every public change creates the next edition. Each answer names the edition to which it belongs. A client \
                  that has seen edition N has seen every change up to N.",
    document: concat!(
        include_str!("../documents/edition.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::Whole,
    example: include_str!("../examples/edition.json"),
};

/// `/v1/editions`.
pub(crate) const EDITIONS: Endpoint = Endpoint {
    name: "editions",
    path: "/v1/editions",
    summary: "The editions after one that a client has seen",
    description: "The editions in the order of their commits, each with the cache tags to purge, so that whoever purges a \
                  cache misses none. The list is complete when it ends with `edition`; otherwise, the `Link` header has the \
                  URL of the rest.",
    document: concat!(
        include_str!("../documents/editions.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[
        Parameter::new(
            "after",
            ParameterKind::Edition,
            "The edition after which the list begins: its number, or its number and mark in the format of the header \
             `Edition`. With the mark, an edition of another history is answered with 409: purge everything.",
        )
        .or("0"),
        Parameter::new("first", ParameterKind::Number(1, 100), "How many editions to return at most.").or("100"),
    ],
    shape: Shape::Editions,
    example: include_str!("../examples/editions.json"),
};
