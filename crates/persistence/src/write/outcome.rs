//! The outcome of a commit whose connection broke off. The write may be committed anyway.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, QuerySelect, Statement};
use tokio::time::{Instant, sleep, timeout_at};

use crate::entity::audit;
use crate::error::has_unknown_outcome;
use crate::{Database, Person, Store, StoreError};

/// How long the outcome is looked up.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause between two look-ups.
const LOOKUP_PAUSE: Duration = Duration::from_millis(50);
/// The number of entries of the audit log that are searched, the newest first. They contain the writes of the last
/// seconds.
const RECENT: u64 = 10_000;

/// The identity of a write, by which its outcome can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOrigin {
    /// The id of the request, if there is one. Clients choose it, and may use the same id several times.
    pub request_id: Option<String>,
    /// A random number that identifies the write.
    pub write: i64,
    /// The person who writes, if they have a name. The write stores it.
    pub person: Option<Person>,
}

/// Why a commit has failed.
#[derive(Debug)]
pub(crate) struct CommitError {
    pub(crate) cause: StoreError,
    /// Whether the write may be committed anyway.
    pub(crate) is_uncertain: bool,
}

impl CommitError {
    /// The error of a commit after which nothing is committed.
    pub(crate) fn not_committed(cause: StoreError) -> Self {
        Self { cause, is_uncertain: false }
    }
}

impl From<DbErr> for CommitError {
    fn from(error: DbErr) -> Self {
        Self { is_uncertain: has_unknown_outcome(&error), cause: error.into() }
    }
}

impl Store {
    /// Finds out whether a write is committed although its commit has failed. If it is, this node knows its edition
    /// afterwards. If it is not, this returns the error of the commit. If the outcome cannot be found out in time,
    /// this returns [`StoreError::OutcomeUnknown`].
    pub(crate) async fn resolve_outcome(
        &self,
        origin: &WriteOrigin,
        error: CommitError,
    ) -> Result<(), StoreError> {
        let CommitError { cause, is_uncertain } = error;
        if !is_uncertain {
            return Err(cause);
        }
        let deadline = Instant::now() + LOOKUP_TIMEOUT;
        loop {
            match timeout_at(deadline, self.is_committed(origin)).await {
                Ok(Ok(true)) => {
                    log::warn!("a commit broke off, but the write is committed: {cause}");
                    return Ok(());
                }
                Ok(Ok(false)) => return Err(cause),
                Ok(Err(error)) => log::debug!("the outcome of a write cannot be looked up yet: {error}"),
                Err(_) => {}
            }
            if Instant::now() + LOOKUP_PAUSE >= deadline {
                // The request has its own line in the log. This line has no request id, so that the log can omit
                // repeats.
                log::warn!("it is unknown whether a write is committed: {cause}");
                return Err(StoreError::OutcomeUnknown { request_id: origin.request_id.clone() });
            }
            sleep(LOOKUP_PAUSE).await;
        }
    }

    /// Whether the audit log has an entry of a write. The look-up waits for running commits.
    async fn is_committed(&self, origin: &WriteOrigin) -> Result<bool, StoreError> {
        let tx = self.begin_without_schema_check().await?;
        if self.database() == Database::Postgres {
            // The server may still be committing the write.
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
        let is_committed = recent.contains(&Some(origin.write));
        if self.database() == Database::Sqlite {
            overwrite_log(&tx).await?;
        }
        tx.commit().await.map_err(|error| error.cause)?;
        if is_committed {
            self.refresh().await?;
        }
        Ok(is_committed)
    }
}

/// Writes an unchanged page of an SQLite file. A write whose commit has failed may be complete in the write-ahead log
/// after the last valid frame. A process that starts after a crash would regard it as committed. The next write
/// overwrites it there.
async fn overwrite_log(tx: &crate::Transaction) -> Result<(), StoreError> {
    let query = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
    let row = tx.query_one_raw(query).await?;
    let version: i32 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    tx.execute_unprepared(&format!("PRAGMA user_version = {version}")).await?;
    Ok(())
}
