//! Who asks.

use domain::Scope;
use persistence::WriteOrigin;

use crate::env;

/// Who asks, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What editions and revisions are signed with: the id of the key, `oidc:` and who has the token, or `cli`.
    pub actor: String,
    /// What people call them: the name of the key.
    pub name: String,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// The id of the request that they ask by, if it is one.
    pub request_id: Option<String>,
}

/// Somebody may not do what they asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the scope `{0}`, which the key or token does not have")]
pub struct Forbidden(pub Scope);

impl Caller {
    /// Whoever can start the program with the database's address may do everything.
    #[must_use]
    pub fn operator() -> Self {
        let name = "cli".to_owned();
        Self { actor: name.clone(), name, scopes: Scope::ALL.to_vec(), request_id: None }
    }

    /// What a write of theirs is known by: each has one of its own.
    pub(crate) fn origin(&self) -> WriteOrigin {
        WriteOrigin { request_id: self.request_id.clone(), ..origin() }
    }

    /// Makes sure that they may.
    ///
    /// # Errors
    /// When they may not.
    pub fn require(&self, scope: Scope) -> Result<(), Forbidden> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Forbidden(scope)) }
    }
}

/// What a write is known by that nobody asks for.
pub(crate) fn origin() -> WriteOrigin {
    WriteOrigin { request_id: None, write: i64::from_le_bytes(env::random()) }
}
