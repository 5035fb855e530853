//! The rows of editions and of their changes.

use domain::{Change, ChangeKind, Edition, EditionId, EditionMark, EditionNumber, Id, Subject, Timestamp};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::{Head, Observation};
use crate::connection::FixedQuery;
use crate::entity::{change, edition, edition_counter};
use crate::{StoreError, convert};

/// The editions with these numbers, in no particular order.
pub(crate) async fn find<C: ConnectionTrait>(
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

/// The mark of edition 0, which has no row. It is unknown in a database that had editions before there were marks.
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

/// The condition that the database has this edition.
pub(crate) fn exists_condition(id: EditionId) -> Condition {
    let found = Query::select()
        .expr(Expr::cust("1"))
        .from_as(edition::Entity, Alias::new("seen"))
        .and_where(Expr::col((Alias::new("seen"), edition::Column::Number)).eq(id.number))
        .and_where(Expr::col((Alias::new("seen"), edition::Column::Mark)).eq(convert::mark_number(id.mark)))
        .to_owned();
    Condition::all().add(Expr::exists(found))
}

/// Reads the latest edition, and whether the database has the edition that this node knows, in one statement.
pub(crate) async fn observe<C: ConnectionTrait>(
    connection: &C,
    known: EditionId,
) -> Result<Observation, StoreError> {
    static QUERY: FixedQuery = FixedQuery::new();
    let query = QUERY
        .with(connection.get_database_backend(), [known.number.into()], || observation_query(known.number));
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
    // Edition 0 has no row, and it is the first edition of every history.
    let holds_known = id == known
        || found == Some(known.mark)
        || (known.number == 0 && (id.number > 0 || known == Head::EMPTY.edition.id()));
    let edition = Edition { number: id.number, mark: id.mark, at };
    Ok(Observation { head: Head { edition, taxonomy }, known, holds_known })
}

fn observation_query(known: EditionNumber) -> SelectStatement {
    let (counter, latest, known_edition) = (Alias::new("c"), Alias::new("e"), Alias::new("k"));
    let number = |table: &Alias| Expr::col((table.clone(), edition::Column::Number));
    Query::select()
        .column((counter.clone(), edition_counter::Column::Number))
        .column((counter.clone(), edition_counter::Column::Mark))
        .column((counter.clone(), edition_counter::Column::Taxonomy))
        .column((counter.clone(), edition_counter::Column::TaxonomyMark))
        .column((latest.clone(), edition::Column::At))
        .expr_as(Expr::col((known_edition.clone(), edition::Column::Mark)), "known_mark")
        .from_as(edition_counter::Entity, counter.clone())
        .join_as(
            JoinType::LeftJoin,
            edition::Entity,
            latest.clone(),
            number(&latest).equals((counter, edition_counter::Column::Number)),
        )
        .join_as(JoinType::LeftJoin, edition::Entity, known_edition.clone(), number(&known_edition).eq(known))
        .to_owned()
}

/// The number of changes of each of the editions with these numbers. Each is found by one look-up in the primary key.
pub(crate) async fn count_changes<C: ConnectionTrait>(
    connection: &C,
    numbers: &[EditionNumber],
    condition: Condition,
) -> Result<Vec<(EditionNumber, u64)>, StoreError> {
    let (e, c) = (Alias::new("e"), Alias::new("c"));
    let number = || Expr::col((e.clone(), edition::Column::Number));
    // Positions are consecutive, from 0.
    let last = Query::select()
        .expr(Expr::col((c.clone(), change::Column::Position)).max())
        .from_as(change::Entity, c.clone())
        .and_where(Expr::col((c, change::Column::Edition)).equals((e.clone(), edition::Column::Number)))
        .to_owned();
    let query = Query::select()
        .expr_as(number(), "number")
        .expr_as(Expr::SubQuery(None, Box::new(last.into())), "last")
        .from_as(edition::Entity, e.clone())
        .and_where(number().is_in(numbers.iter().copied()))
        .cond_where(condition)
        .to_owned();
    let rows = connection.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let last: Option<i32> = row.try_get("", "last")?;
            let changes = last.map_or(0, |last| u64::from(last.unsigned_abs()) + 1);
            Ok((row.try_get("", "number")?, changes))
        })
        .collect()
}

/// The changes of the editions with these numbers, in order.
pub(crate) async fn find_changes<C: ConnectionTrait>(
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

/// The row of a change.
pub(crate) fn change_row(edition: EditionNumber, position: i32, change: Change) -> change::ActiveModel {
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
        other => return Err(StoreError::Damaged(format!("a change has the subject type `{other}`"))),
    };
    let kind = match row.kind.as_str() {
        "UPSERTED" => ChangeKind::Upserted,
        "REMOVED" => ChangeKind::Removed,
        other => return Err(StoreError::Damaged(format!("a change has the kind `{other}`"))),
    };
    Ok(Change { subject, kind })
}
