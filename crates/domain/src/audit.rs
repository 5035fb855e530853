//! Who did what, and when.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, EditionNumber, Id, KeyId, PreviewId, TagId, TopicId, Version};

/// One entry of the audit log, before it is kept. The log is only ever added to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who: the id of a key, `oidc:` and a subject, `cli`, or `scheduler`.
    pub actor: String,
    /// What was done.
    pub action: AuditAction,
    /// To what.
    pub subject: AuditSubject,
    /// The version of the subject that it was done to, or that it made.
    pub version: Option<Version>,
    /// The edition that showed it to the public.
    pub edition: Option<EditionNumber>,
    /// What else there is to know, by name.
    pub details: Vec<(String, String)>,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the log: later entries have greater ones.
    pub id: i64,
    /// What it says.
    pub record: AuditRecord,
    /// The id of the request that it was for, if it was for one.
    pub request_id: Option<String>,
}

impl AuditRecord {
    /// An entry without version, edition or details.
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

    /// The same, of a version.
    #[must_use]
    pub fn of_version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The same, shown to the public by an edition.
    #[must_use]
    pub fn in_edition(self, edition: EditionNumber) -> Self {
        Self { edition: Some(edition), ..self }
    }

    /// The same, with something else to know, if there is any.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl fmt::Display>) -> Self {
        self.details.extend(value.map(|value| (name.to_owned(), value.to_string())));
        self
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    /// An article was made.
    ArticleCreated = "ARTICLE_CREATED",
    /// A new version of its working copy was saved.
    ArticleUpdated = "ARTICLE_UPDATED",
    /// An old revision was made the working copy.
    ArticleRestored = "ARTICLE_RESTORED",
    /// A review was asked for.
    ArticleSubmitted = "ARTICLE_SUBMITTED",
    /// A version was found fit to be published.
    ArticleApproved = "ARTICLE_APPROVED",
    /// A version was found not to be fit.
    ArticleChangesRequested = "ARTICLE_CHANGES_REQUESTED",
    /// A version was made public.
    ArticlePublished = "ARTICLE_PUBLISHED",
    /// A version is to become public by itself.
    ArticleScheduled = "ARTICLE_SCHEDULED",
    /// What was scheduled was called off.
    ArticleScheduleCancelled = "ARTICLE_SCHEDULE_CANCELLED",
    /// What was scheduled could not be done.
    ArticleScheduleFailed = "ARTICLE_SCHEDULE_FAILED",
    /// The time at which what is public ends was set or cleared.
    ArticleExpirySet = "ARTICLE_EXPIRY_SET",
    /// It was taken from the public as its time was over.
    ArticleExpired = "ARTICLE_EXPIRED",
    /// It was taken from the public.
    ArticleWithdrawn = "ARTICLE_WITHDRAWN",
    /// What it says was found to hold.
    ArticleReviewed = "ARTICLE_REVIEWED",
    /// It was taken from the public as its editorial review was overdue.
    ArticleReviewOverdue = "ARTICLE_REVIEW_OVERDUE",
    /// It was put away.
    ArticleArchived = "ARTICLE_ARCHIVED",
    /// It was taken out of the archive.
    ArticleUnarchived = "ARTICLE_UNARCHIVED",
    /// It was removed.
    ArticleDeleted = "ARTICLE_DELETED",
    /// A tag was made.
    TagCreated = "TAG_CREATED",
    /// A tag was renamed.
    TagRenamed = "TAG_RENAMED",
    /// A tag was merged into another one.
    TagMerged = "TAG_MERGED",
    /// A topic was made.
    TopicCreated = "TOPIC_CREATED",
    /// A topic was moved.
    TopicMoved = "TOPIC_MOVED",
    /// An author was made.
    AuthorCreated = "AUTHOR_CREATED",
    /// An API key was made.
    KeyCreated = "KEY_CREATED",
    /// An API key was revoked.
    KeyRevoked = "KEY_REVOKED",
    /// An API key got a successor.
    KeyRotated = "KEY_ROTATED",
    /// A preview link was made.
    PreviewCreated = "PREVIEW_CREATED",
    /// A preview link was revoked.
    PreviewRevoked = "PREVIEW_REVOKED",
}

/// A name that is no action.
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

/// What something was done to.
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
    /// The kind, as the prefix of its id, and the UUID that a database keeps.
    #[must_use]
    pub fn parts(self) -> (&'static str, uuid::Uuid) {
        match self {
            Self::Article(id) => (ArticleId::PREFIX, id.uuid()),
            Self::Author(id) => (AuthorId::PREFIX, id.uuid()),
            Self::Key(id) => (KeyId::PREFIX, id.uuid()),
            Self::Preview(id) => (PreviewId::PREFIX, id.uuid()),
            Self::Tag(id) => (TagId::PREFIX, id.uuid()),
            Self::Topic(id) => (TopicId::PREFIX, id.uuid()),
        }
    }

    /// The subject of [`AuditSubject::parts`].
    #[must_use]
    pub fn from_parts(kind: &str, id: uuid::Uuid) -> Option<Self> {
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

/// A text that is not the id of anything that the log is about.
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
