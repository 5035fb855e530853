//! Writes of several steps.

use domain::{Edition, EditionId};
use sea_orm::ConnectionTrait;

use super::attempt::all_changes;
use super::batch::Batch;
use super::write_set::WriteSet;
use super::{Attempt, statements};
use crate::{Snapshot, Store, StoreError, Transaction};

/// A write of several steps in one transaction. Later steps can read what earlier ones have written.
#[derive(Debug)]
pub struct Steps(Attempt);

impl Steps {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self(attempt)
    }

    /// The steps of a dry run.
    pub(crate) fn of_dry_run(store: &Store, tx: Transaction, counter: (EditionId, EditionId)) -> Self {
        Self(Attempt::of_dry_run(store, tx, counter))
    }

    /// Writes one step. If it changes what the public sees, its write set must name the edition of the whole write.
    pub async fn apply(&mut self, writes: WriteSet) -> Result<(), StoreError> {
        let Self(attempt) = self;
        attempt.changes = all_changes(std::mem::take(&mut attempt.changes), &writes);
        let mut batch = Batch::new(attempt.connection.get_database_backend());
        statements::add_all(writes, &attempt.origin, &mut attempt.seen, &mut batch)?;
        Ok(batch.run(&attempt.connection).await?)
    }

    /// Commits all steps. If they have changed what the public sees, they make this edition. Returns whether they have.
    pub async fn commit(self, edition: Edition, actor: &str) -> Result<bool, StoreError> {
        let has_changed = !self.0.changes.is_empty();
        self.0.commit_writes(WriteSet::in_edition(edition, actor)).await?;
        Ok(has_changed)
    }

    /// A snapshot of what the public would see in this edition. Dropping it rolls back, so the edition is not written.
    pub async fn into_snapshot(self, edition: Edition) -> Result<Snapshot, StoreError> {
        let next = (!self.0.changes.is_empty()).then_some(edition);
        Snapshot::of_transaction(self.0.into_transaction()?, next).await
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
