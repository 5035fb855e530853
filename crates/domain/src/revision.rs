//! What was saved.

use jiff::Timestamp;

use crate::{ArticleId, Content, Version};

/// One saved version of an article's working copy. Never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The article.
    pub article: ArticleId,
    /// Its place among the revisions, from 1.
    pub version: Version,
    /// What was written.
    pub content: Content,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub actor: String,
}
