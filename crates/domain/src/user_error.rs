//! User errors: why a write was refused, for the client to show.

use std::fmt;

/// The reason why a write was refused. Codes are stable; clients branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserErrorCode {
    /// A required value is missing or blank.
    Required,
    /// A value is malformed.
    Invalid,
    /// A value is longer than allowed.
    TooLong,
    /// The external reference belongs to another article, or the name to another object.
    Taken,
    /// Another article, tag, topic or author has, or once had, the slug.
    SlugTaken,
    /// An id or slug in the input does not exist.
    NotFound,
    /// The object has changed since the version that the write is based on.
    StaleVersion,
    /// The state of the article does not allow the action.
    InvalidState,
    /// An image has no alternative text.
    AltTextMissing,
    /// A topic would become its own ancestor.
    TopicCycle,
    /// A redirect would lead back to its source.
    RedirectLoop,
    /// The review policy requires an approval, which the version does not have.
    ApprovalRequired,
    /// A writer tried to approve their own version, which the review policy forbids.
    FourEyes,
    /// An instant that must be in the future is in the past.
    InPast,
    /// A link in the body is broken.
    LinkBroken,
    /// The article has warnings that were not acknowledged.
    WarningsUnacknowledged,
    /// A warning was acknowledged that the article does not have.
    NotApplicable,
}

/// One problem of the input, and the field that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable code.
    pub code: UserErrorCode,
    /// The path of the argument or input field, outermost first, for example
    /// `["input", "heroImage", "alt"]`.
    pub path: Vec<String>,
    /// What is wrong and how to fix it. This message reveals no unpublished content of others.
    pub message: String,
    /// A more detailed message for callers who may read drafts, if there is one. It may quote unpublished content.
    pub in_full: Option<String>,
}

impl UserError {
    /// Makes an error at a dotted path, for example `input.heroImage.alt`.
    pub fn at(path: &str, code: UserErrorCode, message: impl fmt::Display) -> Self {
        let path = path.split('.').map(str::to_owned).collect();
        Self { code, path, message: message.to_string(), in_full: None }
    }

    /// Adds the detailed message for callers who may read drafts.
    #[must_use]
    pub fn in_full(self, message: impl fmt::Display) -> Self {
        Self { in_full: Some(message.to_string()), ..self }
    }

    /// Returns the detailed message, or the general one when there is none.
    #[must_use]
    pub fn full_message(&self) -> &str {
        self.in_full.as_deref().unwrap_or(&self.message)
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.join("."), self.full_message())
    }
}

impl std::error::Error for UserError {}
