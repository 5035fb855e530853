//! Reads of the latest edition without a transaction, from the replica or the primary.

use domain::EditionId;

use super::Store;
use crate::connection::Replica;
use crate::{StatementPool, StoreError};

impl Store {
    /// Reads publications without a transaction: from the replica, if it has the latest edition that this node knows,
    /// and from the primary otherwise. If the replica does not answer, this reads again from the primary.
    ///
    /// Several such reads may see different editions. [`Store::is_latest`] tells whether all of them saw the same one.
    pub async fn read_latest<T, F>(&self, read: impl Fn(StatementPool) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        if let Some(replica) = self.usable_replica() {
            match read(replica.connection.clone()).await {
                Err(StoreError::Unavailable(cause)) => self.note_lost_replica(replica, &cause),
                done => return done,
            }
        }
        read(self.readers.clone()).await
    }

    /// Whether this edition, which was the latest one, still is. Then it was the latest one all the time in between.
    pub async fn is_latest(&self, id: EditionId) -> Result<bool, StoreError> {
        Ok(self.refresh().await?.edition.id() == id)
    }

    /// The replica, if there is one that has the latest edition that this node knows.
    pub(super) fn usable_replica(&self) -> Option<&Replica> {
        self.replica().filter(|replica| replica.has(self.latest_known()))
    }

    /// Stops using the replica until it answers again.
    pub(super) fn note_lost_replica(&self, replica: &Replica, cause: &str) {
        if replica.note(None) {
            log::warn!("the replica of the database does not answer, public reads use the primary: {cause}");
        }
    }
}
