//! The objects that requests with an idempotency key have created. A repeated request finds its object and creates no
//! other one.

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

/// A request that creates an object, and that its sender may repeat.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The sender.
    pub actor: String,
    /// The key that the sender has chosen.
    pub key: String,
    /// The path in the response, because one document can create several objects.
    pub path: String,
    /// The digest of the request.
    pub fingerprint: Vec<u8>,
}

/// The object that such a request has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The id of the object.
    pub id: Uuid,
    /// The digest of the request.
    pub fingerprint: Vec<u8>,
    /// The edition that made the object public, if one did.
    pub edition: Option<EditionNumber>,
}

/// The stored requests.
#[derive(Debug)]
pub(crate) struct IdempotencyKeys<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> IdempotencyKeys<'_, C> {
    /// The object that a request with the same key has created at the same path.
    pub(crate) async fn find(&self, request: &IdempotentRequest) -> Result<Option<Creation>, StoreError> {
        let IdempotentRequest { actor, key, path, fingerprint: _ } = request;
        let found = Entity::find_by_id((actor.clone(), key.clone(), path.clone())).one(self.0).await?;
        Ok(found.map(|row| Creation { id: row.created, fingerprint: row.fingerprint, edition: row.edition }))
    }

    /// Deletes the keys from before this instant, about `most` of them, the oldest first. Returns the number of
    /// deleted keys.
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

/// Inserts a request with the object that it has created.
pub(crate) fn insert_creation(
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
