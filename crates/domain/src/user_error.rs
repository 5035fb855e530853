//! What an editor is told when a write is refused.

use std::fmt;

/// Why a write was refused. The code is stable; the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserErrorCode {
    /// Something that must be there is missing or blank.
    Required,
    /// A value has the wrong shape.
    Invalid,
    /// A value is longer than is allowed.
    TooLong,
    /// A slug, or an external reference, belongs to something else already.
    Taken,
    /// The slug is in use, or was once, by another article, tag, topic or author.
    SlugTaken,
    /// What was named does not exist.
    NotFound,
    /// The article has been saved since by somebody else.
    StaleVersion,
    /// The article is not in a state in which this can be done.
    InvalidState,
    /// An image would be published without alternative text.
    AltTextMissing,
    /// A topic would become its own ancestor.
    TopicCycle,
    /// A redirect would lead back to where it starts.
    RedirectLoop,
    /// A version would become public that has not been approved.
    ApprovalRequired,
    /// Whoever wrote a version would approve it.
    FourEyes,
    /// An instant that must be still to come has passed.
    InPast,
    /// A link in the text leads nowhere.
    LinkBroken,
    /// There are warnings that have not been acknowledged.
    WarningsUnacknowledged,
    /// A warning was acknowledged that there is not.
    NotApplicable,
}

/// One thing to mend, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable code.
    pub code: UserErrorCode,
    /// The path of the argument or input field, outermost first, for example
    /// `["input", "heroImage", "alt"]`.
    pub path: Vec<String>,
    /// What is wrong and how to mend it. It tells nothing of what others have written and is not public.
    pub message: String,
    /// The same for those who may read drafts, where there is more to tell them.
    pub in_full: Option<String>,
}

impl UserError {
    /// An error at a path that is written with dots, for example `input.heroImage.alt`.
    pub fn at(path: &str, code: UserErrorCode, message: impl fmt::Display) -> Self {
        let path = path.split('.').map(str::to_owned).collect();
        Self { code, path, message: message.to_string(), in_full: None }
    }

    /// The same error, with a message for those who may read drafts. It may name and quote what others have
    /// written.
    #[must_use]
    pub fn in_full(self, message: impl fmt::Display) -> Self {
        Self { in_full: Some(message.to_string()), ..self }
    }

    /// The message for those who may read drafts.
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
