//! The log of changes: what each edition changed.

use domain::{Change, ChangeKind, Edition, EditionId, EditionNumber, Id, Subject};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::change;
use crate::{Store, StoreError, snapshot};

impl Store {
    /// The editions of these numbers up to one that was seen, in no particular order.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the database does not hold the one that was seen any more.
    pub async fn editions_up_to(
        &self,
        seen: EditionId,
        numbers: &[EditionNumber],
    ) -> Result<Vec<Edition>, StoreError> {
        let found = snapshot::editions(self.readers(), numbers, snapshot::holds(seen)).await?;
        let is_whole = numbers.iter().all(|number| found.iter().any(|edition| edition.number == *number));
        if is_whole { Ok(found) } else { Err(StoreError::Moved) }
    }

    /// What the editions of these numbers changed, in order. It never changes itself, so it needs no snapshot,
    /// but in another history the same numbers are other editions: they are those up to one that was seen.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the database does not hold the one that was seen any more.
    pub async fn changes_up_to(
        &self,
        seen: EditionId,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        let found = find(self.readers(), numbers, snapshot::holds(seen)).await?;
        // Every edition but the empty one changed something.
        let is_there = |number: &EditionNumber| found.iter().any(|(of, _)| of == number);
        let is_whole = numbers.iter().all(|number| *number == 0 || is_there(number));
        if is_whole { Ok(found) } else { Err(StoreError::Moved) }
    }
}

/// What these editions changed, in order.
pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    numbers: &[EditionNumber],
    condition: Condition,
) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
    change::Entity::find()
        .filter(change::Column::Edition.is_in(numbers.iter().copied()))
        .filter(condition)
        .order_by_asc(change::Column::Edition)
        .order_by_asc(change::Column::Position)
        .all(connection)
        .await?
        .into_iter()
        .map(|row| Ok((row.edition, change(&row)?)))
        .collect()
}

/// A change as a row.
pub(crate) fn row(edition: EditionNumber, position: i32, change: Change) -> change::ActiveModel {
    let Change { subject, kind } = change;
    let (subject_type, subject): (&str, Uuid) = match subject {
        Subject::Article(id) => (domain::ArticleId::PREFIX, id.uuid()),
        Subject::Author(id) => (domain::AuthorId::PREFIX, id.uuid()),
        Subject::Tag(id) => (domain::TagId::PREFIX, id.uuid()),
        Subject::Topic(id) => (domain::TopicId::PREFIX, id.uuid()),
    };
    let kind = match kind {
        ChangeKind::Upserted => "UPSERTED",
        ChangeKind::Removed => "REMOVED",
    };
    change::ActiveModel {
        edition: Set(edition),
        position: Set(position),
        kind: Set(kind.to_owned()),
        subject_type: Set(subject_type.to_owned()),
        subject: Set(subject),
    }
}

fn change(row: &change::Model) -> Result<Change, StoreError> {
    let subject = match row.subject_type.as_str() {
        domain::ArticleId::PREFIX => Subject::Article(Id::from_uuid(row.subject)),
        domain::AuthorId::PREFIX => Subject::Author(Id::from_uuid(row.subject)),
        domain::TagId::PREFIX => Subject::Tag(Id::from_uuid(row.subject)),
        domain::TopicId::PREFIX => Subject::Topic(Id::from_uuid(row.subject)),
        other => return Err(StoreError::Damaged(format!("a change is about a `{other}`"))),
    };
    let kind = match row.kind.as_str() {
        "UPSERTED" => ChangeKind::Upserted,
        "REMOVED" => ChangeKind::Removed,
        other => return Err(StoreError::Damaged(format!("a change is of the kind `{other}`"))),
    };
    Ok(Change { subject, kind })
}
