//! The audit log: who did what, and when.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, EditionNumber, Id, KeyId, PreviewId, TagId, TopicId, Version};

/// An entry of the audit log before it is stored. The log is append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When the action was taken.
    pub at: Timestamp,
    /// Who took it: the id of an API key, `oidc:` followed by the subject of a token, `cli`, or `scheduler`.
    pub actor: String,
    /// What was done.
    pub action: AuditAction,
    /// The object of the action.
    pub subject: AuditSubject,
    /// The version of the subject that the action applied to or created.
    pub version: Option<Version>,
    /// The edition that the action created, if the public sees its effect.
    pub edition: Option<EditionNumber>,
    /// Further facts, as pairs of name and value.
    pub details: Vec<(String, String)>,
}

/// A stored entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The position in the log: a later entry has a greater id.
    pub id: i64,
    /// The content of the entry.
    pub record: AuditRecord,
    /// The id of the HTTP request that caused the action, if there was one.
    pub request_id: Option<String>,
}

impl AuditRecord {
    /// Makes an entry without version, edition and details.
    #[must_use]
    pub fn new(at: Timestamp, actor: &str, action: AuditAction, subject: AuditSubject) -> Self {
        Self {
            at,
            actor: actor.to_owned(),
            action,
            subject,
            version: None,
            edition: None,
            details: Vec::new(),
        }
    }

    /// Sets the version.
    #[must_use]
    pub fn of_version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Sets the edition.
    #[must_use]
    pub fn in_edition(self, edition: EditionNumber) -> Self {
        Self { edition: Some(edition), ..self }
    }

    /// Adds a detail when `value` is present.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl fmt::Display>) -> Self {
        self.details.extend(value.map(|value| (name.to_owned(), value.to_string())));
        self
    }
}

/// Passes all audit actions, with their descriptions and names, to a macro. The GraphQL enum is declared from the same
/// list.
#[macro_export]
macro_rules! audit_actions {
    ($declare:ident) => {
        $declare! {
            /// An article was created.
            ArticleCreated = "ARTICLE_CREATED",
            /// A new version of the working copy was saved.
            ArticleUpdated = "ARTICLE_UPDATED",
            /// An old revision was made the working copy.
            ArticleRestored = "ARTICLE_RESTORED",
            /// A review was requested.
            ArticleSubmitted = "ARTICLE_SUBMITTED",
            /// A version was approved for publication.
            ArticleApproved = "ARTICLE_APPROVED",
            /// A version was rejected, and changes were requested.
            ArticleChangesRequested = "ARTICLE_CHANGES_REQUESTED",
            /// A version was published.
            ArticlePublished = "ARTICLE_PUBLISHED",
            /// A version was scheduled for publication.
            ArticleScheduled = "ARTICLE_SCHEDULED",
            /// A schedule was cancelled.
            ArticleScheduleCancelled = "ARTICLE_SCHEDULE_CANCELLED",
            /// A scheduled publication failed.
            ArticleScheduleFailed = "ARTICLE_SCHEDULE_FAILED",
            /// The expiry of a publication was set or cleared.
            ArticleExpirySet = "ARTICLE_EXPIRY_SET",
            /// An article was withdrawn because its publication had expired.
            ArticleExpired = "ARTICLE_EXPIRED",
            /// An article was withdrawn.
            ArticleWithdrawn = "ARTICLE_WITHDRAWN",
            /// An editorial review found an article correct.
            ArticleReviewed = "ARTICLE_REVIEWED",
            /// An article was withdrawn because its editorial review was overdue.
            ArticleReviewOverdue = "ARTICLE_REVIEW_OVERDUE",
            /// An article was archived.
            ArticleArchived = "ARTICLE_ARCHIVED",
            /// An article was taken out of the archive.
            ArticleUnarchived = "ARTICLE_UNARCHIVED",
            /// An article was deleted.
            ArticleDeleted = "ARTICLE_DELETED",
            /// A tag was created.
            TagCreated = "TAG_CREATED",
            /// A tag was renamed.
            TagRenamed = "TAG_RENAMED",
            /// A tag was merged into another one.
            TagMerged = "TAG_MERGED",
            /// A tag was deleted, or replaced by another one.
            TagDeleted = "TAG_DELETED",
            /// A topic was created.
            TopicCreated = "TOPIC_CREATED",
            /// The name, the slug or the description of a topic was changed.
            TopicUpdated = "TOPIC_UPDATED",
            /// A topic was moved.
            TopicMoved = "TOPIC_MOVED",
            /// A topic was deleted, or replaced by another one.
            TopicDeleted = "TOPIC_DELETED",
            /// An author was created.
            AuthorCreated = "AUTHOR_CREATED",
            /// The name, the slug or another field of an author was changed.
            AuthorUpdated = "AUTHOR_UPDATED",
            /// An author was merged into another one.
            AuthorMerged = "AUTHOR_MERGED",
            /// An API key was created.
            KeyCreated = "KEY_CREATED",
            /// An API key was revoked.
            KeyRevoked = "KEY_REVOKED",
            /// An API key was replaced by a new one.
            KeyRotated = "KEY_ROTATED",
            /// A preview link was created.
            PreviewCreated = "PREVIEW_CREATED",
            /// A preview link was revoked.
            PreviewRevoked = "PREVIEW_REVOKED",
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[$doc])* $action,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// Returns the name of the action in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }
        }
    };
}

