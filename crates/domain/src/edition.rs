//! Editions: numbered states of everything that the public sees.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, TagId, TopicId};

/// The number of an edition: consecutive, from 1. Edition 0 is the empty state before the first one.
pub type EditionNumber = i64;

/// A state of everything that the public sees. A transaction that changes it appends exactly one
/// edition. A reader who has seen edition N has seen every change up to N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// The number.
    pub number: EditionNumber,
    /// The mark.
    pub mark: EditionMark,
    /// When the edition was made.
    pub at: Timestamp,
}

impl Edition {
    /// Returns the identity of the edition.
    #[must_use]
    pub fn id(&self) -> EditionId {
        EditionId { number: self.number, mark: self.mark }
    }
}

/// Eight random bytes that an edition gets when it is made. After a restore, or a failover to a replica that
/// lagged, edition numbers are used a second time, but the marks differ.
///
/// The text form has 13 lower-case letters and digits (base 32 of RFC 4648, the most significant digit first). The
/// first character is a letter, so that the text is a token of structured fields (RFC 8941).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditionMark([u8; 8]);

/// The identity of an edition: two editions are the same if both their numbers and their marks are equal.
///
/// The text form is an item of structured fields (RFC 8941): `100;mark=aeaqcaibaeaqc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditionId {
    /// The number.
    pub number: EditionNumber,
    /// The mark.
    pub mark: EditionMark,
}

/// The text is not the mark of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mark is 13 lower-case letters and digits: copy it from an earlier answer")]
pub struct MarkError;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The number of digits of a mark. A mark has 64 bits and 13 digits could hold 65, so the first digit is always
/// one of the first sixteen, which are letters.
const MARK_LENGTH: usize = 13;

impl EditionMark {
    /// Makes a mark from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the mark.
    #[must_use]
    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for EditionMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::from_be_bytes(self.0);
        let mut text = [0; MARK_LENGTH];
        for place in text.iter_mut().rev() {
            *place = DIGITS[(rest & 31) as usize];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for EditionMark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        if text.len() != MARK_LENGTH {
            return Err(MarkError);
        }
        let mut number: u64 = 0;
        for digit in text.bytes() {
            let value = DIGITS.iter().position(|known| *known == digit).ok_or(MarkError)?;
            number = number.checked_mul(32).ok_or(MarkError)? | value as u64;
        }
        Ok(Self(number.to_be_bytes()))
    }
}

impl EditionId {
    /// Returns the edition with this identity, made at `at`.
    #[must_use]
    pub fn made_at(self, at: Timestamp) -> Edition {
        let Self { number, mark } = self;
        Edition { number, mark, at }
    }

    /// Returns the number and the mark as bytes, both big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let Self { number, mark } = self;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes[8..].copy_from_slice(&mark.bytes());
        bytes
    }

    /// Makes an identity from the bytes of [`EditionId::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let number = u128::from_be_bytes(bytes);
        #[expect(clippy::cast_possible_truncation, reason = "each half is taken by itself")]
        let (number, mark) = ((number >> 64) as u64, number as u64);
        Self { number: i64::from_be_bytes(number.to_be_bytes()), mark: EditionMark(mark.to_be_bytes()) }
    }
}

impl fmt::Display for EditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};mark={}", self.number, self.mark)
    }
}

/// The object of a change. Its text form is the object's id.
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

/// How a change affects what the public sees of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The subject appeared, or what the public sees of it changed.
    Upserted,
    /// The subject is no longer public.
    Removed,
}

/// One change of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The object that changed.
    pub subject: Subject,
    /// How it changed.
    pub kind: ChangeKind,
}

impl Change {
    /// Makes the change of a subject that appeared or changed.
    #[must_use]
    pub fn upserted(subject: Subject) -> Self {
        Self { subject, kind: ChangeKind::Upserted }
    }

    /// Makes the change of a subject that is no longer public.
    #[must_use]
    pub fn removed(subject: Subject) -> Self {
        Self { subject, kind: ChangeKind::Removed }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_mark_is_written_as_a_token_that_parses_to_the_same_mark(bytes: [u8; 8]) {
            let mark = EditionMark::new(bytes);
            let text = mark.to_string();
            prop_assert_eq!(text.parse(), Ok(mark));
            prop_assert!(text.starts_with(|first: char| first.is_ascii_lowercase()), "{}", text);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{}", text);
        }

        #[test]
        fn no_text_makes_parsing_a_mark_panic(text: String) {
            if let Ok(mark) = text.parse::<EditionMark>() {
                prop_assert_eq!(mark.to_string(), text);
            }
        }
    }

    #[test]
    fn texts_of_another_length_or_alphabet_are_not_marks() {
        for text in ["", "aaaaaaaaaaaa", "aaaaaaaaaaaaaa", "AAAAAAAAAAAAA", "aaaaaaaaaaaa1", "7777777777777"]
        {
            assert_eq!(text.parse::<EditionMark>(), Err(MarkError), "{text}");
        }
        let id = EditionId { number: 7, mark: EditionMark::new([0xff; 8]) };
        assert_eq!(id.to_string(), "7;mark=p777777777777");
    }
}
