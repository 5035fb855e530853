//! The scopes of API keys.

use std::fmt;
use std::str::FromStr;

/// A permission that an API key can have. Reading published content needs no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `content:write`: creates and edits working copies. It changes nothing that the public sees.
    ContentWrite,
    /// `content:publish`: does everything that changes what the public sees.
    ContentPublish,
    /// `content:read-drafts`: reads articles in every state at the desk.
    ReadDrafts,
    /// `admin`: manages keys and authors, and reads the audit log.
    Admin,
}

/// The text is not the name of a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope: use `content:write`, `content:publish`, `content:read-drafts` or `admin`")]
pub struct UnknownScope(String);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::ContentWrite, Self::ContentPublish, Self::ReadDrafts, Self::Admin];

    /// Returns the name of the scope, for example `content:write`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContentWrite => "content:write",
            Self::ContentPublish => "content:publish",
            Self::ReadDrafts => "content:read-drafts",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}
