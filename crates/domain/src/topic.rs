//! The curated tree.

use crate::{Slug, TopicId, UserError, Version};

/// A place in the curated tree of subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its id, which a move does not change.
    pub id: TopicId,
    /// Counts its changes, from 1.
    pub version: Version,
    /// Its name in web addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// What belongs here, in a sentence.
    pub description: Option<String>,
    /// The topic above; a root has none.
    pub parent: Option<TopicId>,
    /// Its place among its siblings, from 0.
    pub position: i32,
}

impl Topic {
    /// Refuses a write that is based on another version than the current one.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        crate::article::expect_version("the topic", self.version, expected)
    }
}
