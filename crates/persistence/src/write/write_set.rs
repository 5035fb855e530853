//! What a write keeps, as one value.

use domain::{
    Article, ArticleId, AuditRecord, Author, Body, Change, Content, Edition, EditionNumber, KeyId, PreviewId,
    RedirectTarget, Revision, Slug, Subject, Tag, TagId, Timestamp, Topic, Version,
};
use uuid::Uuid;

use crate::{ApiKey, IdempotentRequest, Preview};

/// Everything that one write keeps: all of it, or nothing.
#[derive(Debug, Clone, Default)]
pub struct WriteSet {
    pub(crate) writes: Vec<Write>,
    pub(crate) edition: Option<NextEdition>,
}

/// One thing that a write keeps.
#[derive(Debug, Clone)]
pub enum Write {
    /// An entry of the audit log.
    Audit(AuditRecord),
    /// What a request with an idempotency key has created.
    Creation {
        /// The request.
        request: IdempotentRequest,
        /// The id of what it has created.
        created: Uuid,
        /// The edition that shows it to the public, if any does.
        edition: Option<EditionNumber>,
        /// When.
        at: Timestamp,
    },
    /// A new article.
    NewArticle(Article),
    /// What has become of an article.
    Article(Article),
    /// An article is removed, with everything that was ever saved of it.
    ArticleRemoved(ArticleId),
    /// A new version of an article, which is its working copy.
    Revision(Revision),
    /// An article gets a slug.
    SlugClaimed(SlugClaim),
    /// An article gives up its slugs that were never public, but for those that are kept.
    SlugsReleased {
        /// The article.
        owner: ArticleId,
        /// The slugs that it keeps.
        keep: Vec<Slug>,
    },
    /// A version of an article becomes public, in place of the one that is.
    Published(Box<NewPublication>),
    /// An article is not public any more.
    Withdrawn(ArticleId),
    /// Redirects that end at an article lead to where that one redirects.
    RedirectsMoved {
        /// The article.
        from: ArticleId,
        /// Where it redirects.
        to: RedirectTarget,
    },
    /// A new tag.
    NewTag(Tag),
    /// What has become of a tag.
    Tag {
        /// The tag.
        tag: Tag,
        /// The slug that it had before, which goes on leading to it.
        old_slug: Option<Slug>,
    },
    /// A tag answers as another one, and its articles carry that one.
    TagMerged {
        /// The tag.
        source: TagId,
        /// The other one.
        target: TagId,
    },
    /// A new topic.
    NewTopic(Topic),
    /// What has become of a topic.
    Topic(Topic),
    /// A new author.
    NewAuthor(Author),
    /// A new preview link.
    NewPreview(Preview),
    /// A preview link ends.
    PreviewRevoked {
        /// The link.
        id: PreviewId,
        /// When.
        at: Timestamp,
    },
    /// What preview links are signed with from now on. There must be nothing yet.
    SigningKey {
        /// The secret.
        secret: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// A new API key.
    NewKey {
        /// The key.
        key: ApiKey,
        /// The hash of its secret.
        hash: [u8; 32],
    },
    /// An API key ends, if it was not revoked before; otherwise the write is a conflict.
    KeyRevoked {
        /// The key.
        id: KeyId,
        /// When.
        at: Timestamp,
    },
    /// An API key gets an end, if it was not revoked before; otherwise the write is a conflict.
    KeyExpires {
        /// The key.
        id: KeyId,
        /// When.
        at: Timestamp,
    },
}

/// A slug that an article is to have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlugClaim {
    /// The slug.
    pub slug: Slug,
    /// The article.
    pub owner: ArticleId,
    /// Whether readers find the article by it.
    pub is_public: bool,
    /// Whether the write is a conflict when the slug belongs to another article. If not, the slug stays with that one.
    pub is_required: bool,
}

/// A publication before it is kept.
#[derive(Debug, Clone)]
pub struct NewPublication {
    /// The article.
    pub article: ArticleId,
    /// The version that becomes public.
    pub version: Version,
    /// The edition that makes it public.
    pub edition: EditionNumber,
    /// What it says; its Markdown is not looked at.
    pub content: Content,
    /// The teaser: the editor's, or the beginning of the text.
    pub excerpt: String,
    /// Its body, in every form.
    pub body: Body,
    /// What the system that it came from calls the article.
    pub external_ref: Option<String>,
    /// The date that readers see.
    pub published_at: Timestamp,
    /// When what readers see last changed.
    pub updated_at: Timestamp,
    /// Whether the article is public already.
    pub replaces: bool,
}

/// The edition that a write makes.
#[derive(Debug, Clone)]
pub(crate) struct NextEdition {
    pub(crate) edition: Edition,
    pub(crate) actor: String,
}

impl WriteSet {
    /// Keeps nothing yet, and makes no edition.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps nothing yet. What the public sees changes in this edition; without such a change it is not made.
    #[must_use]
    pub fn in_edition(edition: Edition, actor: &str) -> Self {
        Self { writes: Vec::new(), edition: Some(NextEdition { edition, actor: actor.to_owned() }) }
    }

    /// Keeps this as well.
    #[must_use]
    pub fn with(mut self, write: Write) -> Self {
        self.push(write);
        self
    }

    /// Keeps this as well.
    pub fn push(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Keeps an entry of the audit log as well.
    #[must_use]
    pub fn audit(self, record: AuditRecord) -> Self {
        self.with(Write::Audit(record))
    }

    /// What the public sees changed by it, in order.
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
    /// What the public sees changed by it. This is the only place that says so.
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
            Self::NewTopic(topic) | Self::Topic(topic) => {
                (Some(Change::upserted(Subject::Topic(topic.id))), None)
            }
            Self::NewAuthor(author) => (Some(Change::upserted(Subject::Author(author.id))), None),
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
