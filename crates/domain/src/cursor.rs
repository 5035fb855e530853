//! Cursors: positions in ordered lists, as opaque text.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::EditionId;

/// A position in an ordered list: the sort key and the id of an entry. The cursor stays valid after the
/// entry is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The list that the cursor belongs to.
    pub list: CursorList,
    /// The sort key of the entry.
    pub key: SortKey,
    /// The id of the entry, which breaks ties.
    pub id: Uuid,
}

/// A list together with its order. A cursor is valid only for the list that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorList {
    /// Articles by the date that readers see.
    ArticlesByPublishedAt,
    /// Articles by their last public change.
    ArticlesByUpdatedAt,
    /// Articles by title.
    ArticlesByTitle,
    /// Tags by the number of their articles.
    TagsByUse,
    /// Tags by name.
    TagsByName,
    /// Authors by the number of their articles.
    AuthorsByUse,
    /// Authors by name.
    AuthorsByName,
    /// Articles at the desk by the last save of the working copy.
    DeskByUpdatedAt,
    /// Articles at the desk by creation.
    DeskByCreatedAt,
    /// Articles at the desk by the title of the working copy.
    DeskByTitle,
    /// The revisions of an article.
    Revisions,
    /// The audit log.
    Audit,
    /// Former slugs.
    Redirects,
    /// API keys.
    Keys,
    /// Preview links.
    Previews,
}

/// A sort key: the value that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// An instant.
    Instant(Timestamp),
    /// A number.
    Number(i64),
    /// A text, by code point.
    Text(String),
    /// The [`sort_key`](crate::sort_key) of a title or a name.
    Collated(Vec<u8>),
    /// The number of an entry in the audit log.
    LogEntry {
        /// The number.
        number: i64,
        /// The edition in which the log was read. After a restore, other entries can have the same numbers.
        edition: EditionId,
    },
}

/// Why a text is not a cursor of the expected list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// The text is not a cursor that this program wrote.
    #[error("`{0}` is not a cursor: pass on a cursor of an earlier answer, unchanged")]
    Malformed(String),
    /// The cursor belongs to another list, or to another order of the same list.
    #[error(
        "the cursor comes from another list or another order: use it with the arguments of the request that returned it"
    )]
    OtherList,
}

/// The first byte of the cursors of each list.
const LIST_TAGS: [(u8, CursorList); 15] = [
    (b'p', CursorList::ArticlesByPublishedAt),
    (b'u', CursorList::ArticlesByUpdatedAt),
    (b'i', CursorList::ArticlesByTitle),
    (b'c', CursorList::TagsByUse),
    (b'm', CursorList::TagsByName),
    (b'C', CursorList::AuthorsByUse),
    (b'M', CursorList::AuthorsByName),
    (b'd', CursorList::DeskByUpdatedAt),
    (b'D', CursorList::DeskByCreatedAt),
    (b'I', CursorList::DeskByTitle),
    (b'r', CursorList::Revisions),
    (b'a', CursorList::Audit),
    (b's', CursorList::Redirects),
    (b'k', CursorList::Keys),
    (b'v', CursorList::Previews),
];

/// The first byte of cursors that the previous version wrote. They contain the beginning of the title or name in lower
/// case, which has the same place in the order.
const FORMER_TAGS: [(u8, CursorList); 4] = [
    (b't', CursorList::ArticlesByTitle),
    (b'n', CursorList::TagsByName),
    (b'N', CursorList::AuthorsByName),
    (b'T', CursorList::DeskByTitle),
];

