//! Authors.

use crate::{AuthorId, Slug, UserError, Version};

/// The author of an article: a person or an editorial team. Two entries for one person can be merged. Former slugs
/// keep working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The id of the author. Renaming the author does not change it.
    pub id: AuthorId,
    /// The version, from 1. Every change of the author increments it.
    pub version: Version,
    /// The slug: the author's name in URLs.
    pub slug: Slug,
    /// The display name.
    pub name: String,
    /// The job title, for example `Digital strategy editor`.
    pub job_title: Option<String>,
    /// A short biography, plain text.
    pub bio: Option<String>,
    /// The author that this author was merged into. Looking up a merged author returns that one.
    pub merged_into: Option<AuthorId>,
}

impl Author {
    /// Checks that a write is based on the current version.
    ///
    /// # Errors
    /// `STALE_VERSION` when `expected` is not the current version.
    pub fn expect(&self, expected: Version) -> Result<(), UserError> {
        crate::article::expect_version("the author", self.version, expected)
    }
}
