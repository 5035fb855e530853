//! The endpoint of the current edition.

use super::endpoint::{Endpoint, Shape};

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
