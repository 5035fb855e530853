//! Ids are [TypeIDs](https://github.com/jetify-com/typeid/tree/main/spec): a prefix that names the
//! type and a UUIDv7 that sorts by time. Clients treat them as opaque text.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use type_safe_id::{DynamicType, StaticType, TypeSafeId};
use uuid::Uuid;

/// Why a text is not an id of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not a TypeID.
    #[error("`{0}` is not an id: ids look like `article_01h455vb4pex5vsknk084sn02q`")]
    Malformed(String),
    /// The text is a TypeID with a prefix that is not allowed here.
    #[error("`{given}` is the id of another type: an id that begins with `{expected}_` is needed here")]
    OtherType {
        /// The text that was parsed, cut to 100 characters.
        given: String,
        /// The prefix that was expected.
        expected: &'static str,
    },
}

/// Conversions that every id type has, so that generic code can convert any of them.
pub trait Id: Copy + Ord + fmt::Display + FromStr<Err = IdError> {
    /// The prefix of the TypeID, for example `article`.
    const PREFIX: &'static str;
    /// Wraps the UUID that the database stores.
    fn from_uuid(uuid: Uuid) -> Self;
    /// Returns the UUID that the database stores.
    fn uuid(self) -> Uuid;
    /// Makes a new id from the current time and 10 random bytes (RFC 9562, UUID version 7).
    fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// The longest TypeID: a prefix of 63 characters, an underscore, 26 characters.
const MAX_LENGTH: usize = 90;

fn parse(text: &str) -> Result<TypeSafeId<DynamicType>, IdError> {
    // The crate slices by bytes, which panics inside a multi-byte character.
    let plausible = text.is_ascii() && text.len() <= MAX_LENGTH;
    let parsed = if plausible { text.parse().ok() } else { None };
    parsed.ok_or_else(|| IdError::Malformed(text.chars().take(100).collect()))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal $(or $also:literal)?,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                #[derive(Default)]
                struct Prefix;
                impl StaticType for Prefix {
                    const TYPE: &'static str = $prefix;
                }
                TypeSafeId::<Prefix>::from_uuid(self.0).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let id = parse(text)?;
                if id.type_prefix() == $prefix $(|| id.type_prefix() == $also)? {
                    Ok(Self(id.uuid()))
                } else {
                    Err(IdError::OtherType { given: text.chars().take(100).collect(), expected: $prefix })
                }
            }
        }
    )*};
}

ids! {
    /// Identifies an article, across all its revisions and publications. Parsing also accepts the
    /// `desk_…` id of the same article ([`DeskArticleId`]).
    ArticleId = "article" or "desk",
    /// Identifies an author.
    AuthorId = "author",
    /// Identifies an article as editors see it at the desk. It holds the same UUID as the [`ArticleId`]. Its prefix
    /// differs, so that a client that caches objects by id does not mix up the working copy and the publication.
    DeskArticleId = "desk",
    /// Identifies an API key. It is not the secret.
    KeyId = "key",
    /// Identifies a preview link. It is not the token.
    PreviewId = "preview",
    /// Identifies a tag.
    TagId = "tag",
    /// Identifies a topic.
    TopicId = "topic",
}

/// The id of any object that can be looked up by id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeId {
    /// An article.
    Article(ArticleId),
    /// An author.
    Author(AuthorId),
    /// An article as editors see it at the desk.
    DeskArticle(DeskArticleId),
    /// A tag.
    Tag(TagId),
    /// A topic.
    Topic(TopicId),
}

impl From<ArticleId> for DeskArticleId {
    fn from(id: ArticleId) -> Self {
        Self(id.0)
    }
}

impl From<DeskArticleId> for ArticleId {
    fn from(id: DeskArticleId) -> Self {
        Self(id.0)
    }
}

impl FromStr for NodeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = parse(text)?;
        let uuid = id.uuid();
        match id.type_prefix() {
            ArticleId::PREFIX => Ok(Self::Article(ArticleId(uuid))),
            AuthorId::PREFIX => Ok(Self::Author(AuthorId(uuid))),
            DeskArticleId::PREFIX => Ok(Self::DeskArticle(DeskArticleId(uuid))),
            TagId::PREFIX => Ok(Self::Tag(TagId(uuid))),
            TopicId::PREFIX => Ok(Self::Topic(TopicId(uuid))),
            _ => Err(IdError::Malformed(text.chars().take(100).collect())),
        }
    }
}

/// The UUID of a label: a tag, a topic or an author. The listing, which finds the articles of a
/// label, is keyed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(pub Uuid);

impl From<TagId> for LabelId {
    fn from(id: TagId) -> Self {
        Self(id.0)
    }
}

impl From<TopicId> for LabelId {
    fn from(id: TopicId) -> Self {
        Self(id.0)
    }
}

impl From<AuthorId> for LabelId {
    fn from(id: AuthorId) -> Self {
        Self(id.0)
    }
}

/// Returns the ids of tags, topics and authors as label ids.
pub(crate) fn labels<'a>(
    tags: &'a [TagId],
    topics: &'a [TopicId],
    authors: &'a [AuthorId],
) -> impl Iterator<Item = LabelId> + 'a {
    let tags = tags.iter().map(|id| LabelId::from(*id));
    let topics = topics.iter().map(|id| LabelId::from(*id));
    tags.chain(topics).chain(authors.iter().map(|id| LabelId::from(*id)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_written_as_text_parses_to_the_same_id(millis in 0i64..4_000_000_000_000, random: [u8; 10]) {
            let id = ArticleId::new(Timestamp::from_millisecond(millis).unwrap(), random);
            prop_assert_eq!(id.to_string().parse::<ArticleId>(), Ok(id));
            prop_assert_eq!(id.to_string().parse::<NodeId>(), Ok(NodeId::Article(id)));
            prop_assert!(id.to_string().parse::<TagId>().is_err());
            let desk = DeskArticleId::from(id);
            prop_assert_eq!(desk.to_string().parse::<ArticleId>(), Ok(id));
            prop_assert_eq!(desk.to_string().parse::<NodeId>(), Ok(NodeId::DeskArticle(desk)));
            prop_assert!(id.to_string().parse::<DeskArticleId>().is_err());
        }

        #[test]
        fn later_ids_sort_after_earlier_ones(a in 0i64..4_000_000_000_000, b in 0i64..4_000_000_000_000, random: [u8; 10]) {
            prop_assume!(a < b);
            let id = |millis| TagId::new(Timestamp::from_millisecond(millis).unwrap(), random);
            prop_assert!(id(a) < id(b));
            prop_assert!(id(a).to_string() < id(b).to_string());
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = text.parse::<NodeId>();
        }
    }
}
