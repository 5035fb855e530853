//! API keys. The secret itself is never kept, only its hash.

use domain::{Id, KeyId, Scope, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::StoreError;
use crate::convert::{instant, micros, parsed};
use crate::entity::api_key;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// API keys.
#[derive(Debug)]
pub struct Keys<'a, C: ConnectionTrait>(pub(crate) &'a C);

impl<C: ConnectionTrait> Keys<'_, C> {
    /// The key whose secret has this hash (SHA-256).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_by_hash(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        let query = api_key::Entity::find().filter(api_key::Column::Hash.eq(hash.to_vec()));
        query.one(self.0).await?.map(api_key).transpose()
    }

    /// How many keys there are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self) -> Result<u64, StoreError> {
        Ok(api_key::Entity::find().count(self.0).await?)
    }

    /// Keeps a new key, by the hash of its secret.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, key: &ApiKey, hash: &[u8; 32]) -> Result<(), StoreError> {
        let ApiKey { id, name, scopes, created_at } = key;
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        api_key::Entity::insert(api_key::ActiveModel {
            id: Set(id.uuid()),
            name: Set(name.clone()),
            hash: Set(hash.to_vec()),
            scopes: Set(scopes.join(" ")),
            created_at: Set(micros(*created_at)),
        })
        .exec_without_returning(self.0)
        .await?;
        Ok(())
    }
}

fn api_key(row: api_key::Model) -> Result<ApiKey, StoreError> {
    let api_key::Model { id, name, hash: _, scopes, created_at } = row;
    Ok(ApiKey {
        id: KeyId::from_uuid(id),
        name,
        scopes: parsed(
            scopes.split_whitespace().map(str::parse).collect::<Result<_, domain::UnknownScope>>(),
        )?,
        created_at: instant(created_at)?,
    })
}
