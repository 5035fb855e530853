//! The activity of a connection, which other tasks can read: what it does, for how long, and whether it must end.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// It was accepted, and no byte has arrived.
    Silent,
    /// A part of the head of a request has arrived.
    Head,
    /// A request is being answered.
    Busy,
    /// The last request was answered, and no byte has arrived since.
    Idle,
}

/// Why a connection must end, in the order of increasing urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum End {
    /// It need not end.
    None,
    /// The server stops or the connection was idle for too long. It ends when no request is open.
    WhenIdle,
    /// A new connection needs its place. It ends unless a request is open.
    GivesWay,
    /// The head of its request did not arrive in time.
    LateHead,
    /// The client does not read the answer.
    Unread,
}

/// The activity of a connection, as atomic values.
#[derive(Debug)]
pub(super) struct Activity {
    origin: Instant,
    state: AtomicU8,
    /// When the state was entered, in milliseconds after `origin`.
    since: AtomicU64,
    has_served: AtomicBool,
    /// When the client stopped reading, in milliseconds after `origin`, plus one. 0 while it reads.
    blocked: AtomicU64,
    end: AtomicU8,
    wake: Notify,
}

impl Activity {
    pub(super) fn new(origin: Instant) -> Self {
        let activity = Self {
            origin,
            state: AtomicU8::new(State::Silent as u8),
            since: AtomicU64::new(0),
            has_served: AtomicBool::new(false),
            blocked: AtomicU64::new(0),
            end: AtomicU8::new(End::None as u8),
            wake: Notify::new(),
        };
        activity.enter(State::Silent);
        activity
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn enter(&self, state: State) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.state.store(state as u8, Ordering::Release);
    }

    pub(super) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Silent,
            1 => State::Head,
            2 => State::Busy,
            _ => State::Idle,
        }
    }

    /// Returns when the state was entered, in milliseconds.
    pub(super) fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }

    /// Returns how long the state has lasted.
    pub(super) fn state_duration(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.since()))
    }

    pub(super) fn has_served(&self) -> bool {
        self.has_served.load(Ordering::Relaxed)
    }

    /// Records that bytes have arrived.
    pub(super) fn bytes_arrived(&self) {
        if matches!(self.state(), State::Silent | State::Idle) {
            self.enter(State::Head);
        }
    }

    /// Records that the head of a request is complete.
    pub(super) fn request_begun(&self) {
        self.state.store(State::Busy as u8, Ordering::Release);
    }

    /// Records that the whole answer was handed over.
    pub(super) fn answered(&self) {
        self.has_served.store(true, Ordering::Relaxed);
        self.enter(State::Idle);
    }

    /// Records that bytes cannot be written, because the client does not read.
    pub(super) fn write_blocked(&self) {
        if self.blocked.load(Ordering::Relaxed) == 0 {
            self.blocked.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    /// Records that bytes were written.
    pub(super) fn written(&self) {
        if self.blocked.load(Ordering::Relaxed) != 0 {
            self.blocked.store(0, Ordering::Relaxed);
        }
    }

    /// Returns how long the client has not read.
    pub(super) fn blocked_for(&self) -> Option<Duration> {
        let since = self.blocked.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_millis(self.now().saturating_sub(since)))
    }

    /// Whether the connection waits for a request.
    pub(super) fn waits(&self) -> bool {
        self.state() != State::Busy && self.blocked_for().is_none()
    }

    /// Tells the connection to end, unless it has a more urgent reason already.
    pub(super) fn end(&self, end: End) {
        if self.end.fetch_max(end as u8, Ordering::AcqRel) < end as u8 {
            self.wake.notify_one();
        }
    }

    /// Returns why the connection must end.
    pub(super) fn end_reason(&self) -> End {
        match self.end.load(Ordering::Acquire) {
            0 => End::None,
            1 => End::WhenIdle,
            2 => End::GivesWay,
            3 => End::LateHead,
            _ => End::Unread,
        }
    }

    /// Whether to stop reading. To be called when there are no bytes to read.
    pub(super) fn stops_reading(&self) -> bool {
        match self.end_reason() {
            End::None => false,
            End::WhenIdle => matches!(self.state(), State::Idle | State::Silent),
            End::GivesWay | End::LateHead | End::Unread => self.state() != State::Busy,
        }
    }

    /// Waits until the connection must end.
    pub(super) fn told_to_end(&self) -> Notified<'_> {
        self.wake.notified()
    }
}
