//! The connections that there are: how many, of whom, and which of them end for having waited too long.

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
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait for the next request: longer than load balancers keep theirs.
const IDLE: Duration = Duration::from_secs(75);
/// How long a client may read nothing of its answer.
const UNREAD: Duration = Duration::from_secs(30);
/// How long a connection that was accepted just before the server stopped may take to ask something.
const LAST_REQUEST: Duration = Duration::from_secs(2);
/// How often it is looked who has waited too long.
const LOOK: Duration = Duration::from_millis(500);
/// How many connections that could give way are found in one look.
const FOUND_AT_ONCE: usize = 64;

/// Every open connection.
pub(super) struct Connections {
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    origin: Instant,
    open: Mutex<Open>,
    /// Told whenever a connection has ended.
    has_ended: Notify,
    accepted: AtomicU64,
    refused: AtomicU64,
    gave_way: AtomicU64,
    timed_out: AtomicU64,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// All that have not ended.
    connections: HashMap<u64, Connection>,
    /// How many of them have not been told to give way.
    count: usize,
    per_source: HashMap<Source, OfSource>,
    candidates: VecDeque<Candidate>,
    is_stopping: bool,
}

struct Connection {
    activity: Arc<Activity>,
    source: Option<Source>,
    gives_way: bool,
}

impl Connection {
    fn could_give_way(&self) -> bool {
        !self.gives_way && self.activity.waits()
    }
}

#[derive(Default)]
struct OfSource {
    count: usize,
    candidates: VecDeque<Candidate>,
}

/// A connection that could give way, if it still does what it did.
#[derive(Clone, Copy)]
struct Candidate {
    id: u64,
    since: u64,
}

/// A connection that counts until this is dropped.
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

    /// Counts a new connection, in place of one that only waits if it has to be; `None` when there is no room
    /// for it.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        // Many clients come through one proxy.
        let source = (!self.proxies.trusts(address)).then(|| Source::of(address));
        let mut open = self.open();
        let of_source = source.and_then(|source| open.per_source.get(&source)).map_or(0, |found| found.count);
        let room = (of_source < self.limits.per_address || self.displace(&mut open, source))
            && (open.count < self.limits.total || self.displace(&mut open, None));
        if !room {
            drop(open);
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                "a connection was closed at once: there are as many as there may be, and all are busy"
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

    /// Has a connection that only waits end, if there is one.
    pub(super) fn make_room(&self) {
        self.displace(&mut self.open(), None);
    }

    fn displace(&self, open: &mut Open, source: Option<Source>) -> bool {
        let Some(activity) = open.displaced(source) else { return false };
        activity.end(End::GivesWay);
        self.gave_way.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Has all connections end once they are idle, and waits until they have.
    pub(super) async fn ended(&self) {
        self.open().is_stopping = true;
        self.look();
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

    /// Ends the connections that have waited too long.
    fn look(&self) {
        let open = self.open();
        for Connection { activity, .. } in open.connections.values() {
            let lasts = activity.lasts();
            let end = match activity.state() {
                _ if activity.blocked_for().is_some_and(|blocked| blocked >= UNREAD) => End::Unread,
                State::Head if lasts >= HEAD => End::LateHead,
                State::Silent if lasts >= HEAD => End::GivesWay,
                State::Silent if open.is_stopping && lasts >= LAST_REQUEST => End::WhenIdle,
                State::Idle if lasts >= IDLE || open.is_stopping => End::WhenIdle,
                _ => continue,
            };
            if end != End::WhenIdle && activity.ends() < end {
                self.timed_out.fetch_add(1, Ordering::Relaxed);
            }
            activity.end(end);
        }
    }
}

impl Open {
    /// Forgets a connection that has ended.
    fn remove(&mut self, id: u64) {
        let Some(Connection { activity: _, source, gives_way }) = self.connections.remove(&id) else {
            return;
        };
        if !gives_way {
            self.discount(source);
        }
    }

    /// Counts a connection no more, and returns what is to give way.
    fn gives_way(&mut self, id: u64) -> Option<Arc<Activity>> {
        let connection = self.connections.get_mut(&id)?;
        connection.gives_way = true;
        let (activity, source) = (Arc::clone(&connection.activity), connection.source);
        self.discount(source);
        Some(activity)
    }

    fn discount(&mut self, source: Option<Source>) {
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

    /// Chooses the connection, of a source or of all, that has waited longest; first those that have never
    /// asked anything. It counts no more.
    fn displaced(&mut self, source: Option<Source>) -> Option<Arc<Activity>> {
        for _ in 0..2 {
            while let Some(Candidate { id, since }) = self.candidates(source)?.pop_front() {
                let still = |open: &Connection| open.could_give_way() && open.activity.since() == since;
                if self.connections.get(&id).is_some_and(still) {
                    return self.gives_way(id);
                }
            }
            let mut found: Vec<_> = self
                .connections
                .iter()
                .filter(|(_, open)| source.is_none() || open.source == source)
                .filter(|(_, open)| open.could_give_way())
                .map(|(id, open)| (open.activity.has_served(), open.activity.since(), *id))
                .collect();
            found.sort_unstable();
            let found = found.into_iter().take(FOUND_AT_ONCE).map(|(_, since, id)| Candidate { id, since });
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

/// Looks again and again who has waited too long, as long as there is a server.
pub(super) async fn watch(connections: Weak<Connections>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(connections) = connections.upgrade() else { return };
        connections.look();
    }
}

/// How many connections there are, and what became of those that there were.
#[derive(Clone)]
pub(crate) struct ConnectionCounts(Arc<Connections>);

impl ConnectionCounts {
    pub(super) fn of(connections: &Arc<Connections>) -> Self {
        Self(Arc::clone(connections))
    }

    /// How many there are.
    pub(crate) fn open(&self) -> usize {
        self.0.open().connections.len()
    }

    /// How many there may be.
    pub(crate) fn limit(&self) -> usize {
        self.0.limits.total
    }

    /// How many were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// How many were closed, by why: no room for them, room for others, too slow.
    pub(crate) fn closed(&self) -> [(&'static str, u64); 3] {
        [
            ("no_room", self.0.refused.load(Ordering::Relaxed)),
            ("gave_way", self.0.gave_way.load(Ordering::Relaxed)),
            ("too_slow", self.0.timed_out.load(Ordering::Relaxed)),
        ]
    }
}
