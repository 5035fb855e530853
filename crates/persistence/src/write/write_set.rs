//! Everything that a write writes, as one value.

use domain::{
    Article, ArticleId, AuditRecord, Author, AuthorId, Body, Change, Content, Correction, Edition,
    EditionNumber, KeyId, PreviewId, RedirectTarget, Revision, Slug, Subject, Tag, TagId, Timestamp, Topic,
    TopicId, Version,
};
use uuid::Uuid;

use crate::{ApiKey, IdempotentRequest, Preview};

/// Everything that one write writes. All of it is committed, or nothing.
#[derive(Debug, Clone, Default)]
pub struct WriteSet {
    pub(crate) writes: Vec<Write>,
    pub(crate) edition: Option<NextEdition>,
}

/// One part of a write.
#[derive(Debug, Clone)]
pub enum Write {
    /// An entry of the audit log.
    Audit(AuditRecord),
    /// The object that a request with an idempotency key has created.
    Creation {
        /// The request.
        request: IdempotentRequest,
        /// The id of the object.
        created: Uuid,
        /// The edition that makes the object public, if one does.
        edition: Option<EditionNumber>,
        /// The time of the write.
        at: Timestamp,
    },
    /// A new article.
    NewArticle(Article),
    /// The new state of an article.
    Article(Article),
    /// Deletes an article and all its revisions.
    ArticleRemoved(ArticleId),
    /// A new revision of an article, which becomes its working copy.
    Revision(Revision),
    /// Claims a slug for an article.
    SlugClaimed(SlugClaim),
    /// Releases the slugs of an article that were never public.
    SlugsReleased {
        /// The article.
        owner: ArticleId,
        /// The slugs that it keeps anyway.
        keep: Vec<Slug>,
    },
    /// Publishes a version of an article. It replaces the live publication, if there is one.
    Published(Box<NewPublication>),
    /// Withdraws an article.
    Withdrawn(ArticleId),
    /// Changes all redirects to an article into redirects to its new target.
    RedirectsMoved {
        /// The article.
        from: ArticleId,
        /// Its new target.
        to: RedirectTarget,
    },
    /// A new tag.
    NewTag(Tag),
    /// The new state of a tag.
    Tag {
        /// The tag.
        tag: Tag,
        /// Its previous slug, if that has changed. It redirects to the tag.
        old_slug: Option<Slug>,
    },
    /// Merges a tag into another one.
    TagMerged {
        /// The tag that disappears.
        source: TagId,
        /// The tag that remains.
        target: TagId,
    },
    /// Deletes a tag. Old revisions and publications still name it.
    TagDeleted {
        /// The tag.
        id: TagId,
        /// The time of the write.
        at: Timestamp,
    },
    /// A new topic.
    NewTopic(Topic),
    /// The new state of a topic.
    Topic {
        /// The topic.
        topic: Topic,
        /// Its previous slug, if that has changed. It redirects to the topic.
        old_slug: Option<Slug>,
    },
    /// Replaces a topic by another one.
    TopicMerged {
        /// The topic that disappears.
        source: TopicId,
        /// The topic that remains.
        target: TopicId,
    },
    /// Deletes a topic. Old revisions and publications still name it.
    TopicDeleted {
        /// The topic.
        id: TopicId,
        /// The time of the write.
        at: Timestamp,
    },
    /// A new author.
    NewAuthor(Author),
    /// The new state of an author.
    Author {
        /// The author.
        author: Author,
        /// Their previous slug, if that has changed. It redirects to the author.
        old_slug: Option<Slug>,
    },
    /// Merges an author into another one.
    AuthorMerged {
        /// The author that disappears.
        source: AuthorId,
        /// The author that remains.
        target: AuthorId,
    },
    /// A new preview link.
    NewPreview(Preview),
    /// Revokes a preview link.
    PreviewRevoked {
        /// The link.
        id: PreviewId,
        /// The time of the write.
        at: Timestamp,
    },
    /// The key that signs preview links. There must be none yet.
    SigningKey {
        /// The secret.
        secret: Vec<u8>,
        /// The time of the write.
        at: Timestamp,
    },
    /// A new API key.
    NewKey {
        /// The key.
        key: ApiKey,
        /// The hash of its secret.
        hash: [u8; 32],
    },
    /// Revokes an API key. If it was revoked before, the write is a conflict.
    KeyRevoked {
        /// The key.
        id: KeyId,
        /// The time of the write.
        at: Timestamp,
    },
    /// Sets when an API key expires. If it was revoked before, the write is a conflict.
    KeyExpires {
        /// The key.
        id: KeyId,
        /// The time of the write.
        at: Timestamp,
    },
}

