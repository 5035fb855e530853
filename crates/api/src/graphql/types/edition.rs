//! Editions.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::EditionNumber;

use crate::delivery::names_of;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app};
use crate::graphql::execution::read_together::Together;
use crate::graphql::types::scalar::DateTime;

/// An edition that is at hand, or one of which only the number is, and the rest is looked up when it is asked
/// for.
pub(crate) enum Edition {
    /// The one that a write made.
    Made(domain::Edition),
    /// The one that the answer belongs to.
    Read(Arc<Reader>),
    /// The one that made an article public.
    Numbered(EditionNumber, Arc<Together>),
}

/// A state of everything that the public can see. Each change to it makes the next one; whoever has
/// seen edition N has seen every change up to N. Number and mark together identify it.
#[Object]
impl Edition {
    /// Its number: dense, from 1. 0 is the empty publication before the first edition.
    async fn number(&self) -> EditionNumber {
        match self {
            Self::Made(edition) => edition.number,
            Self::Read(reader) => reader.view.edition().number,
            Self::Numbered(number, _) => *number,
        }
    }

    /// Its mark: 13 random letters and digits. When the database is restored from a backup, or fails over to
    /// a copy that lagged, numbers count again, and marks differ.
    async fn mark(&self) -> Result<String, ApiError> {
        Ok(self.whole().await?.mark.to_string())
    }

    /// When it was made.
    async fn at(&self) -> Result<DateTime, ApiError> {
        Ok(self.whole().await?.at.into())
    }

    /// What shared caches must let go of when this edition appears: those of the names in `Cache-Tag` and
    /// `Surrogate-Key` whose answers may be other ones now.
    async fn cache_tags(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        let changes = match self {
            Self::Made(edition) => app(ctx).changes_of(edition).await?,
            Self::Read(reader) => reader.view.changes(&[reader.view.edition().number]).await?,
            Self::Numbered(number, together) => {
                let changes = together.changes(*number).await?;
                changes.iter().map(|change| (*number, *change)).collect()
            }
        };
        Ok(names_of(&changes.into_iter().map(|(_, change)| change.subject).collect::<Vec<_>>()))
    }
}

impl Edition {
    async fn whole(&self) -> Result<domain::Edition, ApiError> {
        match self {
            Self::Made(edition) => Ok(*edition),
            Self::Read(reader) => Ok(reader.view.edition()),
            Self::Numbered(number, together) => together.edition(*number).await,
        }
    }
}

impl From<domain::Edition> for Edition {
    fn from(edition: domain::Edition) -> Self {
        Self::Made(edition)
    }
}
