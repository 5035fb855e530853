//! Rate limits for each address and each API key.

use std::collections::HashMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::client::{Client, Ticket};
use crate::graphql::ErrorCode;
use crate::rejection::{LimitReached, Rejection};

/// The remaining quotas (draft-ietf-httpapi-ratelimit-headers-10).
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The quotas.
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The maximum number of clients with a quota of their own. All others share one quota.
const MAX_CLIENTS: usize = 100_000;
/// How often clients are removed whose quota is full again.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(1);

/// A number of requests in a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    seconds: NonZeroU64,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate: write it like 100/s, 600/m, 5000/h or 20/10s");
        let (count, span) = text.trim().split_once('/').ok_or_else(wrong)?;
        let units = [("s", 1), ("m", 60), ("h", 60 * 60)];
        let found = units.iter().find_map(|(unit, seconds)| Some((span.strip_suffix(unit)?, seconds)));
        let (number, unit) = found.ok_or_else(wrong)?;
        let number = if number.is_empty() { Ok(1) } else { number.parse::<u32>() };
        let seconds = number.ok().and_then(|number| NonZeroU64::new(u64::from(number) * unit));
        let seconds = seconds.filter(|seconds| seconds.get() <= 24 * 60 * 60).ok_or_else(wrong)?;
        Ok(Self { count: count.parse().map_err(|_| wrong())?, seconds })
    }
}

/// The rate limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct RateLimits {
    /// For each address, or for each IPv6 network.
    pub per_address: Option<Rate>,
    /// For each API key, in addition to the limit for its address.
    pub per_key: Option<Rate>,
}

impl RateLimits {
    /// The flag that sets [`Self::per_address`].
    pub const PER_ADDRESS_FLAG: &str = "--rate-limit";
    /// The flag that sets [`Self::per_key`].
    pub const PER_KEY_FLAG: &str = "--key-rate-limit";
}

/// The quotas of all clients.
#[derive(Clone, Default)]
pub(crate) struct Rates {
    address: Option<Arc<Quotas>>,
    key: Option<Arc<Quotas>>,
}

impl Rates {
    /// Makes the quotas. Must be called in a Tokio runtime.
    pub(crate) fn new(limits: RateLimits) -> Self {
        let RateLimits { per_address, per_key } = limits;
        let quotas = |name, flag, rate: Option<Rate>| {
            rate.map(|rate| {
                let quotas = Arc::new(Quotas::new(Policy { name, flag, rate }, MAX_CLIENTS));
                tokio::spawn(clean_up(Arc::downgrade(&quotas)));
                quotas
            })
        };
        Self {
            address: quotas("address", RateLimits::PER_ADDRESS_FLAG, per_address),
            key: quotas("key", RateLimits::PER_KEY_FLAG, per_key),
        }
    }

    /// Counts a request against the quota of its client, and notes on its ticket what remains.
    pub(crate) fn count(&self, ticket: &Ticket) -> Result<(), RateLimited> {
        let quotas = match ticket.client() {
            None => return Ok(()),
            Some(Client::Source(_)) => &self.address,
            Some(Client::Caller(_)) => &self.key,
        };
        let (Some(quotas), Some(client)) = (quotas, ticket.client()) else { return Ok(()) };
        let (quota_state, limited) = quotas.count(client);
        ticket.add_quota_state(quota_state);
        limited.map_or(Ok(()), Err)
    }
}

/// Removes clients whose quota is full again, as long as the quotas exist.
async fn clean_up(quotas: std::sync::Weak<Quotas>) {
    loop {
        tokio::time::sleep(CLEANUP_INTERVAL).await;
        let Some(quotas) = quotas.upgrade() else { return };
        quotas.limiter.retain_recent();
        quotas.limiter.shrink_to_fit();
    }
}

/// The quotas of one kind of client.
struct Quotas {
    policy: Policy,
    limiter: RateLimiter<Client, ClientStates, DefaultClock, StateInformationMiddleware>,
}

