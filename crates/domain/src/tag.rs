//! Flat labels.

use crate::{Slug, TagId, UserError, Version};

/// A flat label. It can be renamed and merged; its old slugs keep working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its id, which a rename does not change.
    pub id: TagId,
    /// Counts its changes, from 1.
    pub version: Version,
    /// Its name in web addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// The tag that it was merged into; such a tag answers as that one.
    pub merged_into: Option<TagId>,
}

impl Tag {
    /// Refuses a write that is based on another version than the current one.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        crate::article::expect_version("the tag", self.version, expected)
    }
}
