//! Reading.

use domain::{Change, Edition, EditionId, EditionMark, EditionNumber, Timestamp};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::built_once::BuiltOnce;
use crate::editions::Sighting;
use crate::entity::{edition, edition_counter};
use crate::{Articles, Audit, Head, Publications, StoreError, TaxonomyRows, Transaction, changes, convert};

/// The publication as of one edition: whatever is read through it belongs to that edition.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction,
    edition: Edition,
    /// The latest edition that there is: the one that is read, unless that is only tried out and will never be.
    latest: EditionId,
    taxonomy: EditionId,
}

impl Snapshot {
    /// Reads the edition before the rest, and whether the database holds the edition that this node knows.
    pub(crate) async fn read(tx: Transaction, known: EditionId) -> Result<(Self, Sighting), StoreError> {
        let sighting = sight(&tx, known).await?;
        let Head { edition, taxonomy } = sighting.head;
        Ok((Self { tx, edition, latest: edition.id(), taxonomy }, sighting))
    }

    /// What is tried out in a transaction: this edition, if there is something to try out, or the latest one.
    pub(crate) async fn of_trial(tx: Transaction, trial: Option<Edition>) -> Result<Self, StoreError> {
        let Head { edition, taxonomy } = sight(&tx, Head::EMPTY.edition.id()).await?.head;
        Ok(Self { tx, edition: trial.unwrap_or(edition), latest: edition.id(), taxonomy })
    }

    /// Keeps what was written in its transaction before it was read.
    pub(crate) async fn keep(self) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(|error| error.cause)
    }

    /// The edition that is read.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The latest edition that there is: the one that is read, unless that is only tried out.
    #[must_use]
    pub fn latest(&self) -> EditionId {
        self.latest
    }

    /// The last edition, up to the one that is read, that changed a tag, topic or author.
    #[must_use]
    pub fn taxonomy_edition(&self) -> EditionId {
        self.taxonomy
    }

    /// Editions up to this one, by number, in no particular order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn editions(&self, numbers: &[EditionNumber]) -> Result<Vec<Edition>, StoreError> {
        let mut found = editions(&self.tx, numbers, Condition::all()).await?;
        // One that is tried out is in no table, and nobody else makes it meanwhile.
        found.extend((self.edition.id() != self.latest).then_some(self.edition));
        Ok(found)
    }

    /// Whether there is this edition.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holds(&self, id: EditionId) -> Result<bool, StoreError> {
        if id.number == self.latest.number {
            return Ok(id.mark == self.latest.mark);
        }
        if id.number == 0 {
            // Where its mark is not known any more, edition 0 of any history is taken for it.
            return Ok(empty_mark(&self.tx).await?.is_none_or(|mark| mark == id.mark));
        }
        let found = editions(&self.tx, &[id.number], Condition::all()).await?;
        Ok(found.first().is_some_and(|found| found.mark == id.mark))
    }

    /// What these editions changed, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn changes(
        &self,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        changes::find(&self.tx, numbers, Condition::all()).await
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
    condition: Condition,
) -> Result<Vec<Edition>, StoreError> {
    edition::Entity::find()
        .filter(edition::Column::Number.is_in(numbers.iter().copied()))
        .filter(condition)
        .all(connection)
        .await?
        .into_iter()
        .map(|row| {
            let edition::Model { number, at, actor: _, mark } = row;
            Ok(Edition { number, mark: convert::mark(mark), at: convert::instant(at)? })
        })
        .collect()
}

/// The mark of edition 0, which has no row; nothing where it is not known any more.
pub(crate) async fn empty_mark<C: ConnectionTrait>(
    connection: &C,
) -> Result<Option<EditionMark>, StoreError> {
    let found: Option<Option<i64>> = edition_counter::Entity::find()
        .select_only()
        .column(edition_counter::Column::EmptyMark)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.flatten().map(convert::mark))
}

/// A condition: the database holds this edition.
pub(crate) fn holds(id: EditionId) -> Condition {
    let found = Query::select()
        .expr(Expr::cust("1"))
        .from_as(edition::Entity, Alias::new("seen"))
        .and_where(Expr::col((Alias::new("seen"), edition::Column::Number)).eq(id.number))
        .and_where(Expr::col((Alias::new("seen"), edition::Column::Mark)).eq(convert::mark_number(id.mark)))
        .to_owned();
    Condition::all().add(Expr::exists(found))
}

/// The latest edition, and whether the database holds the one that this node knows, in one statement.
pub(crate) async fn sight<C: ConnectionTrait>(
    connection: &C,
    known: EditionId,
) -> Result<Sighting, StoreError> {
    static QUERY: BuiltOnce = BuiltOnce::new();
    let query =
        QUERY.with(connection.get_database_backend(), [known.number.into()], || sighting(known.number));
    let row = connection
        .query_one_raw(query)
        .await?
        .ok_or_else(|| StoreError::Damaged("the edition counter is missing".to_owned()))?;
    let id = convert::edition_id(row.try_get("", "number")?, row.try_get("", "mark")?);
    let taxonomy = convert::edition_id(row.try_get("", "taxonomy")?, row.try_get("", "taxonomy_mark")?);
    let at = match row.try_get::<Option<i64>>("", "at")? {
        Some(at) => convert::instant(at)?,
        None => Timestamp::UNIX_EPOCH,
    };
    let found = row.try_get::<Option<i64>>("", "known_mark")?.map(convert::mark);
    // Edition 0 has no row, and every history begins with one.
    let holds_known = id == known
        || found == Some(known.mark)
        || (known.number == 0 && (id.number > 0 || known == Head::EMPTY.edition.id()));
    let edition = Edition { number: id.number, mark: id.mark, at };
    Ok(Sighting { head: Head { edition, taxonomy }, known, holds_known })
}

fn sighting(known: EditionNumber) -> SelectStatement {
    let (counter, latest, at_hand) = (Alias::new("c"), Alias::new("e"), Alias::new("k"));
    let number = |table: &Alias| Expr::col((table.clone(), edition::Column::Number));
    Query::select()
        .column((counter.clone(), edition_counter::Column::Number))
        .column((counter.clone(), edition_counter::Column::Mark))
        .column((counter.clone(), edition_counter::Column::Taxonomy))
        .column((counter.clone(), edition_counter::Column::TaxonomyMark))
        .column((latest.clone(), edition::Column::At))
        .expr_as(Expr::col((at_hand.clone(), edition::Column::Mark)), "known_mark")
        .from_as(edition_counter::Entity, counter.clone())
        .join_as(
            JoinType::LeftJoin,
            edition::Entity,
            latest.clone(),
            number(&latest).equals((counter, edition_counter::Column::Number)),
        )
        .join_as(JoinType::LeftJoin, edition::Entity, at_hand.clone(), number(&at_hand).eq(known))
        .to_owned()
}
