//! A transaction in the turn of those who write, which writes nothing.

use sea_orm::ConnectionTrait;

use crate::{Audit, Database, Store, StoreError, Transaction};

/// A transaction in the turn of those who write.
#[derive(Debug)]
pub struct Tx {
    tx: Transaction,
    store: Store,
}

impl Tx {
    pub(crate) fn new(tx: Transaction, store: Store) -> Self {
        Self { tx, store }
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Audit<'_, Transaction> {
        Audit(&self.tx)
    }

    /// Waits until whoever is adding to the audit log has done so, and has the others wait until this
    /// transaction ends: whatever is added later then has a greater id than all that is read now. On
    /// PostgreSQL ids are given out before commits; on SQLite there is one writer, which is this one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_audit(&self) -> Result<(), StoreError> {
        if self.store.database() == Database::Postgres {
            self.tx.execute_unprepared("LOCK TABLE audit IN SHARE MODE").await?;
        }
        Ok(())
    }
}
