//! Editions.

use std::sync::Arc;

use async_graphql::Object;
use domain::EditionNumber;

use super::error::ApiError;
use super::scalar::DateTime;
use super::together::Together;

/// An edition that is at hand, or one whose instant is looked up when it is asked for.
pub(crate) enum Edition {
    Known(domain::Edition),
    Numbered(EditionNumber, Arc<Together>),
}

/// A state of everything that the public can see. Each change to it makes the next one; whoever has
/// seen edition N has seen every change up to N.
#[Object]
impl Edition {
    /// Its number: dense, from 1. 0 is the empty publication before the first edition.
    async fn number(&self) -> EditionNumber {
        match self {
            Self::Known(edition) => edition.number,
            Self::Numbered(number, _) => *number,
        }
    }

    /// When it was made.
    async fn at(&self) -> Result<DateTime, ApiError> {
        match self {
            Self::Known(edition) => Ok(edition.at.into()),
            Self::Numbered(number, together) => Ok(together.edition_at(*number).await?.into()),
        }
    }
}

impl From<domain::Edition> for Edition {
    fn from(edition: domain::Edition) -> Self {
        Self::Known(edition)
    }
}
