//! What an API key allows.

use std::fmt;
use std::str::FromStr;

/// A thing that an API key may do. Reading what is published needs no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `content:write`: create and edit working copies; changes nothing that the public sees.
    ContentWrite,
    /// `content:publish`: everything that changes what the public sees.
    ContentPublish,
    /// `content:read-drafts`: reads articles in every state at the desk.
    ReadDrafts,
    /// `admin`: keys, people, the audit log.
    Admin,
}

/// A name that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a scope: there are `content:write`, `content:publish`, `content:read-drafts` and `admin`"
)]
pub struct UnknownScope(String);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::ContentWrite, Self::ContentPublish, Self::ReadDrafts, Self::Admin];

    /// Its name, as the command line and the error messages write it.
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
