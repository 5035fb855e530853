//! Tags.

use jiff::Timestamp;

use crate::{Slug, TagId, UserError, Version};

/// A tag: a label without hierarchy. A tag can be renamed, merged and deleted. Its former slugs keep working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The id of the tag. Renaming the tag does not change it.
    pub id: TagId,
    /// The version, from 1. Every change of the tag increments it.
    pub version: Version,
    /// The slug: the tag's name in URLs.
    pub slug: Slug,
    /// The display name.
    pub name: String,
    /// The tag that this tag was merged into. Looking up a merged tag returns that one.
    pub merged_into: Option<TagId>,
    /// When the tag was deleted. Old revisions and publications still name a deleted tag; new ones cannot.
    pub deleted_at: Option<Timestamp>,
}

impl Tag {
    /// Checks that a write is based on the current version.
    ///
    /// # Errors
    /// `STALE_VERSION` when `expected` is not the current version.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        crate::article::expect_version("the tag", self.version, expected)
    }
}