#[derive(Debug, Clone, Copy)]
struct Policy {
    name: &'static str,
    flag: &'static str,
    rate: Rate,
}

/// What remains of the quota of a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuotaState {
    policy: Policy,
    remaining: u32,
    /// The number of seconds until the quota is full again, or until the next request is allowed.
    seconds: u64,
}

/// A request that exceeds the quota of its client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimited {
    policy: Policy,
    seconds: u64,
}

impl Quotas {
    fn new(policy: Policy, clients: usize) -> Self {
        let Rate { count, seconds } = policy.rate;
        let period = Duration::from_secs(seconds.get()) / count.get();
        // Rates above one request per nanosecond are not limited.
        let quota = Quota::with_period(period.max(Duration::from_nanos(1)));
        let quota = quota.unwrap_or(Quota::per_second(count)).allow_burst(count);
        Self { policy, limiter: RateLimiter::new(quota, ClientStates::new(clients), DefaultClock::default()) }
    }

    fn count(&self, client: &Client) -> (QuotaState, Option<RateLimited>) {
        let Self { policy, limiter } = self;
        let Rate { count, seconds: window } = policy.rate;
        match limiter.check_key(client) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(count.get().saturating_sub(remaining));
                let seconds = (used * window.get()).div_ceil(count.get().into());
                (QuotaState { policy: *policy, remaining, seconds }, None)
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                let seconds = seconds.max(1);
                let quota_state = QuotaState { policy: *policy, remaining: 0, seconds };
                (quota_state, Some(RateLimited { policy: *policy, seconds }))
            }
        }
    }
}

impl QuotaState {
    /// Writes the states of the quotas to headers (draft-ietf-httpapi-ratelimit-headers-10).
    pub(crate) fn write(quota_states: &[Self], headers: &mut HeaderMap) {
        let list = |item: fn(&Self) -> String| quota_states.iter().map(item).collect::<Vec<_>>().join(", ");
        let policies =
            list(|Self { policy: Policy { name, flag: _, rate: Rate { count, seconds } }, .. }| {
                format!("\"{name}\";q={count};w={seconds}")
            });
        let left = list(|Self { policy, remaining, seconds }| {
            format!("\"{}\";r={remaining};t={seconds}", policy.name)
        });
        for (name, value) in [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, left)] {
            if let Ok(value) = HeaderValue::try_from(value)
                && !value.is_empty()
            {
                headers.insert(name, value);
            }
        }
    }
}

impl RateLimited {
    /// Returns the refusal for GraphQL.
    pub(crate) fn rejection(self) -> Rejection {
        let (status, code) = (StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited);
        let (limit, retry_after) = (Some(self.limit()), Some(self.seconds));
        Rejection { limit, retry_after, ..Rejection::request(status, code, self.message()) }
    }

    /// Returns the message for the client.
    pub(crate) fn message(self) -> String {
        let Self { policy: Policy { name, flag, rate: Rate { count, seconds } }, seconds: wait } = self;
        let span = if seconds.get() == 1 { "a second".to_owned() } else { format!("{seconds} seconds") };
        format!("this {name} has sent more than {count} requests in {span} (`{flag}`): try again in {wait} s")
    }

    /// Returns the limit that was reached.
    pub(crate) fn limit(self) -> LimitReached {
        let Policy { name: _, flag, rate } = self.policy;
        let name = if flag == RateLimits::PER_KEY_FLAG { "keyRate" } else { "rate" };
        LimitReached { name, value: rate.count.get().into(), requested: None, flag }
    }
}

/// The quota states of a limited number of clients.
struct ClientStates {
    max_clients: usize,
    states: Mutex<KnownClients>,
}

#[derive(Default)]
struct KnownClients {
    clients: HashMap<Client, Nanos>,
    /// The shared state of all clients that have none of their own.
    others: Option<Nanos>,
}

impl ClientStates {
    fn new(max_clients: usize) -> Self {
        Self { max_clients, states: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, KnownClients> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ClientStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientStates").field("max_clients", &self.max_clients).finish_non_exhaustive()
    }
}

impl StateStore for ClientStates {
    type Key = Client;

