//! Beginning to read or to write.

use std::sync::Arc;

use domain::EditionId;
use sea_orm::sea_query::LockType;
use sea_orm::{DbBackend, EntityTrait, QuerySelect, Statement};
use tokio::sync::OwnedMutexGuard;

use super::{Backend, Database, SettledAudit, Snapshot, Store};
use crate::connection::{TransactionMode, deadline};
use crate::editions::Observation;
use crate::entity::edition_counter;
use crate::write::{self, DryRun, WaitingWriter};
use crate::{Availability, DryRunPermit, StatementPool, Steps, StoreError, Transaction, WriteKind};

impl Store {
    /// Begins a snapshot: all reads through it belong to one edition.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (snapshot, observation) = self.snapshot_on(&self.readers, &self.availability).await?;
        self.learn(&observation);
        Ok(snapshot)
    }

    /// Begins a snapshot for public reads: on the replica, if it has the latest edition that this node knows.
    pub async fn public_snapshot(&self) -> Result<Snapshot, StoreError> {
        if let Some(replica) = self.usable_replica() {
            match self.snapshot_on(&replica.connection, replica.pool.availability()).await {
                Ok((snapshot, observation)) if observation.holds_known => return Ok(snapshot),
                // A replica never goes back, but its address may lead to another replica now.
                Ok(_) => _ = replica.note(None),
                Err(error) => self.note_lost_replica(replica, &error.to_string()),
            }
        }
        self.snapshot().await
    }

    /// Begins a snapshot. If the connection breaks off before anything was read, this is tried once more.
    async fn snapshot_on(
        &self,
        connection: &StatementPool,
        availability: &Availability,
    ) -> Result<(Snapshot, Observation), StoreError> {
        let known = self.latest_known();
        let begin = async || {
            let tx = connection.begin(TransactionMode::Snapshot).await?;
            Snapshot::begin(tx, known).await
        };
        match begin().await {
            Err(StoreError::Unavailable(_)) if !availability.is_away() => begin().await,
            begun => begun,
        }
    }

    /// Waits until no other write of this node makes an edition without locking the edition counter.
    pub(crate) async fn write_turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.write_turn).lock_owned().await
    }

    /// Begins a transaction that writes. If it may change what the public sees, it first locks the edition counter and
    /// returns its content. Such transactions run one after the other.
    pub(crate) async fn begin_attempt(
        &self,
        kind: WriteKind,
    ) -> Result<(Transaction, Option<(EditionId, EditionId)>), StoreError> {
        let is_public = kind == WriteKind::Public;
        // On SQLite a dry run blocks all writers, on PostgreSQL only those that lock the counter.
        let may_wait = is_public || self.database() == Database::Sqlite;
        let _waiting = may_wait.then(|| self.waiting_writer());
        let tx = self.begin_without_schema_check().await?;
        self.ensure_known_schema(&tx).await?;
        let counter = if is_public { Some(self.lock_counter(&tx).await?) } else { None };
        Ok((tx, counter))
    }

    async fn lock_counter(&self, tx: &Transaction) -> Result<(EditionId, EditionId), StoreError> {
        let counter = edition_counter::Entity::find();
        let counter = match self.database() {
            // SQLite has only one writer at a time: this transaction.
            Database::Sqlite => counter,
            Database::Postgres => counter.lock(LockType::Update),
        };
        write::counter_ids(counter.one(tx).await?)
    }

    /// Waits for a permit for a dry run. Few dry runs may run at once. Returns [`StoreError::Preempted`] when this
    /// takes too long.
    pub async fn dry_run_permit(&self) -> Result<DryRunPermit, StoreError> {
        Ok(self.dry_runs.permit().await?)
    }

    /// Begins a dry run: writes that are never committed, and that show how the publication would look.
    /// [`Steps::into_snapshot`] makes a snapshot of it, and dropping the snapshot rolls back. Others do not see the
    /// writes, and readers do not wait for them. A dry run locks the edition counter like a write, and ends as soon as
    /// a write waits for it. Then its reads fail with [`StoreError::Preempted`].
    pub async fn begin_dry_run(&self, permit: DryRunPermit) -> Result<Steps, StoreError> {
        permit.wait_for_writers().await?;
        let tx = deadline::within(permit.time_left(), self.writer.begin(TransactionMode::DryRun)).await?;
        let dry_run = DryRun::new(tx, permit);
        if let Backend::Postgres { pool } = &self.backend {
            // The locks come before the first read, so that the snapshot contains what others published while the dry
            // run waited. As in every transaction that writes, the table of migrations comes before the counter.
            dry_run.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS SHARE MODE").await?;
            dry_run.execute_unprepared("LOCK TABLE edition_counter IN EXCLUSIVE MODE").await?;
            let process = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
            if let Some(process) = dry_run.rows(process).await?.first() {
                dry_run.watch_other_nodes(pool, process.try_get_by_index(0)?);
            }
        }
        let tx = Transaction::from(dry_run);
        self.ensure_known_schema(&tx).await?;
        let counter = self.lock_counter(&tx).await?;
        Ok(Steps::of_dry_run(self, tx, counter))
    }

    /// The audit log without running writes: see [`SettledAudit`].
    pub async fn settled_audit(&self) -> Result<SettledAudit, StoreError> {
        SettledAudit::begin(self.begin_without_schema_check().await?).await
    }

    pub(crate) async fn begin_without_schema_check(&self) -> Result<Transaction, StoreError> {
        self.writer.begin(TransactionMode::Write).await
    }

    /// Notes that a writer waits for dry runs, until the result is dropped.
    pub(crate) fn waiting_writer(&self) -> WaitingWriter {
        self.dry_runs.waiting_writer()
    }
}
