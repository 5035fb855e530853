//! Applies deadlines: scheduled publications, ends of publications, overdue editorial reviews.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use persistence::{NextDue, StatementPool};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::{App, StoreError, WriteError, env};

/// How often a node looks for deadlines that other nodes have set. A deadline must be applied within a second.
const POLL: Duration = Duration::from_millis(400);
/// How long a node waits when the database does not answer.
const RETRY: Duration = Duration::from_millis(250);
/// How long a node waits after another failure.
const PAUSE: Duration = Duration::from_secs(1);
/// How often old idempotency keys are removed.
const REMOVAL: Duration = Duration::from_secs(60 * 60);
/// The maximum number of due articles that one query returns.
const BATCH: u64 = 200;
/// How long after its end a publication may still be shown. Nodes look every [`POLL`], and a withdrawal takes a moment.
const GRACE: Duration = Duration::from_secs(1);

/// What this node knows about deadlines.
#[derive(Debug)]
pub(crate) struct Deadlines {
    /// The first deadline that has not been applied.
    next: Mutex<Option<Timestamp>>,
    /// Until when the current publications may be shown, in microseconds since 1970. It is atomic because every
    /// request reads it.
    shown_until: AtomicI64,
    /// Whether an article has ended and could not be withdrawn.
    has_late_ends: AtomicBool,
    /// Notified when this node has set or removed a deadline.
    wake: Notify,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            next: Mutex::default(),
            shown_until: AtomicI64::new(i64::MAX),
            has_late_ends: AtomicBool::default(),
            wake: Notify::default(),
        }
    }
}

impl Deadlines {
    /// Wakes the worker, because a deadline was set or removed.
    pub(crate) fn changed(&self) {
        self.wake.notify_one();
    }

    /// Whether a publication may have ended without being withdrawn: withdrawing failed, or the database does not
    /// answer.
    pub(crate) fn ends_are_late(&self) -> bool {
        let until = self.shown_until.load(Ordering::Relaxed);
        let has_passed = until != i64::MAX && until < env::now().as_microsecond();
        has_passed || self.has_late_ends.load(Ordering::Relaxed)
    }

    fn set_next(&self, next: NextDue) {
        let NextDue { any, end } = next;
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = any;
        let until = end.and_then(|end| end.checked_add(GRACE).ok());
        let until = until.map_or(i64::MAX, Timestamp::as_microsecond);
        self.shown_until.store(until, Ordering::Relaxed);
    }

    fn set_late_ends(&self, are_late: bool) {
        let were_late = self.has_late_ends.swap(are_late, Ordering::Relaxed);
        match (were_late, are_late) {
            (false, true) => {
                tracing::error!(
                    "articles whose publication has ended cannot be withdrawn: every answer leaves them out until they can"
                );
            }
            (true, false) => tracing::info!("articles whose publication had ended were withdrawn"),
            _ => {}
        }
    }
}

impl App {
    /// Returns how late the first deadline is that has passed and was not applied.
    #[must_use]
    pub fn overdue_for(&self) -> Option<Duration> {
        let next = *self.deadlines().next.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::try_from(env::now().duration_since(next?)).ok()
    }

    /// Applies the deadlines that passed while no node ran. A failure is logged, because [`App::apply_deadlines`] tries
    /// again, and answers leave out what has ended until then.
    pub(super) async fn apply_due_at_start(&self) {
        match self.apply_due().await {
            Ok(0) => {}
            Ok(applied) => tracing::info!(applied, "applied what became due while no node ran"),
            // This was logged already, and a node of the later version applies the deadlines.
            Err(StoreError::UpgradeRequired(_)) => {}
            Err(error) => tracing::error!(%error, "what became due while no node ran cannot be applied yet"),
        }
    }

    /// Applies each deadline when it is due. Also removes old idempotency keys every hour.
    pub(super) async fn apply_deadlines(&self) {
        let mut removal = env::now();
        loop {
            if removal <= env::now() {
                removal = env::now() + REMOVAL;
                match self.remove_old_idempotency_keys().await {
                    // A node of the later version removes them.
                    Ok(()) | Err(StoreError::UpgradeRequired(_)) => {}
                    Err(error) => {
                        tracing::warn!(%error, "old idempotency keys cannot be removed; trying again in an hour");
                    }
                }
            }
            let wait = match self.until_next().await {
                Ok(wait) => wait,
                // This was logged when it was noticed.
                Err(StoreError::UpgradeRequired(_)) => RETRY,
                Err(error @ StoreError::Unavailable(_)) => {
                    // The log has a line about the database already.
                    tracing::debug!(%error, "the next deadline cannot be read; trying again");
                    RETRY
                }
                Err(error) => {
                    tracing::warn!(%error, "the next deadline cannot be read; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = self.deadlines().wake.notified() => {}
            }
        }
    }

    /// Applies what is due, and returns how long to wait until the next deadline.
    async fn until_next(&self) -> Result<Duration, StoreError> {
        let next = self.store().articles().next_due(self.settings().overdue).await?;
        self.deadlines().set_next(next);
        let Some(next) = next.any else { return Ok(POLL) };
        let left = Duration::try_from(next.duration_since(env::now())).unwrap_or_default();
        if left.is_zero() && self.apply_due().await? > 0 {
            return Ok(Duration::ZERO);
        }
        // A deadline that could not be applied is still due. Wait all the same, to avoid a busy loop.
        Ok(if left.is_zero() { POLL } else { left.min(POLL) })
    }

    /// Applies everything that is due, and returns the number of steps. Fails on a node that is older than its database:
    /// the nodes of the later version apply it.
    async fn apply_due(&self) -> Result<usize, StoreError> {
        let applied = self.try_to_apply_due().await;
        match &applied {
            Ok(_) => self.deadlines().set_late_ends(false),
            Err(_) => {
                // If this read fails too, no answer can be made from the database, and cached ones stay in use.
                let ends = self.ends();
                let read = |pool: StatementPool| async move { pool.publications().ended(ends).await };
                if let Ok(ended) = self.store().read_latest(read).await {
                    self.deadlines().set_late_ends(!ended.is_empty());
                }
            }
        }
        applied
    }

    async fn try_to_apply_due(&self) -> Result<usize, StoreError> {
        let mut applied = 0;
        loop {
            let overdue = self.settings().overdue;
            let due = self.store().articles().due(env::now(), overdue, BATCH).await?;
            let before = applied;
            for id in due {
                match self.apply_due_to(id).await {
                    Ok(true) => applied += 1,
                    Ok(false) => {}
                    Err(WriteError::Store(error)) => return Err(error),
                    Err(error) => self.cancel_failed_schedule(id, &error).await?,
                }
            }
            if applied == before {
                return Ok(applied);
            }
        }
    }
}
