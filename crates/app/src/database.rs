//! What a node knows about its database.

use std::time::Duration;

use domain::{Change, Edition, EditionNumber};
use persistence::{PoolUsage, Schema};

use crate::{App, StoreError};

impl App {
    /// Whether a later version of the program has migrated the database. Then this node reads and does not write.
    #[must_use]
    pub fn has_newer_database(&self) -> bool {
        self.store().is_newer()
    }

    /// Compares the schema of the database with the one that this program needs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        self.store().schema().await
    }

    /// Whether the database did not answer when this node last asked it.
    #[must_use]
    pub fn is_database_away(&self) -> bool {
        self.store().availability().is_away()
    }

    /// Checks that the file of an SQLite database is still in its place.
    ///
    /// # Errors
    /// [`StoreError::FileLost`] once the file has been found missing or replaced.
    pub fn check_database_file(&self) -> Result<(), StoreError> {
        self.store().check_file()
    }

    /// Returns how long ago the database last confirmed the latest edition.
    #[must_use]
    pub fn unconfirmed_for(&self) -> Duration {
        self.store().editions().unconfirmed_for()
    }

    /// Returns the time since the database last confirmed the latest edition, when it exceeds
    /// [`Settings::max_staleness`](crate::Settings::max_staleness).
    #[must_use]
    pub fn stale(&self) -> Option<Duration> {
        let unconfirmed = self.unconfirmed_for();
        (unconfirmed > self.settings().max_staleness).then_some(unconfirmed)
    }

    /// Returns the latest edition of the replica, if there is a replica; -1 while it does not answer.
    #[must_use]
    pub fn replica_edition(&self) -> Option<EditionNumber> {
        self.store().replica_edition()
    }

    /// Returns the use of each connection pool, by name.
    #[must_use]
    pub fn pool_usage(&self) -> Vec<(&'static str, PoolUsage)> {
        self.store().usage()
    }

    /// Returns the changes of an edition that this node has just made.
    ///
    /// # Errors
    /// When the database does not answer, or no longer holds the edition.
    pub async fn changes_of(&self, edition: &Edition) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        self.store().changes_up_to(edition.id(), &[edition.number]).await
    }
}
