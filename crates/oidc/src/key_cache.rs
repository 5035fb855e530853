//! The cache of the provider's keys.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::Mutex;

use crate::Refusal;
use crate::header::Header;
use crate::key_set::KeySet;
use crate::provider::{Failure, Provider};

/// The age up to which cached keys count as current.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// The age up to which cached keys are used while the provider does not answer.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
/// The minimum time between two fetches because of an unknown key. Anybody can make up tokens with unknown
/// keys, so not each of them may cause a request to the provider.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(10);
/// The minimum time before the next fetch after a failed one.
const FAILURE_PAUSE: Duration = Duration::from_secs(30);

/// The cached keys of a provider.
#[derive(Debug)]
pub(crate) struct KeyCache {
    provider: Arc<Provider>,
    cached: RwLock<Option<Cached>>,
    /// Locked during a fetch, so that there is only one at a time.
    fetches: Mutex<Fetches>,
}

#[derive(Debug, Clone)]
struct Cached {
    fetched_at: Timestamp,
    keys: Arc<KeySet>,
}

/// The times of earlier fetches.
#[derive(Debug, Default)]
struct Fetches {
    /// The last fetch because of a key that the fresh keys did not include.
    for_unknown_key: Option<Timestamp>,
    /// The last fetch, if it failed.
    failed: Option<Timestamp>,
}

impl KeyCache {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider: Arc::new(provider), cached: RwLock::default(), fetches: Mutex::default() }
    }

    /// Returns keys that include at least one key for this header. It fetches them when the cached ones do not.
    ///
    /// # Errors
    /// [`Refusal::UnknownKey`] when the provider does not publish such a key; [`Refusal::Unavailable`] when the
    /// provider does not answer.
    pub(crate) async fn find(
        self: &Arc<Self>,
        header: &Header,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Refusal> {
        if let Some(keys) = self.usable(now, FRESH).filter(|keys| keys.knows(header)) {
            return Ok(keys);
        }
        // A separate task, so that the fetch continues when the client disconnects.
        let (this, needed) = (Arc::clone(self), header.clone());
        let is_current = tokio::spawn(async move { this.fetch(Some(&needed), now).await }).await;
        match self.usable(now, USABLE) {
            Some(keys) if keys.knows(header) => Ok(keys),
            Some(_) if matches!(is_current, Ok(true)) => Err(Refusal::UnknownKey),
            _ => Err(Refusal::Unavailable),
        }
    }

    /// Fetches the keys, unless the cached ones are fresh or a fetch has just failed.
    pub(crate) async fn refresh(&self, now: Timestamp) {
        self.fetch(None, now).await;
    }

    /// Returns the cached keys, if they are younger than `age`.
    fn usable(&self, now: Timestamp, age: Duration) -> Option<Arc<KeySet>> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached.as_ref().filter(|it| is_within(age, it.fetched_at, now)).map(|it| Arc::clone(&it.keys))
    }

    /// Fetches the keys, unless another task has done so meanwhile, or the last fetch was too recent. Returns
    /// whether the cached keys are current: the last fetch did not fail.
    async fn fetch(&self, needed: Option<&Header>, now: Timestamp) -> bool {
        let mut fetches = self.fetches.lock().await;
        let last = match self.usable(now, FRESH) {
            Some(keys) => match needed {
                Some(needed) if !keys.knows(needed) => {
                    fetches.for_unknown_key.map(|last| (last, UNKNOWN_KEY_PAUSE))
                }
                _ => return true,
            },
            None => fetches.failed.map(|last| (last, FAILURE_PAUSE)),
        };
        if last.is_some_and(|(last, pause)| is_within(pause, last, now)) {
            return fetches.failed.is_none();
        }
        if self.usable(now, FRESH).is_some() {
            fetches.for_unknown_key = Some(now);
        }
        let provider = Arc::clone(&self.provider);
        let answer = tokio::task::spawn_blocking(move || provider.keys()).await;
        fetches.failed = match answer.unwrap_or(Err(Failure::Aborted)) {
            Ok(keys) => {
                tracing::debug!(keys = keys.len(), "fetched the OpenID provider's keys");
                let cached = Some(Cached { fetched_at: now, keys: Arc::new(keys) });
                *self.cached.write().unwrap_or_else(PoisonError::into_inner) = cached;
                None
            }
            Err(error) => {
                let (issuer, cached_keys_usable) =
                    (self.provider.issuer(), self.usable(now, USABLE).is_some());
                tracing::warn!(%error, issuer, cached_keys_usable, "could not fetch the OpenID provider's keys");
                Some(now)
            }
        };
        fetches.failed.is_none()
    }
}

/// Whether two instants are less than `span` apart. Either may be the later one, because a clock can be set back.
fn is_within(span: Duration, one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).unsigned_abs() < span
}
