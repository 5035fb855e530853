//! What a connection is doing, as others see it: whether it waits, for how long, and whether it is to end.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// It was accepted, and nothing has come yet.
    Silent,
    /// A part of a request's head has come.
    Head,
    /// A request is under way.
    Busy,
    /// It has been answered, and nothing has come since.
    Idle,
}

/// How a connection is to end, the more urgent ways last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum End {
    /// Not yet.
    None,
    /// Once no request is under way, and none has arrived.
    WhenIdle,
    /// It gives way to another one, unless a request is under way.
    GivesWay,
    /// The head of its request has taken too long.
    LateHead,
    /// Its client does not read.
    Unread,
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    origin: Instant,
    state: AtomicU8,
    /// Since when, in milliseconds after `origin`.
    since: AtomicU64,
    has_served: AtomicBool,
    /// Since when the client has taken none of what is written, plus one; 0 if it takes it.
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

    /// Since when it has been doing that, in milliseconds.
    pub(super) fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }

    pub(super) fn lasts(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.since()))
    }

    pub(super) fn has_served(&self) -> bool {
        self.has_served.load(Ordering::Relaxed)
    }

    /// Something has come.
    pub(super) fn received(&self) {
        if matches!(self.state(), State::Silent | State::Idle) {
            self.enter(State::Head);
        }
    }

    /// A request is whole but for its body.
    pub(super) fn begun(&self) {
        self.state.store(State::Busy as u8, Ordering::Release);
    }

    /// The answer has been handed over, all of it.
    pub(super) fn answered(&self) {
        self.has_served.store(true, Ordering::Relaxed);
        self.enter(State::Idle);
    }

    /// The client takes nothing of what is written.
    pub(super) fn blocked(&self) {
        if self.blocked.load(Ordering::Relaxed) == 0 {
            self.blocked.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    /// The client has taken something.
    pub(super) fn flows(&self) {
        if self.blocked.load(Ordering::Relaxed) != 0 {
            self.blocked.store(0, Ordering::Relaxed);
        }
    }

    /// For how long the client has taken nothing of what is written.
    pub(super) fn blocked_for(&self) -> Option<Duration> {
        let since = self.blocked.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_millis(self.now().saturating_sub(since)))
    }

    /// Whether it waits for its client to ask something.
    pub(super) fn waits(&self) -> bool {
        self.state() != State::Busy && self.blocked_for().is_none()
    }

    /// Has it end so, unless it has been told something more urgent.
    pub(super) fn end(&self, end: End) {
        if self.end.fetch_max(end as u8, Ordering::AcqRel) < end as u8 {
            self.wake.notify_one();
        }
    }

    pub(super) fn ends(&self) -> End {
        match self.end.load(Ordering::Acquire) {
            0 => End::None,
            1 => End::WhenIdle,
            2 => End::GivesWay,
            3 => End::LateHead,
            _ => End::Unread,
        }
    }

    /// Whether nothing more is to be read, now that nothing is there to be read.
    pub(super) fn reads_no_more(&self) -> bool {
        match self.ends() {
            End::None => false,
            End::WhenIdle => matches!(self.state(), State::Idle | State::Silent),
            End::GivesWay | End::LateHead | End::Unread => self.state() != State::Busy,
        }
    }

    /// Waits until it is told to end.
    pub(super) fn told(&self) -> Notified<'_> {
        self.wake.notified()
    }
}
