//! What was created by requests that carry an idempotency key: a repeated request finds it and creates nothing.

use domain::{EditionNumber, Timestamp};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use crate::StoreError;
use crate::convert::micros;
use crate::entity::idempotency_key::{ActiveModel, Column, Entity};

/// A request that creates something, as its sender may repeat it.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// Who sends it.
    pub actor: String,
    /// The key that they have chosen.
    pub key: String,
    /// The place in the answer: one document can create several things.
    pub path: String,
    /// The digest of what was asked for.
    pub fingerprint: Vec<u8>,
}

/// What such a request has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The id of what was created.
    pub id: Uuid,
    /// The digest of what was asked for.
    pub fingerprint: Vec<u8>,
    /// The edition that showed it to the public, if any did.
    pub edition: Option<EditionNumber>,
}

/// The requests that have created something.
#[derive(Debug)]
pub(crate) struct IdempotencyKeys<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> IdempotencyKeys<'_, C> {
    /// What a request with the same key has created at the same place, if one has.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn find(&self, request: &IdempotentRequest) -> Result<Option<Creation>, StoreError> {
        let IdempotentRequest { actor, key, path, fingerprint: _ } = request;
        let found = Entity::find_by_id((actor.clone(), key.clone(), path.clone())).one(self.0).await?;
        Ok(found.map(|row| Creation { id: row.created, fingerprint: row.fingerprint, edition: row.edition }))
    }

    /// Removes the keys that came before an instant, about `most` of them, the oldest first. Answers how many it
    /// removed.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn remove_before(&self, instant: Timestamp, most: u64) -> Result<u64, StoreError> {
        let old = || Entity::find().filter(Column::CreatedAt.lt(micros(instant)));
        let last: Option<i64> = old()
            .select_only()
            .column(Column::CreatedAt)
            .order_by_asc(Column::CreatedAt)
            .offset(most.saturating_sub(1))
            .limit(1)
            .into_tuple()
            .one(self.0)
            .await?;
        let mut removed = Entity::delete_many().filter(Column::CreatedAt.lt(micros(instant)));
        if let Some(last) = last {
            removed = removed.filter(Column::CreatedAt.lte(last));
        }
        Ok(removed.exec(self.0).await?.rows_affected)
    }
}

/// The row of a request that creates something.
pub(crate) fn insertion(
    request: IdempotentRequest,
    created: Uuid,
    edition: Option<EditionNumber>,
    now: Timestamp,
) -> InsertStatement {
    let IdempotentRequest { actor, key, path, fingerprint } = request;
    let row = ActiveModel {
        actor: Set(actor),
        key: Set(key),
        path: Set(path),
        fingerprint: Set(fingerprint),
        created: Set(created),
        edition: Set(edition),
        created_at: Set(micros(now)),
    };
    Entity::insert(row).into_query()
}
