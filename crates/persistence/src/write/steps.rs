//! Writes in several steps.

use domain::{Edition, EditionId};
use sea_orm::ConnectionTrait;

use super::attempt::all_changes;
use super::batch::Batch;
use super::write_set::WriteSet;
use super::{Attempt, statements};
use crate::{Snapshot, Store, StoreError, Transaction};

/// A write in several steps: later ones read what earlier ones have written. It is one transaction.
#[derive(Debug)]
pub struct Steps(Attempt);

impl Steps {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self(attempt)
    }

    /// Steps that are never kept.
    pub(crate) fn of_trial(store: &Store, tx: Transaction, counter: (EditionId, EditionId)) -> Self {
        Self(Attempt::of_trial(store, tx, counter))
    }

    /// Takes a step: writes this, and later steps read it. If the public sees a part of it, it names the edition that
    /// will show everything.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn apply(&mut self, writes: WriteSet) -> Result<(), StoreError> {
        let Self(attempt) = self;
        attempt.changes = all_changes(std::mem::take(&mut attempt.changes), &writes);
        let mut batch = Batch::new(attempt.connection.get_database_backend());
        statements::add_all(writes, &attempt.origin, &mut attempt.seen, &mut batch)?;
        Ok(batch.run(&attempt.connection).await?)
    }

    /// Commits everything, in this edition if any step has changed what the public sees. Tells whether one has.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn commit(self, edition: Edition, actor: &str) -> Result<bool, StoreError> {
        let has_changed = !self.0.changes.is_empty();
        self.0.keep(WriteSet::in_edition(edition, actor)).await?;
        Ok(has_changed)
    }

    /// What the public would see if this were kept in this edition. Dropping the answer undoes it, so that the edition
    /// need not be written at all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn try_out(self, edition: Edition) -> Result<Snapshot, StoreError> {
        let next = (!self.0.changes.is_empty()).then_some(edition);
        Snapshot::of_trial(self.0.into_transaction()?, next).await
    }
}

impl std::ops::Deref for Steps {
    type Target = Attempt;

    fn deref(&self) -> &Attempt {
        &self.0
    }
}

impl std::ops::DerefMut for Steps {
    fn deref_mut(&mut self) -> &mut Attempt {
        &mut self.0
    }
}
