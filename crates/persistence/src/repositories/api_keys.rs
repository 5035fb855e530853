//! API keys. Only the hash of a secret is stored.

use domain::{Id, KeyId, Scope, Timestamp};
use sea_orm::sea_query::{InsertStatement, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QueryTrait,
};

use crate::StoreError;
use crate::connection::FixedQuery;
use crate::convert::{instant, micros, parsed};
use crate::entity::api_key;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// A name that its creator has chosen.
    pub name: String,
    /// The scopes that it grants.
    pub scopes: Vec<Scope>,
    /// The beginning of its secret, by which people recognise it. `None` for the oldest keys.
    pub prefix: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it. `None` for the oldest keys.
    pub created_by: Option<String>,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, rounded to minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// API keys.
#[derive(Debug)]
pub struct Keys<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Keys<'_, C> {
    /// The key whose secret has this SHA-256 hash, with the stored hash.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<(ApiKey, Vec<u8>)>, StoreError> {
        static QUERY: FixedQuery = FixedQuery::new();
        let hash = hash.to_vec();
        let query = QUERY.with(self.0.get_database_backend(), [hash.clone().into()], || {
            api_key::Entity::find().filter(api_key::Column::Hash.eq(hash)).into_query()
        });
        let Some(row) = self.0.query_one_raw(query).await? else { return Ok(None) };
        let row = api_key::Model::from_query_result(&row, "")?;
        let stored = row.hash.clone();
        Ok(Some((api_key(row)?, stored)))
    }

    /// The key with this id.
    pub async fn find(&self, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        api_key::Entity::find_by_id(id.uuid()).one(self.0).await?.map(api_key).transpose()
    }

    /// All keys, also expired and revoked ones, the newest first.
    pub async fn all(&self) -> Result<Vec<ApiKey>, StoreError> {
        let query = api_key::Entity::find()
            .order_by_desc(api_key::Column::CreatedAt)
            .order_by_desc(api_key::Column::Id);
        query.all(self.0).await?.into_iter().map(api_key).collect()
    }

    /// The number of keys that are valid at this instant.
    pub async fn count(&self, now: Timestamp) -> Result<u64, StoreError> {
        let expires = api_key::Column::ExpiresAt;
        Ok(api_key::Entity::find()
            .filter(api_key::Column::RevokedAt.is_null())
            .filter(Condition::any().add(expires.is_null()).add(expires.gt(micros(now))))
            .count(self.0)
            .await?)
    }

    /// Stores when a key was last used.
    pub(crate) async fn set_last_used(&self, id: KeyId, now: Timestamp) -> Result<(), StoreError> {
        let used = api_key::ActiveModel { last_used_at: Set(Some(micros(now))), ..Default::default() };
        self.0.execute(&update_valid(id, used)).await?;
        Ok(())
    }
}

/// Inserts a new key with the hash of its secret.
pub(crate) fn insert_key(key: &ApiKey, hash: &[u8; 32]) -> InsertStatement {
    let ApiKey { id, name, scopes, prefix, created_at, created_by, expires_at, last_used_at, revoked_at } =
        key;
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let row = api_key::Model {
        id: id.uuid(),
        name: name.clone(),
        hash: hash.to_vec(),
        scopes: scopes.join(" "),
        created_at: micros(*created_at),
        prefix: prefix.clone(),
        expires_at: expires_at.map(micros),
        last_used_at: last_used_at.map(micros),
        revoked_at: revoked_at.map(micros),
        created_by: created_by.clone(),
    };
    api_key::Entity::insert(row.into_active_model().reset_all()).into_query()
}

/// Revokes a key, unless it was revoked before.
pub(crate) fn revoke_key(id: KeyId, now: Timestamp) -> UpdateStatement {
    update_valid(id, api_key::ActiveModel { revoked_at: Set(Some(micros(now))), ..Default::default() })
}

/// Sets when a key expires, unless it was revoked.
pub(crate) fn expire_key(id: KeyId, at: Timestamp) -> UpdateStatement {
    update_valid(id, api_key::ActiveModel { expires_at: Set(Some(micros(at))), ..Default::default() })
}

/// Updates a key that is not revoked. The statement checks that itself, because on PostgreSQL two transactions could
/// read the key at the same time, and only one of them may revoke it.
fn update_valid(id: KeyId, change: api_key::ActiveModel) -> UpdateStatement {
    api_key::Entity::update_many()
        .set(change)
        .filter(api_key::Column::Id.eq(id.uuid()))
        .filter(api_key::Column::RevokedAt.is_null())
        .into_query()
}

fn api_key(row: api_key::Model) -> Result<ApiKey, StoreError> {
    let api_key::Model {
        id,
        name,
        hash: _,
        scopes,
        created_at,
        prefix,
        expires_at,
        last_used_at,
        revoked_at,
        created_by,
    } = row;
    Ok(ApiKey {
        id: KeyId::from_uuid(id),
        name,
        scopes: parsed(
            scopes.split_whitespace().map(str::parse).collect::<Result<_, domain::UnknownScope>>(),
        )?,
        prefix,
        created_at: instant(created_at)?,
        created_by,
        expires_at: expires_at.map(instant).transpose()?,
        last_used_at: last_used_at.map(instant).transpose()?,
        revoked_at: revoked_at.map(instant).transpose()?,
    })
}
