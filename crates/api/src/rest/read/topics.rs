//! The endpoints of topics: the tree, and a single topic.

use super::endpoint::{Endpoint, Shape};

/// `/v1/topics`.
pub(crate) const TOPICS: Endpoint = Endpoint {
    name: "topics",
    path: "/v1/topics",
    summary: "The topic tree",
    description: "The first four levels of the topic tree, each in its order. Topics of the fourth level have no \
                  `children` here: request them one by one.",
    document: concat!(
        include_str!("../documents/topics.graphql"),
        include_str!("../documents/topic_parts.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::Whole,
    example: include_str!("../examples/topics.json"),
};

/// `/v1/topics/{slug}`.
pub(crate) const TOPIC: Endpoint = Endpoint {
    name: "topic",
    path: "/v1/topics/{slug}",
    summary: "A single topic, with its ancestors and descendants",
    description: "A former slug, or that of a topic that was replaced by another one, is answered with 308 and the \
                  current URL. `path` has the topics from the top of the tree down to this one. `children` has three levels.",
    document: concat!(
        include_str!("../documents/topic.graphql"),
        include_str!("../documents/topic_parts.graphql"),
        include_str!("../documents/topic_label.graphql"),
        include_str!("../documents/edition_part.graphql"),
    ),
    parameters: &[],
    shape: Shape::One("topic"),
    example: include_str!("../examples/topic.json"),
};
