//! A snapshot: reads that all belong to one edition.

use domain::{Change, Edition, EditionId, EditionNumber};
use sea_orm::Condition;

use crate::editions::{self, Observation};
use crate::{Actors, Articles, Audit, Head, Publications, StoreError, TaxonomyRows, Transaction};

/// The publication as of one edition. All reads through it belong to that edition.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction,
    edition: Edition,
    /// The latest edition in the database: `edition`, unless that exists only in this transaction.
    latest: EditionId,
    taxonomy: EditionId,
}

impl Snapshot {
    /// Reads the edition first, and whether the database has the edition that this node knows.
    pub(crate) async fn begin(tx: Transaction, known: EditionId) -> Result<(Self, Observation), StoreError> {
        let observation = editions::observe(&tx, known).await?;
        let Head { edition, taxonomy } = observation.head;
        Ok((Self { tx, edition, latest: edition.id(), taxonomy }, observation))
    }

    /// A snapshot of a transaction that has written. Its edition is `edition`, or the latest one if that is `None`.
    pub(crate) async fn of_transaction(
        tx: Transaction,
        edition: Option<Edition>,
    ) -> Result<Self, StoreError> {
        let head = editions::observe(&tx, Head::EMPTY.edition.id()).await?.head;
        let latest = head.edition;
        Ok(Self { tx, edition: edition.unwrap_or(latest), latest: latest.id(), taxonomy: head.taxonomy })
    }

    /// Commits what its transaction has written.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(|error| error.cause)
    }

    /// The edition of the snapshot.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The latest edition in the database: that of the snapshot, unless the snapshot belongs to a dry run.
    #[must_use]
    pub fn latest(&self) -> EditionId {
        self.latest
    }

    /// The last edition up to this one that changed a tag, topic or author.
    #[must_use]
    pub fn taxonomy_edition(&self) -> EditionId {
        self.taxonomy
    }

    /// The editions with these numbers, in no particular order.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        let mut found = editions::find(&self.tx, numbers, Condition::all()).await?;
        // The edition of a dry run has no row.
        found.extend((self.edition.id() != self.latest).then_some(self.edition));
        Ok(found)
    }

    /// Whether the database has this edition.
    pub async fn holds(&self, id: EditionId) -> Result<bool, StoreError> {
        if id.number == self.latest.number {
            return Ok(id.mark == self.latest.mark);
        }
        if id.number == 0 {
            // In older databases the mark of edition 0 is unknown. Then every mark is accepted.
            return Ok(editions::empty_mark(&self.tx).await?.is_none_or(|mark| mark == id.mark));
        }
        let found = editions::find(&self.tx, &[id.number], Condition::all()).await?;
        Ok(found.first().is_some_and(|found| found.mark == id.mark))
    }

    /// The changes of these editions, in order.
    pub async fn changes(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        editions::find_changes(&self.tx, numbers, Condition::all()).await
    }

    /// The number of changes of each of these editions, in no particular order.
    pub async fn change_counts(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, u64)>, StoreError> {
        editions::count_changes(&self.tx, numbers, Condition::all()).await
    }

    /// What the public sees.
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

    /// The names of actors.
    #[must_use]
    pub fn actors(&self) -> Actors<'_, Transaction> {
        Actors(&self.tx)
    }

    /// Articles as editors see them.
    #[must_use]
    pub fn articles(&self) -> Articles<'_, Transaction> {
        Articles(&self.tx)
    }
}
