//! The audit log without running writes.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::{Audit, StoreError, Transaction};

/// The audit log in a transaction that no write overlaps. All later entries get greater ids than the entries that it
/// shows, so that a reader who continues after the last id misses nothing. It writes nothing, and works with a newer
/// schema as well.
#[derive(Debug)]
pub struct SettledAudit(Transaction);

impl SettledAudit {
    /// Waits for the writes that are adding entries, and makes later ones wait. PostgreSQL assigns ids before commits.
    /// On SQLite there is only one writer at a time: this transaction.
    pub(super) async fn begin(tx: Transaction) -> Result<Self, StoreError> {
        if tx.get_database_backend() == DbBackend::Postgres {
            tx.execute_unprepared("LOCK TABLE audit IN SHARE MODE").await?;
        }
        Ok(Self(tx))
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Audit<'_, Transaction> {
        Audit(&self.0)
    }
}
