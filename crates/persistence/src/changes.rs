//! The log of changes: what each edition changed.

use domain::{Change, ChangeKind, EditionNumber, Id, Subject};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::change;
use crate::{Store, StoreError};

impl Store {
    /// What these editions changed, in order. It never changes itself, so it needs no snapshot.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn changes(
        &self,
        editions: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        change::Entity::find()
            .filter(change::Column::Edition.is_in(editions.iter().copied()))
            .order_by_asc(change::Column::Edition)
            .order_by_asc(change::Column::Position)
            .all(self.readers())
            .await?
            .into_iter()
            .map(|row| Ok((row.edition, change(&row)?)))
            .collect()
    }
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
