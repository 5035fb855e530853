//! User errors: why a write was refused, for the client to show.

use std::fmt;

/// Passes all codes with their descriptions to a macro. The GraphQL enum is declared from the same list.
#[macro_export]
macro_rules! user_error_codes {
    ($declare:ident) => {
        $declare! {
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
            /// Articles or topics use the tag or topic, so it cannot be deleted without a replacement.
            InUse,
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
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $code:ident,)*) => {
        /// The reason why a write was refused. Codes are stable; clients branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum UserErrorCode {
            $($(#[$doc])* $code,)*
        }
    };
}

user_error_codes!(declare);

/// One problem of the input, and the field that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable code.
    pub code: UserErrorCode,
    /// The path of the field, outermost first, for example `["heroImage", "alt"]`. A field belongs to the object that
    /// is written, or is a parameter of the action, such as `id` or `version`. Empty when the input as a whole is
    /// wrong. Each API knows how its requests carry the field.
    pub path: Vec<String>,
    /// What is wrong. Without a remedy, also how to fix it. This message reveals no unpublished content of others.
    pub message: String,
    /// A more detailed message for callers who may read drafts, if there is one. It may quote unpublished content.
    pub in_full: Option<String>,
    /// Another operation that helps.
    pub remedy: Option<Remedy>,
}

/// An operation that helps with an error. Each API has its own name for the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Create the author.
    CreateAuthor,
    /// Create the tag.
    CreateTag,
    /// Create the topic.
    CreateTopic,
    /// Look up the authors, or create one.
    ListAuthors,
    /// Look up the API keys.
    ListKeys,
    /// Look up the preview links.
    ListPreviews,
    /// Look up the tags.
    ListTags,
    /// Look up the topics.
    ListTopics,
    /// Take the article out of the archive.
    Unarchive,
}

impl UserError {
    /// Makes an error at a dotted path, for example `heroImage.alt`. The path is empty for the input as a whole.
    pub fn at(path: &str, code: UserErrorCode, message: impl fmt::Display) -> Self {
        let path = path.split('.').filter(|field| !field.is_empty()).map(str::to_owned).collect();
        Self { code, path, message: message.to_string(), in_full: None, remedy: None }
    }

    /// Adds the detailed message for callers who may read drafts.
    #[must_use]
    pub fn in_full(self, message: impl fmt::Display) -> Self {
        Self { in_full: Some(message.to_string()), ..self }
    }

    /// Adds the operation that helps. The message then says only what is wrong.
    #[must_use]
    pub fn with_remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }

    /// Returns the detailed message, or the general one when there is none, with the remedy.
    #[must_use]
    pub fn full_message(&self) -> String {
        let message = self.in_full.as_ref().unwrap_or(&self.message);
        match self.remedy {
            Some(remedy) => format!("{message}: {remedy}"),
            None => message.clone(),
        }
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.full_message())
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateAuthor | Self::CreateTag | Self::CreateTopic => {
                "create it first, or correct the slug"
            }
            Self::ListAuthors => "choose one from the list of authors, or create one",
            Self::ListKeys => "choose one from the list of keys",
            Self::ListPreviews => "choose one from the list of previews",
            Self::ListTags => "choose one from the list of tags",
            Self::ListTopics => "choose one from the list of topics",
            Self::Unarchive => "take it out of the archive first",
        })
    }
}

impl std::error::Error for UserError {}