    fn measure_and_replace<T, F, E>(&self, client: &Client, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.lock();
        if let Some(state) = known.clients.get_mut(client) {
            let (outcome, next) = decide(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        if known.clients.len() >= self.max_clients {
            let (outcome, next) = decide(known.others)?;
            known.others = Some(next);
            return Ok(outcome);
        }
        let (outcome, next) = decide(None)?;
        known.clients.insert(client.clone(), next);
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Client> for ClientStates {
    fn retain_recent(&self, drop_below: Nanos) {
        self.lock().clients.retain(|_, state| *state > drop_below);
    }

    fn shrink_to_fit(&self) {
        let mut known = self.lock();
        if known.clients.len() < known.clients.capacity() / 4 {
            known.clients.shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.lock().clients.len()
    }

    fn is_empty(&self) -> bool {
        self.lock().clients.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn quotas(text: &str, clients: usize) -> Quotas {
        Quotas::new(Policy { name: "address", flag: "--rate-limit", rate: rate(text) }, clients)
    }

    fn client(name: usize) -> Client {
        Client::Caller(name.to_string().as_str().into())
    }

    #[test]
    fn a_rate_is_a_number_of_requests_in_a_period() {
        for (text, count, seconds) in [
            ("100/s", 100, 1),
            ("600/m", 600, 60),
            ("5000/h", 5000, 3600),
            ("20/10s", 20, 10),
            (" 1/24h", 1, 86_400),
        ] {
            let Rate { count: found, seconds: window } = rate(text);
            assert_eq!((found.get(), window.get()), (count, seconds), "{text}");
        }
        for text in
            ["", "100", "/s", "0/s", "100/", "100/d", "-1/s", "1/0s", "1/25h", "1/s/s", "1.5/s", "1/é"]
        {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn requests_that_exceed_the_quota_are_refused() {
        let quotas = quotas("3/h", 10);
        for remaining in [2, 1, 0] {
            let (quota_state, limited) = quotas.count(&client(1));
            assert_eq!(
                (quota_state.remaining, quota_state.seconds),
                (remaining, (3 - u64::from(remaining)) * 1200)
            );
            assert!(limited.is_none());
        }
        let (quota_state, limited) = quotas.count(&client(1));
        assert_eq!(quota_state.remaining, 0);
        assert!((1..=1200).contains(&limited.unwrap().seconds));
        assert!(quotas.count(&client(2)).1.is_none());
    }

    #[test]
    fn only_a_limited_number_of_clients_have_a_quota_of_their_own() {
        let quotas = quotas("2/h", 3);
        for name in 0..3 {
            assert!(quotas.count(&client(name)).1.is_none());
        }
        // These have one quota together.
        assert!(quotas.count(&client(3)).1.is_none());
        assert!(quotas.count(&client(4)).1.is_none());
        assert!(quotas.count(&client(5)).1.is_some());
        assert!(quotas.count(&client(0)).1.is_none());
        assert_eq!(quotas.limiter.len(), 3);
    }

    #[test]
    fn a_client_is_removed_once_its_quota_is_full_again() {
        let quotas = quotas("1000000/s", 3);
        quotas.count(&client(1));
        while !quotas.limiter.is_empty() {
            quotas.limiter.retain_recent();
        }
        assert_eq!(quotas.count(&client(1)).0.remaining, 999_999);
    }

    #[test]
    fn headers_have_the_format_of_the_draft() {
        let of = |name, text| Policy { name, flag: "", rate: rate(text) };
        let quota_states = [
            QuotaState { policy: of("address", "100/m"), remaining: 99, seconds: 1 },
            QuotaState { policy: of("key", "5/10s"), remaining: 0, seconds: 2 },
        ];
        let mut headers = HeaderMap::new();
        QuotaState::write(&quota_states, &mut headers);
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"address\";q=100;w=60, \"key\";q=5;w=10");
        assert_eq!(headers[RATE_LIMIT], "\"address\";r=99;t=1, \"key\";r=0;t=2");
    }
}