impl Cursor {
    /// Parses a cursor that must belong to `list`.
    ///
    /// # Errors
    /// [`CursorError`] when the text is not a cursor, or when it belongs to another list.
    pub fn parse(text: &str, list: CursorList) -> Result<Self, CursorError> {
        let malformed = || CursorError::Malformed(text.chars().take(60).collect());
        if text.len() > 1_000 {
            return Err(malformed());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
        let (tag, rest) = bytes.split_first().ok_or_else(malformed)?;
        let (id, key) = rest.split_first_chunk::<16>().ok_or_else(malformed)?;
        let is_former = FORMER_TAGS.iter().any(|(known, _)| known == tag);
        let mut tags = LIST_TAGS.iter().chain(&FORMER_TAGS);
        let (_, found) = *tags.find(|(known, _)| known == tag).ok_or_else(malformed)?;
        let number = || <[u8; 8]>::try_from(key).map(i64::from_be_bytes).map_err(|_| malformed());
        let key = match found {
            CursorList::ArticlesByPublishedAt
            | CursorList::ArticlesByUpdatedAt
            | CursorList::DeskByUpdatedAt
            | CursorList::DeskByCreatedAt
            | CursorList::Keys
            | CursorList::Previews => {
                let at = Timestamp::from_microsecond(number()?).map_err(|_| malformed())?;
                SortKey::Instant(at)
            }
            CursorList::TagsByUse | CursorList::AuthorsByUse | CursorList::Revisions => {
                SortKey::Number(number()?)
            }
            CursorList::Audit => {
                let (number, edition) = key.split_first_chunk::<8>().ok_or_else(malformed)?;
                let edition = <[u8; 16]>::try_from(edition).map_err(|_| malformed())?;
                SortKey::LogEntry {
                    number: i64::from_be_bytes(*number),
                    edition: EditionId::from_bytes(edition),
                }
            }
            CursorList::ArticlesByTitle
            | CursorList::TagsByName
            | CursorList::AuthorsByName
            | CursorList::DeskByTitle => SortKey::Collated(if is_former {
                crate::sort_key(std::str::from_utf8(key).map_err(|_| malformed())?)
            } else {
                key.to_vec()
            }),
            CursorList::Redirects => {
                let key = std::str::from_utf8(key).map_err(|_| malformed())?;
                if key.contains('\0') {
                    return Err(malformed());
                }
                SortKey::Text(key.to_owned())
            }
        };
        if found != list {
            return Err(CursorError::OtherList);
        }
        Ok(Self { list, key, id: Uuid::from_bytes(*id) })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = LIST_TAGS.iter().find(|(_, list)| *list == self.list).map_or(b'?', |(tag, _)| *tag);
        let mut bytes = vec![tag];
        bytes.extend(self.id.as_bytes());
        match &self.key {
            SortKey::Instant(at) => bytes.extend(at.as_microsecond().to_be_bytes()),
            SortKey::Number(number) => bytes.extend(number.to_be_bytes()),
            SortKey::Text(text) => bytes.extend(text.as_bytes()),
            SortKey::Collated(key) => bytes.extend(key),
            SortKey::LogEntry { number, edition } => {
                bytes.extend(number.to_be_bytes());
                bytes.extend(edition.to_bytes());
            }
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_written_as_text_parses_to_the_same_cursor(micros in 0i64..4_000_000_000_000_000, number: i64, name in "[^\0]{0,100}", id: u128, edition: [u8; 16]) {
            let id = Uuid::from_u128(id);
            let edition = EditionId::from_bytes(edition);
            for (list, key) in [
                (CursorList::ArticlesByPublishedAt, SortKey::Instant(Timestamp::from_microsecond(micros).unwrap())),
                (CursorList::TagsByUse, SortKey::Number(number)),
                (CursorList::Redirects, SortKey::Text(name.clone())),
                (CursorList::ArticlesByTitle, SortKey::Collated(crate::sort_key(&name))),
                (CursorList::Audit, SortKey::LogEntry { number, edition }),
            ] {
                let cursor = Cursor { list, key, id };
                prop_assert_eq!(Cursor::parse(&cursor.to_string(), list), Ok(cursor.clone()));
                prop_assert_eq!(Cursor::parse(&cursor.to_string(), CursorList::AuthorsByName), Err(CursorError::OtherList));
            }
        }

        /// The previous version wrote the beginning of the title in lower case.
        #[test]
        fn cursors_of_the_previous_version_keep_their_place(title in "[a-zA-ZäÄéÉßñ0-9 ]{0,100}", id: u128) {
            let id = Uuid::from_u128(id);
            let mut bytes = vec![b't'];
            bytes.extend(id.as_bytes());
            bytes.extend(crate::title_key(&title).as_bytes());
            let parsed = Cursor::parse(&URL_SAFE_NO_PAD.encode(bytes), CursorList::ArticlesByTitle);
            let key = SortKey::Collated(crate::sort_key(&title));
            prop_assert_eq!(parsed, Ok(Cursor { list: CursorList::ArticlesByTitle, key, id }));
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String, bytes: Vec<u8>) {
            let _ = Cursor::parse(&text, CursorList::TagsByName);
            let _ = Cursor::parse(&URL_SAFE_NO_PAD.encode(bytes), CursorList::ArticlesByPublishedAt);
        }
    }
}