/// The claim of a slug for an article.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlugClaim {
    /// The slug.
    pub slug: Slug,
    /// The article.
    pub owner: ArticleId,
    /// Whether readers can find the article by it.
    pub is_public: bool,
    /// Whether the write is a conflict if another article owns the slug. Otherwise the other article keeps the slug.
    pub is_required: bool,
}

/// A publication before it is written.
#[derive(Debug, Clone)]
pub struct NewPublication {
    /// The article.
    pub article: ArticleId,
    /// The version that becomes public.
    pub version: Version,
    /// The edition in which it becomes public.
    pub edition: EditionNumber,
    /// The content. Its Markdown is not used.
    pub content: Content,
    /// The excerpt: written by an editor, or the beginning of the text.
    pub excerpt: String,
    /// The body in all forms.
    pub body: Body,
    /// The name of the article in another system.
    pub external_ref: Option<String>,
    /// The notes about what publications have corrected, the oldest first.
    pub corrections: Vec<Correction>,
    /// The date that readers see.
    pub published_at: Timestamp,
    /// When the article was last changed for readers.
    pub updated_at: Timestamp,
    /// Whether it replaces a live publication.
    pub replaces: bool,
}

/// The edition that a write makes.
#[derive(Debug, Clone)]
pub(crate) struct NextEdition {
    pub(crate) edition: Edition,
    pub(crate) actor: String,
}

impl WriteSet {
    /// An empty set without an edition.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set with an edition. The edition is made only if the set changes what the public sees.
    #[must_use]
    pub fn in_edition(edition: Edition, actor: &str) -> Self {
        Self { writes: Vec::new(), edition: Some(NextEdition { edition, actor: actor.to_owned() }) }
    }

    /// Adds a part, and returns the set.
    #[must_use]
    pub fn with(mut self, write: Write) -> Self {
        self.push(write);
        self
    }

    /// Adds a part.
    pub fn push(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Adds an entry of the audit log, and returns the set.
    #[must_use]
    pub fn audit(self, record: AuditRecord) -> Self {
        self.with(Write::Audit(record))
    }

    /// The changes for the public, in order.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.writes.iter().flat_map(Write::changes)
    }
}

impl Extend<Write> for WriteSet {
    fn extend<I: IntoIterator<Item = Write>>(&mut self, writes: I) {
        self.writes.extend(writes);
    }
}

impl Write {
    /// The changes for the public. No other place decides this.
    fn changes(&self) -> impl Iterator<Item = Change> + use<> {
        let (first, second) = match self {
            Self::Published(publication) => {
                (Some(Change::upserted(Subject::Article(publication.article))), None)
            }
            Self::Withdrawn(id) => (Some(Change::removed(Subject::Article(*id))), None),
            Self::NewTag(tag) | Self::Tag { tag, old_slug: _ } => {
                (Some(Change::upserted(Subject::Tag(tag.id))), None)
            }
            Self::TagMerged { source, target } => {
                (Some(Change::removed(Subject::Tag(*source))), Some(Change::upserted(Subject::Tag(*target))))
            }
            Self::TagDeleted { id, at: _ } => (Some(Change::removed(Subject::Tag(*id))), None),
            Self::NewTopic(topic) | Self::Topic { topic, old_slug: _ } => {
                (Some(Change::upserted(Subject::Topic(topic.id))), None)
            }
            Self::TopicMerged { source, target } => (
                Some(Change::removed(Subject::Topic(*source))),
                Some(Change::upserted(Subject::Topic(*target))),
            ),
            Self::TopicDeleted { id, at: _ } => (Some(Change::removed(Subject::Topic(*id))), None),
            Self::NewAuthor(author) | Self::Author { author, old_slug: _ } => {
                (Some(Change::upserted(Subject::Author(author.id))), None)
            }
            Self::AuthorMerged { source, target } => (
                Some(Change::removed(Subject::Author(*source))),
                Some(Change::upserted(Subject::Author(*target))),
            ),
            Self::Audit(_)
            | Self::Creation { .. }
            | Self::NewArticle(_)
            | Self::Article(_)
            | Self::ArticleRemoved(_)
            | Self::Revision(_)
            | Self::SlugClaimed(_)
            | Self::SlugsReleased { .. }
            | Self::RedirectsMoved { .. }
            | Self::NewPreview(_)
            | Self::PreviewRevoked { .. }
            | Self::SigningKey { .. }
            | Self::NewKey { .. }
            | Self::KeyRevoked { .. }
            | Self::KeyExpires { .. } => (None, None),
        };
        first.into_iter().chain(second)
    }
}