audit_actions!(declare);

/// The text is not the name of an audit action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an action of the audit log")]
pub struct UnknownAction(String);

impl FromStr for AuditAction {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        let found = Self::ALL.iter().find(|action| action.as_str() == text);
        found.copied().ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

/// The object of an audited action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditSubject {
    /// An article.
    Article(ArticleId),
    /// An author.
    Author(AuthorId),
    /// An API key.
    Key(KeyId),
    /// A preview link.
    Preview(PreviewId),
    /// A tag.
    Tag(TagId),
    /// A topic.
    Topic(TopicId),
}

impl AuditSubject {
    /// Returns the two values that the database stores: the prefix of the subject's id, and its UUID.
    #[must_use]
    pub fn kind_and_uuid(self) -> (&'static str, uuid::Uuid) {
        match self {
            Self::Article(id) => (ArticleId::PREFIX, id.uuid()),
            Self::Author(id) => (AuthorId::PREFIX, id.uuid()),
            Self::Key(id) => (KeyId::PREFIX, id.uuid()),
            Self::Preview(id) => (PreviewId::PREFIX, id.uuid()),
            Self::Tag(id) => (TagId::PREFIX, id.uuid()),
            Self::Topic(id) => (TopicId::PREFIX, id.uuid()),
        }
    }

    /// Builds the subject from the two values of [`AuditSubject::kind_and_uuid`]. `None` when no subject has that prefix.
    #[must_use]
    pub fn from_kind_and_uuid(kind: &str, id: uuid::Uuid) -> Option<Self> {
        match kind {
            ArticleId::PREFIX => Some(Self::Article(Id::from_uuid(id))),
            AuthorId::PREFIX => Some(Self::Author(Id::from_uuid(id))),
            KeyId::PREFIX => Some(Self::Key(Id::from_uuid(id))),
            PreviewId::PREFIX => Some(Self::Preview(Id::from_uuid(id))),
            TagId::PREFIX => Some(Self::Tag(Id::from_uuid(id))),
            TopicId::PREFIX => Some(Self::Topic(Id::from_uuid(id))),
            _ => None,
        }
    }
}

impl fmt::Display for AuditSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Article(id) => id.fmt(f),
            Self::Author(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
            Self::Preview(id) => id.fmt(f),
            Self::Tag(id) => id.fmt(f),
            Self::Topic(id) => id.fmt(f),
        }
    }
}

/// The text is not the id of a possible audit subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of an article, tag, topic, author, key or preview")]
pub struct UnknownSubject(String);

impl FromStr for AuditSubject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        let article = text.parse().map(Self::Article);
        article
            .or_else(|_| text.parse().map(Self::Tag))
            .or_else(|_| text.parse().map(Self::Topic))
            .or_else(|_| text.parse().map(Self::Author))
            .or_else(|_| text.parse().map(Self::Key))
            .or_else(|_| text.parse().map(Self::Preview))
            .map_err(|_: crate::IdError| UnknownSubject(text.chars().take(100).collect()))
    }
}
