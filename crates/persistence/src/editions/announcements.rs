//! Announcements of new editions, which PostgreSQL sends to all nodes (`NOTIFY`).

use domain::{Edition, EditionId, EditionNumber};
use sea_orm::sqlx::postgres::PgListener;

use super::{Head, Successor};
use crate::{StoreError, convert};

/// The channel of the announcements.
pub(crate) const CHANNEL: &str = "greymatters_edition";

/// The stream of announced editions.
#[derive(Debug)]
pub struct Announcements(pub(super) PgListener);

impl Announcements {
    /// Waits for the next announcement. Returns `None` for an announcement that this version does not understand.
    /// After an error the stream has ended, and announcements are lost until the caller listens again.
    pub async fn next(&mut self) -> Result<Option<Successor>, StoreError> {
        match self.0.try_recv().await {
            Ok(Some(announcement)) => Ok(Successor::from_announcement(announcement.payload())),
            Ok(None) => Err(StoreError::Unavailable("the connection for announcements broke off".to_owned())),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }
}

impl Successor {
    /// The text of the announcement. The mark of the new edition comes last.
    pub(crate) fn announcement(&self) -> String {
        let Self { previous, head: Head { edition: Edition { number, mark, at }, taxonomy } } = self;
        let at = convert::micros(*at);
        format!("{number} {} {at} {} {} {mark}", taxonomy.number, taxonomy.mark, previous.mark)
    }

    /// Parses an announcement. Returns `None` for any other text.
    fn from_announcement(text: &str) -> Option<Self> {
        let words: Vec<_> = text.split(' ').collect();
        let [number, taxonomy, at, taxonomy_mark, previous, mark] = words.try_into().ok()?;
        let number: EditionNumber = number.parse().ok()?;
        let at = convert::instant(at.parse().ok()?).ok()?;
        let taxonomy = EditionId { number: taxonomy.parse().ok()?, mark: taxonomy_mark.parse().ok()? };
        Some(Self {
            previous: EditionId { number: number.checked_sub(1)?, mark: previous.parse().ok()? },
            head: Head { edition: Edition { number, mark: mark.parse().ok()?, at }, taxonomy },
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{EditionMark, Timestamp};

    use super::*;

    #[test]
    fn an_announcement_can_be_parsed() {
        let id = |number, mark| EditionId { number, mark: EditionMark::new([mark; 8]) };
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        let edition = Edition { number: 42, mark: id(42, 2).mark, at };
        let successor = Successor { previous: id(41, 1), head: Head { edition, taxonomy: id(1, 9) } };
        let text = successor.announcement();
        assert!(text.starts_with("42 1 1700000000123456 ") && text.ends_with(&id(42, 2).mark.to_string()));
        assert_eq!(Successor::from_announcement(&text), Some(successor));
        let longer = format!("{text} 1");
        for other in ["", "1", "1 2 3", "a b c d e f", "1 2 99999999999999999999 a b c", &longer] {
            assert_eq!(Successor::from_announcement(other), None, "{other}");
        }
    }
}
