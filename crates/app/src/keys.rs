//! API keys: making and recognising them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Scope, UserError};
use persistence::ApiKey;
use sha2::{Digest, Sha256};

use crate::labels::name_for;
use crate::{App, Caller, StoreError, WriteResult, env};

/// What every key begins with, so that people and scanners know it for a secret.
const PREFIX: &str = "gmk_";

/// A key that has just been made. The secret is shown once and kept nowhere.
#[derive(Clone)]
pub struct NewKey {
    /// The key, without the secret.
    pub key: ApiKey,
    /// The secret that requests carry.
    pub secret: String,
}

impl App {
    /// Makes a key: 256 random bits, of which only the SHA-256 hash is kept.
    ///
    /// # Errors
    /// When the name is blank.
    pub async fn create_key(&self, name: &str, scopes: &[Scope]) -> WriteResult<NewKey> {
        let now = env::now();
        let name =
            name_for(name, "name").map_err(|error| UserError { path: vec!["--name".to_owned()], ..error })?;
        let mut scopes = scopes.to_vec();
        scopes.sort();
        scopes.dedup();
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(env::random::<32>()));
        let key = ApiKey { id: env::new_id(now), name, scopes, created_at: now };
        let tx = self.store().begin().await?;
        tx.keys().insert(&key, &hash(&secret)).await?;
        tx.commit().await?;
        Ok(NewKey { key, secret })
    }

    /// Who carries this secret; nobody, if it is not a key of ours. Looked up by its hash, so that
    /// the time that it takes says nothing about the keys that exist.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Caller>, StoreError> {
        if !secret.starts_with(PREFIX) || secret.len() > 100 {
            return Ok(None);
        }
        let found = self.store().keys().find_by_hash(&hash(secret)).await?;
        Ok(found.map(|key| Caller { actor: key.id.to_string(), scopes: key.scopes }))
    }

    /// Whether there is any key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        Ok(self.store().keys().count().await? > 0)
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
