//! The edition that is served.

use super::endpoint::{Endpoint, Shape};

/// `/v1/edition`.
pub(crate) const EDITION: Endpoint = Endpoint {
    name: "edition",
    path: "/v1/edition",
    summary: "The edition that is served",
    description: "Every change of what the public sees makes the next one. Each answer tells the edition that it \
                  belongs to; whoever has seen one has seen every change up to it.",
    document: concat!(
        include_str!("documents/edition.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::Whole,
    example: include_str!("examples/edition.json"),
};
