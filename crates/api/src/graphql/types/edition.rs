//! Editions.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::EditionNumber;

use crate::delivery::cache_tags_of;
use crate::graphql::error::ApiError;
use crate::graphql::execution::article_batch::ArticleBatch;
use crate::graphql::execution::context::{Reader, app};
use crate::graphql::types::edition_list::ListedEditions;
use crate::graphql::types::scalar::DateTime;

/// An edition. Of some editions only the number is known; the rest is read when it is requested.
pub(crate) enum Edition {
    /// The edition that a write created.
    Made(domain::Edition),
    /// The edition of the answer.
    Read(Arc<Reader>),
    /// The edition in which an article became public.
    Numbered(EditionNumber, Arc<ArticleBatch>),
    /// An edition in a list.
    Listed(domain::Edition, Arc<ListedEditions>),
}

/// A state of everything that the public can see. Each public change creates the next edition. A client that has
/// seen edition N has seen every change up to N. Number and mark together identify an edition.
#[Object]
impl Edition {
    /// The number of the edition. Numbers count from 1 without gaps; 0 is the empty publication before the first
    /// edition.
    async fn number(&self) -> EditionNumber {
        match self {
            Self::Made(edition) | Self::Listed(edition, _) => edition.number,
            Self::Read(reader) => reader.view.edition().number,
            Self::Numbered(number, _) => *number,
        }
    }

    /// The mark of the edition: 13 random letters and digits. After a restore from a backup, or a failover to a
    /// replica that lagged, numbers are used again, but marks differ.
    async fn mark(&self) -> Result<String, ApiError> {
        Ok(self.whole().await?.mark.to_string())
    }

    /// The time at which the edition was created.
    async fn at(&self) -> Result<DateTime, ApiError> {
        Ok(self.whole().await?.at.into())
    }

    /// The cache tags that a shared cache must purge when this edition appears. They are names in the headers
    /// `Cache-Tag` and `Surrogate-Key`.
    async fn cache_tags(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        let changes = match self {
            Self::Listed(edition, listed) => {
                return Ok(cache_tags_of(listed.subjects(edition.number).await?));
            }
            Self::Made(edition) => app(ctx).changes_of(edition).await?,
            Self::Read(reader) => reader.view.changes(&[reader.view.edition().number]).await?,
            Self::Numbered(number, batch) => {
                let changes = batch.changes(*number).await?;
                changes.iter().map(|change| (*number, *change)).collect()
            }
        };
        Ok(cache_tags_of(&changes.into_iter().map(|(_, change)| change.subject).collect::<Vec<_>>()))
    }
}

impl Edition {
    async fn whole(&self) -> Result<domain::Edition, ApiError> {
        match self {
            Self::Made(edition) | Self::Listed(edition, _) => Ok(*edition),
            Self::Read(reader) => Ok(reader.view.edition()),
            Self::Numbered(number, batch) => batch.edition(*number).await,
        }
    }
}

impl From<domain::Edition> for Edition {
    fn from(edition: domain::Edition) -> Self {
        Self::Made(edition)
    }
}
