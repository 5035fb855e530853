//! The clients that admission control counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::Caller;

use super::rates::QuotaState;
use crate::metrics::micros;
use crate::proxies::Origin;
use crate::source::Source;

/// A client. It may send several requests at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The client with this address or in this network.
    Source(Source),
    /// The client with this API key or this identity.
    Caller(Arc<str>),
}

/// What admission control knows about a request. All clones share the notes.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    /// `None` for a request through a trusted proxy that does not name its client: many clients may use the proxy.
    client: Option<Client>,
    notes: Arc<TicketNotes>,
}

#[derive(Debug, Default)]
struct TicketNotes {
    waited: AtomicU64,
    quota_states: Mutex<Vec<QuotaState>>,
}

impl Ticket {
    /// Makes the ticket of a request from this origin.
    pub(crate) fn of_origin(origin: Origin) -> Self {
        let Origin { address, is_shared } = origin;
        let client = (!is_shared).then(|| Client::Source(Source::of(address)));
        Self { client, notes: Arc::default() }
    }

    /// Returns the ticket of the same request once its caller is known.
    pub(crate) fn of_caller(&self, caller: &Caller) -> Self {
        let client = Some(Client::Caller(caller.actor.as_str().into()));
        Self { client, notes: Arc::clone(&self.notes) }
    }

    #[cfg(test)]
    pub(super) fn of_client(client: Option<Client>) -> Self {
        Self { client, notes: Arc::default() }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    pub(super) fn add_wait(&self, duration: Duration) {
        self.notes.waited.fetch_add(micros(duration), Ordering::Relaxed);
    }

    pub(super) fn add_quota_state(&self, quota_state: QuotaState) {
        self.notes.quota_states.lock().unwrap_or_else(PoisonError::into_inner).push(quota_state);
    }

    /// Returns the states of the quotas against which the request was counted.
    pub(crate) fn quota_states(&self) -> Vec<QuotaState> {
        self.notes.quota_states.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how long the request has waited, in microseconds. `None` if it has not.
    pub(crate) fn waited(&self) -> Option<u64> {
        Some(self.notes.waited.load(Ordering::Relaxed)).filter(|micros| *micros > 0)
    }
}
