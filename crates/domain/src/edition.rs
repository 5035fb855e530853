//! Editions: the one thing that everything public is a function of.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{ArticleId, AuthorId, TagId, TopicId};

/// The number of an edition: dense, from 1; 0 is the empty publication before the first one.
pub type EditionNumber = i64;

/// A state of everything that the public can see. A transaction that changes what the public sees
/// appends exactly one; whoever has seen edition N has seen every change up to N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Its number.
    pub number: EditionNumber,
    /// Its mark.
    pub mark: EditionMark,
    /// When it was made.
    pub at: Timestamp,
}

impl Edition {
    /// What identifies it.
    #[must_use]
    pub fn id(&self) -> EditionId {
        EditionId { number: self.number, mark: self.mark }
    }
}

/// Eight random bytes that an edition gets when it is made. After a restore, or a failover to a copy that
/// lagged, numbers count again, and marks differ.
///
/// As text it is 13 lower-case letters and digits (base 32, RFC 4648, the most significant digit first). The
/// first one is a letter, so that the text is a token of structured fields (RFC 8941).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EditionMark([u8; 8]);

/// What identifies an edition: two editions are the same if both number and mark are.
///
/// As text it is an item of structured fields (RFC 8941): `100;mark=aeaqcaibaeaqc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EditionId {
    /// Its number.
    pub number: EditionNumber,
    /// Its mark.
    pub mark: EditionMark,
}

/// A text that is not the mark of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mark is 13 lower-case letters and digits, as answers tell it")]
pub struct MarkError;

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// How many digits a mark has. They could hold 65 bits, so the first one is always among the first sixteen.
const MARK_LENGTH: usize = 13;

impl EditionMark {
    /// The mark of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
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
    /// The edition, which was made at this instant.
    #[must_use]
    pub fn made_at(self, at: Timestamp) -> Edition {
        let Self { number, mark } = self;
        Edition { number, mark, at }
    }
}

impl fmt::Display for EditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};mark={}", self.number, self.mark)
    }
}

/// What a change is about; as text, its id.
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

/// What happened to the subject, as the public sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It appeared, or what readers see of it changed.
    Upserted,
    /// It is gone.
    Removed,
}

/// One entry of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// What happened to it.
    pub kind: ChangeKind,
}

impl Change {
    /// The subject appeared or changed.
    #[must_use]
    pub fn upserted(subject: Subject) -> Self {
        Self { subject, kind: ChangeKind::Upserted }
    }

    /// The subject is gone.
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
        fn a_mark_survives_its_text_which_is_a_token(bytes: [u8; 8]) {
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
    fn other_texts_are_no_marks() {
        for text in ["", "aaaaaaaaaaaa", "aaaaaaaaaaaaaa", "AAAAAAAAAAAAA", "aaaaaaaaaaaa1", "7777777777777"]
        {
            assert_eq!(text.parse::<EditionMark>(), Err(MarkError), "{text}");
        }
        let id = EditionId { number: 7, mark: EditionMark::new([0xff; 8]) };
        assert_eq!(id.to_string(), "7;mark=p777777777777");
    }
}
