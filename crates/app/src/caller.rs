//! Callers: who sends a request, and what they may do.

use domain::Scope;
use persistence::{Person, WriteOrigin};

use crate::env;

/// Who sends a request, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name in the audit log and on revisions: the id of an API key, `oidc:` followed by the subject of a token, or
    /// `cli`.
    pub actor: String,
    /// The name in logs: the name of the key, or again `oidc:` followed by the subject of a token.
    pub name: String,
    /// The name of the person, if a token says it. Only the desk shows it.
    pub person: Option<String>,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// The id of the HTTP request, if there is one.
    pub request_id: Option<String>,
}

/// The caller lacks a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the scope `{0}`, which the key or token does not have")]
pub struct Forbidden(pub Scope);

impl Caller {
    /// Returns the caller on the command line. They have every scope, because they have the URL of the database.
    #[must_use]
    pub fn operator() -> Self {
        let name = "cli".to_owned();
        Self { actor: name.clone(), name, person: None, scopes: Scope::ALL.to_vec(), request_id: None }
    }

    /// Makes the origin of one write by this caller.
    pub(crate) fn origin(&self) -> WriteOrigin {
        let person = self.person.clone().map(|name| Person { actor: self.actor.clone(), name });
        WriteOrigin { request_id: self.request_id.clone(), person, ..origin() }
    }

    /// Checks that the caller has a scope.
    ///
    /// # Errors
    /// [`Forbidden`] when they do not have it.
    pub fn require(&self, scope: Scope) -> Result<(), Forbidden> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Forbidden(scope)) }
    }
}

/// Makes the origin of one write that no request caused.
pub(crate) fn origin() -> WriteOrigin {
    WriteOrigin { request_id: None, write: i64::from_le_bytes(env::random()), person: None }
}
