//! All open connections: their limits, and their timeouts.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use api::{Source, TrustedProxies};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::activity::{Activity, End, State};
use crate::connection_options::ConnectionLimits;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be idle. Load balancers close idle connections earlier.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a client may read nothing of its answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection that was accepted just before the server stopped may take to send a request.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the timeouts are checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How many candidates for giving way are collected at a time.
const CANDIDATES: usize = 64;

/// All open connections.
pub(super) struct Connections {
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    origin: Instant,
    open: Mutex<Open>,
    /// Notified when a connection has ended.
    has_ended: Notify,
    accepted: AtomicU64,
    refused: AtomicU64,
    gave_way: AtomicU64,
    timed_out: AtomicU64,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// The connections that have not ended.
    connections: HashMap<u64, Connection>,
    /// The number of connections that were not told to give way.
    count: usize,
    per_source: HashMap<Source, SourceConnections>,
    candidates: VecDeque<Candidate>,
    is_stopping: bool,
}

struct Connection {
    activity: Arc<Activity>,
    source: Option<Source>,
    gives_way: bool,
}

impl Connection {
    fn can_give_way(&self) -> bool {
        !self.gives_way && self.activity.waits()
    }
}

#[derive(Default)]
struct SourceConnections {
    count: usize,
    candidates: VecDeque<Candidate>,
}

/// A connection that can give way, if its state is still the same.
#[derive(Clone, Copy)]
struct Candidate {
    id: u64,
    since: u64,
}

