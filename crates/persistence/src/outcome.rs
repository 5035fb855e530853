//! What became of a write whose commit broke off: the database may have kept it, and nobody heard.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, QuerySelect, Statement};
use tokio::time::{Instant, sleep, timeout_at};

use crate::entity::audit;
use crate::error::broke_off;
use crate::{Database, Store, StoreError};

/// How long it is looked for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it is waited between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How many entries of the audit log are looked through, the newest first. A write of the last seconds is among them.
const RECENT: u64 = 10_000;

/// What a write is known by, so that its outcome can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOrigin {
    /// The id of the request that it is for, if it is for one. Clients choose it, and may choose the same again.
    pub request_id: Option<String>,
    /// A random number, which no other write has.
    pub write: i64,
}

/// Why a commit has failed.
#[derive(Debug)]
pub(crate) struct CommitError {
    pub(crate) cause: StoreError,
    /// Whether the database may have kept the write all the same.
    pub(crate) is_open: bool,
}

impl CommitError {
    /// Nothing was kept.
    pub(crate) fn refused(cause: StoreError) -> Self {
        Self { cause, is_open: false }
    }
}

impl From<DbErr> for CommitError {
    fn from(error: DbErr) -> Self {
        Self { is_open: broke_off(&error), cause: error.into() }
    }
}

impl Store {
    /// Finds out whether a write was kept whose commit has failed. If it was, its edition is known by then.
    ///
    /// # Errors
    /// What the commit has failed with, when nothing was kept; [`StoreError::OutcomeUnknown`], when that cannot be told
    /// in time.
    pub(crate) async fn settle(&self, origin: &WriteOrigin, error: CommitError) -> Result<(), StoreError> {
        let CommitError { cause, is_open } = error;
        if !is_open {
            return Err(cause);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.was_kept(origin)).await {
                Ok(Ok(true)) => {
                    log::warn!("a commit broke off, and the write was kept: {cause}");
                    return Ok(());
                }
                Ok(Ok(false)) => return Err(cause),
                Ok(Err(error)) => log::debug!("what became of a write cannot be looked up yet: {error}"),
                Err(_) => {}
            }
            if Instant::now() + PAUSE >= deadline {
                // Without the request, which has a line of its own with the code, so that this one is not another each
                // time.
                log::warn!("nobody knows whether a write was kept: {cause}");
                return Err(StoreError::OutcomeUnknown { request_id: origin.request_id.clone() });
            }
            sleep(PAUSE).await;
        }
    }

    /// Whether the audit log tells of a write, once nobody can add it any more.
    async fn was_kept(&self, origin: &WriteOrigin) -> Result<bool, StoreError> {
        let tx = self.begin_unchecked().await?;
        if self.database() == Database::Postgres {
            // Waits for a commit that is still under way on the server.
            tx.execute_unprepared("SET LOCAL lock_timeout = '1500ms'; LOCK TABLE audit IN SHARE MODE")
                .await?;
        }
        let recent: Vec<Option<i64>> = audit::Entity::find()
            .select_only()
            .column(audit::Column::WriteId)
            .order_by_desc(audit::Column::Id)
            .limit(RECENT)
            .into_tuple()
            .all(&tx)
            .await?;
        let kept = recent.contains(&Some(origin.write));
        if self.database() == Database::Sqlite {
            overwrite_log(&tx).await?;
        }
        tx.commit().await.map_err(|error| error.cause)?;
        if kept {
            self.refresh().await?;
        }
        Ok(kept)
    }
}

/// Writes a page of an SQLite file as it is. A write that could not be made to last may stand, whole, in the write-ahead
/// log behind what counts; a process that starts after a crash would take it for committed. Whatever is written next
/// takes its place there.
async fn overwrite_log(tx: &crate::Transaction) -> Result<(), StoreError> {
    let query = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
    let row = tx.query_one_raw(query).await?;
    let version: i32 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    tx.execute_unprepared(&format!("PRAGMA user_version = {version}")).await?;
    Ok(())
}
