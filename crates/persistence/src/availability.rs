//! Whether a database answers.
//!
//! A server that is stopped or cut off neither answers nor closes its connections, and no timeout of its own
//! helps. So somebody asks it all the time ([`Availability::watch`]), and whoever waits for it waits for that
//! as well: reads and writes end at once when the database is found to be away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How often the database is asked whether it is there.
const PULSE: Duration = Duration::from_millis(250);
/// How long it may take to answer that.
const PATIENCE: Duration = Duration::from_millis(1200);

/// Whether a database answers. Without [`Availability::watch`] it is taken to.
#[derive(Debug)]
pub struct Availability {
    is_away: watch::Sender<bool>,
    /// Has the database asked now.
    doubted: Notify,
    started: Instant,
    /// When the database last answered anything, in milliseconds since the start.
    heard: AtomicU64,
}

/// Why something was not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// The database is away.
    Away,
    /// It took too long.
    TooLong,
}

/// What can be asked whether it is there.
pub(crate) trait Pulse {
    /// A connection that nothing else goes over.
    type Connection: Send;

    /// Asks the database something, over the connection that is there or over a new one.
    fn ask(
        &self,
        connection: Option<Self::Connection>,
    ) -> impl Future<Output = Result<Option<Self::Connection>, String>> + Send;
}

impl Default for Availability {
    fn default() -> Self {
        Self {
            is_away: watch::Sender::new(false),
            doubted: Notify::new(),
            started: Instant::now(),
            heard: AtomicU64::new(0),
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
        // The sender lives as long as whoever waits.
        let _ = self.is_away.subscribe().wait_for(|is_away| *is_away).await;
    }

    /// Notes that the database has answered something.
    pub(crate) fn heard(&self) {
        self.heard.fetch_max(self.now(), Ordering::Relaxed);
    }

    /// How long it has answered nothing at all.
    fn silent_for(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.heard.load(Ordering::Relaxed)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Has the database asked now: somebody has lost a connection.
    pub(crate) fn doubt(&self) {
        self.doubted.notify_one();
    }

    /// Does something with the database, unless it is away, goes away, or the time is over.
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

    /// Asks the database all the time whether it is there, for ever. `name` is what the log calls it.
    pub(crate) async fn watch<P: Pulse>(&self, name: &str, pulse: &P) {
        let mut connection = None;
        loop {
            let cause = match self.answer(pulse.ask(connection.take())).await {
                Some(Ok(kept)) => {
                    connection = kept;
                    None
                }
                Some(Err(cause)) => Some(cause),
                None => Some(format!("no answer within {PATIENCE:?}")),
            };
            let is_away = cause.is_some();
            if self.is_away.send_replace(is_away) != is_away {
                match cause {
                    Some(cause) => log::warn!("{name} does not answer: {cause}"),
                    None => log::info!("{name} answers again"),
                }
            }
            tokio::select! {
                () = sleep(PULSE) => {}
                // While it is away, those who notice are no news.
                () = self.doubted.notified(), if !is_away => {}
            }
        }
    }
}

impl Availability {
    /// Waits for an answer, as long as the database answers at least others: it may have much to do.
    async fn answer<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        let mut asked = std::pin::pin!(asked);
        let begun = Instant::now();
        let mut patience = PATIENCE;
        loop {
            if let Ok(answered) = timeout(patience, &mut asked).await {
                self.heard();
                return Some(answered);
            }
            let silent = self.silent_for().min(begun.elapsed());
            if silent >= PATIENCE {
                return None;
            }
            patience = PATIENCE - silent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_waited_for_while_the_database_is_away() {
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
