//! Whether a database answers.
//!
//! A server that is stopped or disconnected from the network neither answers nor closes its connections, and none of
//! its own timeouts helps. Therefore [`Availability::watch`] sends it a small statement all the time. All reads and
//! writes that wait for the database end as soon as it is found to be away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The pause between two probes.
const PROBE_PAUSE: Duration = Duration::from_millis(250);
/// How long the database may take to answer a probe.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1200);

/// Whether a database answers. It is assumed to answer until [`Availability::watch`] finds that it does not.
#[derive(Debug)]
pub struct Availability {
    is_away: watch::Sender<bool>,
    /// Starts the next probe at once.
    probe_now: Notify,
    started: Instant,
    /// When the database last answered any statement, in milliseconds since `started`.
    last_answer: AtomicU64,
}

/// Why a caller stopped waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// The database does not answer.
    Away,
    /// The time is over.
    TooLong,
}

/// A database that can be probed.
pub(crate) trait Probe {
    /// A connection that is used only for probes.
    type Connection: Send;

    /// Sends a small statement over this connection, or over a new one. Returns the connection for the next probe.
    fn probe(
        &self,
        connection: Option<Self::Connection>,
    ) -> impl Future<Output = Result<Option<Self::Connection>, String>> + Send;
}

impl Default for Availability {
    fn default() -> Self {
        Self {
            is_away: watch::Sender::new(false),
            probe_now: Notify::new(),
            started: Instant::now(),
            last_answer: AtomicU64::new(0),
        }
    }
}

impl Availability {
    /// Whether the database is known not to answer.
    #[must_use]
    pub fn is_away(&self) -> bool {
        *self.is_away.borrow()
    }

    /// Waits until the database is away.
    pub async fn until_away(&self) {
        // The sender outlives this call, so waiting cannot fail.
        let _ = self.is_away.subscribe().wait_for(|is_away| *is_away).await;
    }

    /// Notes that the database has answered a statement.
    pub(crate) fn note_answer(&self) {
        self.last_answer.fetch_max(self.now(), Ordering::Relaxed);
    }

    /// How long ago the database last answered a statement.
    fn silent_for(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.last_answer.load(Ordering::Relaxed)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Starts the next probe at once, because a connection was lost.
    pub(crate) fn probe_now(&self) {
        self.probe_now.notify_one();
    }

    /// Runs `work`, but stops waiting at `until` and as soon as the database is away.
    pub(crate) async fn unless_away<T>(
        &self,
        until: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, GaveUp> {
        if self.is_away() {
            return Err(GaveUp::Away);
        }
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.until_away() => Err(GaveUp::Away),
            () = sleep_until(until) => Err(GaveUp::TooLong),
        }
    }

    /// Probes the database forever. `name` is its name in the log.
    pub(crate) async fn watch<P: Probe>(&self, name: &str, database: &P) {
        let mut connection = None;
        loop {
            let cause = match self.probe_answer(database.probe(connection.take())).await {
                Some(Ok(next)) => {
                    connection = next;
                    None
                }
                Some(Err(cause)) => Some(cause),
                None => Some(format!("no answer within {PROBE_TIMEOUT:?}")),
            };
            let is_away = cause.is_some();
            if self.is_away.send_replace(is_away) != is_away {
                match cause {
                    Some(cause) => log::warn!("{name} does not answer: {cause}"),
                    None => log::info!("{name} answers again"),
                }
            }
            tokio::select! {
                () = sleep(PROBE_PAUSE) => {}
                // A database that is away loses connections all the time.
                () = self.probe_now.notified(), if !is_away => {}
            }
        }
    }

    /// Waits for the answer to a probe. A busy database may take longer than [`PROBE_TIMEOUT`], as long as it answers
    /// other statements meanwhile.
    async fn probe_answer<T>(&self, probe: impl Future<Output = T>) -> Option<T> {
        let mut probe = std::pin::pin!(probe);
        let started = Instant::now();
        let mut wait = PROBE_TIMEOUT;
        loop {
            if let Ok(answer) = timeout(wait, &mut probe).await {
                self.note_answer();
                return Some(answer);
            }
            let silent = self.silent_for().min(started.elapsed());
            if silent >= PROBE_TIMEOUT {
                return None;
            }
            wait = PROBE_TIMEOUT - silent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_stop_waiting_while_the_database_is_away() {
        let availability = Availability::default();
        let soon = || Instant::now() + Duration::from_millis(5);
        assert_eq!(availability.unless_away(soon(), async { 1 }).await, Ok(1));
        let never = std::future::pending::<()>;
        assert_eq!(availability.unless_away(soon(), never()).await, Err(GaveUp::TooLong));
        let far = Instant::now() + Duration::from_secs(3600);
        let (ended, ()) = tokio::join!(availability.unless_away(far, never()), async {
            availability.is_away.send_replace(true);
        });
        assert_eq!(ended, Err(GaveUp::Away));
        assert_eq!(availability.unless_away(far, async { 1 }).await, Err(GaveUp::Away));
    }
}
