//! Reading.

use domain::{Edition, EditionNumber, Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::entity::{edition, edition_counter};
use crate::{Articles, Audit, Head, Publications, StoreError, TaxonomyRows, Transaction, convert};

/// The publication as of one edition: whatever is read through it belongs to that edition.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction,
    edition: Edition,
    /// Whether the edition is one that is tried out, and will never be.
    is_trial: bool,
    taxonomy: EditionNumber,
}

impl Snapshot {
    /// Reads the edition before the rest; unless one is tried out, which is then the one that is read.
    pub(crate) async fn read(tx: Transaction, trial: Option<Edition>) -> Result<Self, StoreError> {
        let Head { edition, taxonomy } = head(&tx).await?;
        Ok(Self { tx, edition: trial.unwrap_or(edition), is_trial: trial.is_some(), taxonomy })
    }

    /// The edition that is read.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The edition, and the last one that changed a tag, topic or author.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { edition: self.edition, taxonomy: self.taxonomy }
    }

    /// The last edition, up to the one that is read, that changed a tag, topic or author.
    #[must_use]
    pub fn taxonomy_edition(&self) -> EditionNumber {
        self.taxonomy
    }

    /// Editions up to this one, by number, in no particular order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        let mut found = editions(&self.tx, numbers).await?;
        // One that is tried out is in no table, and nobody else makes it meanwhile.
        found.extend(self.is_trial.then_some(self.edition));
        Ok(found)
    }

    /// What readers get.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, Transaction> {
        Publications(&self.tx)
    }

    /// Tags, topics and authors.
    #[must_use]
    pub fn taxonomy(&self) -> TaxonomyRows<'_, Transaction> {
        TaxonomyRows(&self.tx)
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Audit<'_, Transaction> {
        Audit(&self.tx)
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, Transaction> {
        Articles(&self.tx)
    }
}

/// Editions, by number, in no particular order.
pub(crate) async fn editions<C: ConnectionTrait>(
    connection: &C,
    numbers: &[EditionNumber],
) -> Result<Vec<Edition>, StoreError> {
    edition::Entity::find()
        .filter(edition::Column::Number.is_in(numbers.iter().copied()))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| Ok(Edition { number: row.number, at: convert::instant(row.at)? }))
        .collect()
}

/// The latest edition, in one statement.
pub(crate) async fn head<C: ConnectionTrait>(connection: &C) -> Result<Head, StoreError> {
    let found = edition_counter::Entity::find()
        .find_also_linked(LatestEdition)
        .one(connection)
        .await?
        .ok_or_else(|| StoreError::Damaged("the edition counter is missing".to_owned()))?;
    let (edition_counter::Model { id: _, number, taxonomy }, latest) = found;
    let at = match latest {
        Some(edition::Model { number: _, at, actor: _ }) => convert::instant(at)?,
        None => Timestamp::UNIX_EPOCH,
    };
    Ok(Head { edition: Edition { number, at }, taxonomy })
}

/// The way from the counter to the edition that it names.
struct LatestEdition;

impl sea_orm::Linked for LatestEdition {
    type FromEntity = edition_counter::Entity;
    type ToEntity = edition::Entity;

    fn link(&self) -> Vec<sea_orm::RelationDef> {
        vec![
            edition_counter::Entity::belongs_to(edition::Entity)
                .from(edition_counter::Column::Number)
                .to(edition::Column::Number)
                .into(),
        ]
    }
}
