//! Topics: the tree, and one place in it.

use super::endpoint::{Endpoint, Shape};

/// `/v1/topics`.
pub(crate) const TOPICS: Endpoint = Endpoint {
    name: "topics",
    path: "/v1/topics",
    summary: "The tree of topics",
    description: "The roots in their order, and what is below them, four levels in all. Topics of the fourth \
                  level do not tell their `children`: ask for such a topic by itself.",
    document: concat!(
        include_str!("documents/topics.graphql"),
        include_str!("documents/topic_parts.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::Whole,
    example: include_str!("examples/topics.json"),
};

/// `/v1/topics/{slug}`.
pub(crate) const TOPIC: Endpoint = Endpoint {
    name: "topic",
    path: "/v1/topics/{slug}",
    summary: "One topic, with the way to it and what is below it",
    description: "`path` leads from the root to the topic itself. Below it there are three levels.",
    document: concat!(
        include_str!("documents/topic.graphql"),
        include_str!("documents/topic_parts.graphql"),
        include_str!("documents/topic_label.graphql"),
        include_str!("documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::One("topic"),
    example: include_str!("examples/topic.json"),
};
