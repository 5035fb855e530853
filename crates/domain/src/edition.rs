//! Editions: the one number that everything public is a function of.

use std::fmt;

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, TagId, TopicId};

/// The number of an edition: dense, from 1; 0 is the empty publication before the first one.
pub type EditionNumber = i64;

/// A state of everything that the public can see. A transaction that changes what the public sees
/// appends exactly one; whoever has seen edition N has seen every change up to N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Its number.
    pub number: EditionNumber,
    /// When it was made.
    pub at: Timestamp,
}

/// What a change is about; as text, its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An article.
    Article(ArticleId),
    /// An author.
    Author(AuthorId),
    /// A tag.
    Tag(TagId),
    /// A topic.
    Topic(TopicId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Article(id) => id.fmt(f),
            Self::Author(id) => id.fmt(f),
            Self::Tag(id) => id.fmt(f),
            Self::Topic(id) => id.fmt(f),
        }
    }
}

/// What happened to the subject, as the public sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It appeared, or what readers see of it changed.
    Upserted,
    /// It is gone.
    Removed,
}

/// One entry of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// What happened to it.
    pub kind: ChangeKind,
}

impl Change {
    /// The subject appeared or changed.
    #[must_use]
    pub fn upserted(subject: Subject) -> Self {
        Self { subject, kind: ChangeKind::Upserted }
    }

    /// The subject is gone.
    #[must_use]
    pub fn removed(subject: Subject) -> Self {
        Self { subject, kind: ChangeKind::Removed }
    }
}
