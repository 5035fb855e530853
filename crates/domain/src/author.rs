//! Those who write.

use crate::{AuthorId, Slug};

/// A person, or a desk, whose name stands above articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Its id.
    pub id: AuthorId,
    /// Its name in web addresses.
    pub slug: Slug,
    /// The name as it is printed.
    pub name: String,
    /// What the author does, for example `Digital strategy editor`.
    pub job_title: Option<String>,
    /// A sentence or two about the author, plain text.
    pub bio: Option<String>,
}