/// An admitted connection. It counts until this is dropped.
pub(super) struct Admitted {
    id: u64,
    pub(super) activity: Arc<Activity>,
    connections: Arc<Connections>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.open().remove(self.id);
        self.connections.has_ended.notify_waiters();
    }
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            limits,
            proxies,
            origin: Instant::now(),
            open: Mutex::default(),
            has_ended: Notify::new(),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            gave_way: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a new connection. At a limit, a waiting connection gives way. `None` when no connection can.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        // Many clients share a trusted proxy, so its connections are not limited per address.
        let source = (!self.proxies.trusts(address)).then(|| Source::of(address));
        let mut open = self.open();
        let from_source =
            source.and_then(|source| open.per_source.get(&source)).map_or(0, |found| found.count);
        let has_room = (from_source < self.limits.per_address || self.displace(&mut open, source))
            && (open.count < self.limits.total || self.displace(&mut open, None));
        if !has_room {
            drop(open);
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                "a connection was closed at once: the limit is reached, and all connections are busy"
            );
            return None;
        }
        let activity = Arc::new(Activity::new(self.origin));
        open.next += 1;
        open.count += 1;
        let id = open.next;
        if let Some(source) = source {
            open.per_source.entry(source).or_default().count += 1;
        }
        open.connections.insert(id, Connection { activity: Arc::clone(&activity), source, gives_way: false });
        drop(open);
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Some(Admitted { id, activity, connections: Arc::clone(self) })
    }

    /// Ends a waiting connection, if there is one.
    pub(super) fn make_room(&self) {
        self.displace(&mut self.open(), None);
    }

    fn displace(&self, open: &mut Open, source: Option<Source>) -> bool {
        let Some(activity) = open.choose_to_give_way(source) else { return false };
        activity.end(End::GivesWay);
        self.gave_way.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Ends each connection when it is idle, and waits until all have ended.
    pub(super) async fn end_all(&self) {
        self.open().is_stopping = true;
        self.check_timeouts();
        loop {
            let ended = self.has_ended.notified();
            let mut ended = std::pin::pin!(ended);
            ended.as_mut().enable();
            if self.open().connections.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// Ends the connections whose timeouts have passed.
    fn check_timeouts(&self) {
        let open = self.open();
        for Connection { activity, .. } in open.connections.values() {
            let lasted = activity.state_duration();
            let end = match activity.state() {
                _ if activity.blocked_for().is_some_and(|blocked| blocked >= READ_TIMEOUT) => End::Unread,
                State::Head if lasted >= HEAD_TIMEOUT => End::LateHead,
                State::Silent if lasted >= HEAD_TIMEOUT => End::GivesWay,
                State::Silent if open.is_stopping && lasted >= LAST_REQUEST_TIMEOUT => End::WhenIdle,
                State::Idle if lasted >= IDLE_TIMEOUT || open.is_stopping => End::WhenIdle,
                _ => continue,
            };
            if end != End::WhenIdle && activity.end_reason() < end {
                self.timed_out.fetch_add(1, Ordering::Relaxed);
            }
            activity.end(end);
        }
    }
}

impl Open {
    /// Removes a connection that has ended.
    fn remove(&mut self, id: u64) {
        let Some(Connection { activity: _, source, gives_way }) = self.connections.remove(&id) else {
            return;
        };
        if !gives_way {
            self.decrement(source);
        }
    }

    /// Marks a connection as giving way, so that it no longer counts. Returns its activity.
    fn mark_as_giving_way(&mut self, id: u64) -> Option<Arc<Activity>> {
        let connection = self.connections.get_mut(&id)?;
        connection.gives_way = true;
        let (activity, source) = (Arc::clone(&connection.activity), connection.source);
        self.decrement(source);
        Some(activity)
    }

    fn decrement(&mut self, source: Option<Source>) {
        self.count -= 1;
        if let Some(source) = source
            && let Some(found) = self.per_source.get_mut(&source)
        {
            found.count -= 1;
            if found.count == 0 {
                self.per_source.remove(&source);
            }
        }
    }

    /// Chooses the connection that has waited longest, among those of a source or among all. Connections that never sent
    /// a request come first. The chosen one no longer counts.
    fn choose_to_give_way(&mut self, source: Option<Source>) -> Option<Arc<Activity>> {
        for _ in 0..2 {
            while let Some(Candidate { id, since }) = self.candidates(source)?.pop_front() {
                let is_unchanged = |open: &Connection| open.can_give_way() && open.activity.since() == since;
                if self.connections.get(&id).is_some_and(is_unchanged) {
                    return self.mark_as_giving_way(id);
                }
            }
            let mut found: Vec<_> = self
                .connections
                .iter()
                .filter(|(_, open)| source.is_none() || open.source == source)
                .filter(|(_, open)| open.can_give_way())
                .map(|(id, open)| (open.activity.has_served(), open.activity.since(), *id))
                .collect();
            found.sort_unstable();
            let found = found.into_iter().take(CANDIDATES).map(|(_, since, id)| Candidate { id, since });
            *self.candidates(source)? = found.collect();
        }
        None
    }

    fn candidates(&mut self, source: Option<Source>) -> Option<&mut VecDeque<Candidate>> {
        match source {
            None => Some(&mut self.candidates),
            Some(source) => self.per_source.get_mut(&source).map(|found| &mut found.candidates),
        }
    }
}

/// Checks the timeouts again and again, until the server is dropped.
pub(super) async fn watch(connections: Weak<Connections>) {
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        let Some(connections) = connections.upgrade() else { return };
        connections.check_timeouts();
    }
}

/// The counts of open and closed connections, for metrics.
#[derive(Clone)]
pub(crate) struct ConnectionCounts(Arc<Connections>);

impl ConnectionCounts {
    pub(super) fn of(connections: &Arc<Connections>) -> Self {
        Self(Arc::clone(connections))
    }

    /// Returns the number of open connections.
    pub(crate) fn open(&self) -> usize {
        self.0.open().connections.len()
    }

    /// Returns the maximum number of open connections.
    pub(crate) fn limit(&self) -> usize {
        self.0.limits.total
    }

    /// Returns the number of accepted connections.
    pub(crate) fn accepted(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Returns the numbers of closed connections, by reason.
    pub(crate) fn closed(&self) -> [(&'static str, u64); 3] {
        [
            ("no_room", self.0.refused.load(Ordering::Relaxed)),
            ("gave_way", self.0.gave_way.load(Ordering::Relaxed)),
            ("too_slow", self.0.timed_out.load(Ordering::Relaxed)),
        ]
    }
}
