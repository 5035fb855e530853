//! Topics.

use jiff::Timestamp;

use crate::{Slug, TopicId, UserError, Version};

/// A node of the curated tree of subjects. Its former slugs keep working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The id of the topic. Moving the topic does not change it.
    pub id: TopicId,
    /// The version, from 1. Every change of the topic increments it.
    pub version: Version,
    /// The slug: the topic's name in URLs.
    pub slug: Slug,
    /// The display name.
    pub name: String,
    /// What the topic covers, plain text.
    pub description: Option<String>,
    /// The parent topic. A root topic has none.
    pub parent: Option<TopicId>,
    /// The position among its siblings, from 0.
    pub position: i32,
    /// The topic that replaced this topic. Looking up a replaced topic returns that one.
    pub merged_into: Option<TopicId>,
    /// When the topic was deleted. Old revisions and publications still name a deleted topic; new ones cannot.
    pub deleted_at: Option<Timestamp>,
}

impl Topic {
    /// Checks that a write is based on the current version.
    ///
    /// # Errors
    /// `STALE_VERSION` when `expected` is not the current version.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        crate::article::expect_version("the topic", self.version, expected)
    }
}
