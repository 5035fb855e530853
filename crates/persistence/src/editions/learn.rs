//! How a node learns about editions: from its own writes, from the database, and from announcements.

use domain::{Change, Edition, EditionId, EditionMark, EditionNumber};
use sea_orm::Condition;
use sea_orm::sqlx::{self, postgres::PgListener, postgres::PgPoolOptions};
use tokio::time::{Duration, Instant};

use super::known::Learned;
use super::{Announcements, CHANNEL, Head, Observation, Successor, rows};
use crate::error::no_connection;
use crate::postgres::SettingsScope;
use crate::store::Backend;
use crate::{Store, StoreError};

/// How often [`Store::refresh`] reads again, because the node has learned about another edition meanwhile.
const REFRESH_RETRIES: usize = 3;
/// How long it may take to subscribe to announcements.
const LISTEN_TIMEOUT: Duration = Duration::from_millis(1500);

impl Store {
    /// Reads the latest edition from the database.
    pub async fn refresh(&self) -> Result<Head, StoreError> {
        let mut observation = rows::observe(self.readers(), self.latest_known()).await?;
        for _ in 0..REFRESH_RETRIES {
            if self.learn(&observation) {
                break;
            }
            // The node has learned about another edition meanwhile. Whether the database has that one is not known yet.
            observation = rows::observe(self.readers(), self.latest_known()).await?;
        }
        Ok(observation.head)
    }

    /// The mark of the edition with this number, or `None` if there is no such edition. The mark of edition 0 is
    /// unknown in a database that had editions before there were marks.
    pub async fn mark_of(&self, number: EditionNumber) -> Result<Option<EditionMark>, StoreError> {
        if number == 0 {
            return rows::empty_mark(self.readers()).await;
        }
        let times = self.editions().times_replaced();
        let found = rows::find(self.readers(), &[number], Condition::all()).await?;
        let id = found.first().map(Edition::id);
        if let Some(id) = id {
            self.editions().remember(id, times);
        }
        Ok(id.map(|id| id.mark))
    }

    /// The editions with these numbers, in no particular order. The caller has seen edition `seen`, which is not before
    /// them. Returns [`StoreError::EditionChanged`] if the database does not have that edition any more.
    pub async fn editions_up_to(
        &self,
        seen: EditionId,
        numbers: &[EditionNumber],
    ) -> Result<Vec<Edition>, StoreError> {
        let found = rows::find(self.readers(), numbers, rows::exists_condition(seen)).await?;
        let is_complete = numbers.iter().all(|number| found.iter().any(|edition| edition.number == *number));
        if is_complete { Ok(found) } else { Err(StoreError::EditionChanged) }
    }

    /// The changes of the editions with these numbers, in order. Changes are immutable, so no snapshot is needed. But
    /// after a restore the same numbers may belong to other editions. Therefore this returns
    /// [`StoreError::EditionChanged`] if the database does not have edition `seen` any more.
    pub async fn changes_up_to(
        &self,
        seen: EditionId,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, Change)>, StoreError> {
        let found = rows::find_changes(self.readers(), numbers, rows::exists_condition(seen)).await?;
        // Every edition except 0 has changed something.
        let is_found = |number: &EditionNumber| found.iter().any(|(of, _)| of == number);
        let is_complete = numbers.iter().all(|number| *number == 0 || is_found(number));
        if is_complete { Ok(found) } else { Err(StoreError::EditionChanged) }
    }

    /// The number of changes of each of the editions with these numbers, in no particular order. The caller has seen
    /// edition `seen`, which is not before them. Returns [`StoreError::EditionChanged`] if the database does not have that
    /// edition any more.
    pub async fn change_counts_up_to(
        &self,
        seen: EditionId,
        numbers: &[EditionNumber],
    ) -> Result<Vec<(EditionNumber, u64)>, StoreError> {
        let found = rows::count_changes(self.readers(), numbers, rows::exists_condition(seen)).await?;
        if found.len() == numbers.len() { Ok(found) } else { Err(StoreError::EditionChanged) }
    }

    /// Subscribes to the editions of other nodes. Returns `None` if the database cannot announce them.
    pub async fn announcements(&self) -> Result<Option<Announcements>, StoreError> {
        let Backend::Postgres { pool } = self.backend() else { return Ok(None) };
        if pool.connector().settings_scope() == SettingsScope::Transaction {
            return Ok(None);
        }
        let listen = async {
            // A listener of sqlx can only connect through a pool of sqlx.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(LISTEN_TIMEOUT)
                .connect_lazy_with(pool.connector().unlimited());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            Ok(Announcements(listener))
        };
        match self.availability().unless_away(Instant::now() + LISTEN_TIMEOUT, listen).await {
            Ok(listening) => {
                listening.map(Some).map_err(|error: sqlx::Error| StoreError::Unavailable(error.to_string()))
            }
            Err(why) => Err(no_connection(why).into()),
        }
    }

    /// Learns about an announced edition. If it is not the next one after the latest that this node knows, the node has
    /// missed others or the history has changed, and this reads the latest edition from the database.
    pub async fn learn_announced(&self, announced: &Successor) -> Result<(), StoreError> {
        if !self.editions().add_successor(announced) {
            self.refresh().await?;
        }
        Ok(())
    }

    /// Finds out which edition the replica has reached, if there is a replica.
    pub async fn refresh_replica(&self) {
        let Some(replica) = self.replica() else { return };
        let observation = rows::observe(&replica.connection, self.latest_known()).await;
        if let Err(error) = &observation {
            log::debug!("the replica of the database does not answer: {error}");
        }
        let answers = observation.is_ok();
        if replica.note(observation.ok()) {
            if answers {
                log::info!("the replica of the database answers: public reads use it");
            } else {
                log::warn!("the replica of the database does not answer: public reads use the primary");
            }
        }
    }

    /// Whether there is a replica that does not have the latest edition that this node knows.
    #[must_use]
    pub fn replica_lags(&self) -> bool {
        self.replica().is_some_and(|replica| !replica.has(self.latest_known()))
    }

    /// The number of the latest edition on the replica; -1 while the replica does not answer, and `None` if there is
    /// none.
    #[must_use]
    pub fn replica_edition(&self) -> Option<EditionNumber> {
        self.replica().map(|replica| replica.latest_number())
    }

    /// Learns about an edition that this node has made.
    pub(crate) async fn learn_own(&self, made: &Successor) {
        if !self.editions().add_successor(made)
            && let Err(error) = self.refresh().await
        {
            // The write is committed anyway. The task that follows the editions reads the latest one again.
            log::debug!("the latest edition cannot be read: {error}");
            self.editions().request_poll();
        }
    }

    /// Learns from an observation. Returns whether the observation is still up to date.
    pub(crate) fn learn(&self, observation: &Observation) -> bool {
        match self.editions().learn(observation) {
            Learned::Known => true,
            Learned::Outdated => false,
            Learned::Replaced(known) => {
                log::warn!(
                    "the database does not have edition {known}, which this node knew: it was restored or replaced, or \
                     failed over to a replica that lagged; this node drops its caches, and the latest edition is {}",
                    observation.head.edition.id()
                );
                true
            }
        }
    }

    /// The latest edition that this node knows.
    pub(crate) fn latest_known(&self) -> EditionId {
        self.editions().latest().edition.id()
    }
}
