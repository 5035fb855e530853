//! Editions.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::EditionNumber;

use super::context::app;
use super::error::ApiError;
use super::scalar::DateTime;
use super::together::Together;
use crate::delivery::names_of;

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

    /// What shared caches must let go of when this edition appears: those of the names in `Cache-Tag` and
    /// `Surrogate-Key` whose answers may be other ones now.
    #[graphql(complexity = "20")]
    async fn cache_tags(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        let subjects: Vec<_> = match self {
            Self::Known(edition) => {
                let changes = app(ctx).store().changes(&[edition.number]).await?;
                changes.into_iter().map(|(_, change)| change.subject).collect()
            }
            Self::Numbered(number, together) => {
                together.changes(app(ctx), *number).await?.iter().map(|change| change.subject).collect()
            }
        };
        Ok(names_of(&subjects))
    }
}

impl From<domain::Edition> for Edition {
    fn from(edition: domain::Edition) -> Self {
        Self::Known(edition)
    }
}
