//! Revisions.

use jiff::Timestamp;

use crate::{ArticleId, Content};

/// The number of a revision within its article, from 1. Tags and topics count their changes in the same way.
pub type Version = i32;

/// One saved version of an article's working copy. It is immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The id of the article.
    pub article: ArticleId,
    /// The version: the number of this revision within the article, from 1.
    pub version: Version,
    /// The content that was saved.
    pub content: Content,
    /// When the revision was saved.
    pub created_at: Timestamp,
    /// Who saved the revision, as [`AuditRecord::actor`](crate::AuditRecord::actor) writes it.
    pub actor: String,
}
