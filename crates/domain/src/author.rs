//! Authors.

use crate::{AuthorId, Slug};

/// The author of an article: a person or an editorial team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The id of the author.
    pub id: AuthorId,
    /// The slug: the author's name in URLs.
    pub slug: Slug,
    /// The display name.
    pub name: String,
    /// The job title, for example `Digital strategy editor`.
    pub job_title: Option<String>,
    /// A short biography, plain text.
    pub bio: Option<String>,
}
