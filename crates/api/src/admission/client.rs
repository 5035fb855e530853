//! Who stands at the entrance.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::Caller;

use super::rates::Standing;
use crate::metrics::micros;
use crate::proxies::Origin;
use crate::source::Source;

/// A client, of which there may be several requests at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// Whoever sends from there.
    Source(Source),
    /// Whoever has this key, or this identity.
    Caller(Arc<str>),
}

/// What a request shows at the entrance. What becomes of it there is noted once for all copies.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    /// `None` for a trusted proxy that does not tell whom it asks for: many clients come through it.
    client: Option<Client>,
    noted: Arc<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    waited: AtomicU64,
    standings: Mutex<Vec<Standing>>,
}

impl Ticket {
    /// For a request from there.
    pub(crate) fn of_origin(origin: Origin) -> Self {
        let Origin { address, is_shared } = origin;
        let client = (!is_shared).then(|| Client::Source(Source::of(address)));
        Self { client, noted: Arc::default() }
    }

    /// The same request, once it is known whose key it shows.
    pub(crate) fn of_caller(&self, caller: &Caller) -> Self {
        let client = Some(Client::Caller(caller.actor.as_str().into()));
        Self { client, noted: Arc::clone(&self.noted) }
    }

    #[cfg(test)]
    pub(super) fn of_client(client: Option<Client>) -> Self {
        Self { client, noted: Arc::default() }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    pub(super) fn has_waited(&self, duration: Duration) {
        self.noted.waited.fetch_add(micros(duration), Ordering::Relaxed);
    }

    pub(super) fn stands(&self, standing: Standing) {
        self.noted.standings.lock().unwrap_or_else(PoisonError::into_inner).push(standing);
    }

    /// What is left of the quotas that the request was counted for.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        self.noted.standings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many microseconds the request has waited, if it has.
    pub(crate) fn waited(&self) -> Option<u64> {
        Some(self.noted.waited.load(Ordering::Relaxed)).filter(|micros| *micros > 0)
    }
}
