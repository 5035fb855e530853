//! Permits to use a connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How long a lowered limit stays before it is raised by one.
const RAISE_AFTER: Duration = Duration::from_secs(10);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermitKind {
    Read = 0,
    Write = 1,
}

/// A limited number of permits. Each kind can have all but one of them, so that one kind cannot block the other.
/// Callers get permits in the order in which they came. When callers of both kinds wait, the kinds take turns.
#[derive(Debug)]
pub(super) struct Permits(Arc<Mutex<State>>);

/// A permit to use one connection. It is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    kind: PermitKind,
    /// `None` if dropping it must not give it back.
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
struct State {
    most: usize,
    limit: usize,
    lowered: Option<Instant>,
    taken: [usize; 2],
    waiting: [VecDeque<oneshot::Sender<Permit>>; 2],
    /// The kind that is served first when both wait.
    next: PermitKind,
}

impl Permits {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self(Arc::new(Mutex::new(State {
            most,
            limit: most,
            lowered: None,
            taken: [0; 2],
            waiting: [VecDeque::new(), VecDeque::new()],
            next: PermitKind::Write,
        })))
    }

    /// Waits for a permit.
    pub(super) async fn take(&self, kind: PermitKind) -> Permit {
        loop {
            let waiting = {
                let mut state = lock(&self.0);
                state.raise(&self.0);
                if state.waiting[kind as usize].is_empty() && state.may_take(kind) {
                    state.taken[kind as usize] += 1;
                    return Permit { kind, state: Some(Arc::clone(&self.0)) };
                }
                let (sender, receiver) = oneshot::channel();
                state.waiting[kind as usize].push_back(sender);
                receiver
            };
            if let Ok(permit) = waiting.await {
                return permit;
            }
        }
    }

    /// The number of permits in use.
    pub(super) fn taken(&self) -> usize {
        lock(&self.0).taken.iter().sum()
    }

    /// The current limit.
    pub(super) fn limit(&self) -> usize {
        lock(&self.0).limit
    }

    /// The number of callers that wait.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.0)
            .waiting
            .iter()
            .map(|queue| queue.iter().filter(|caller| !caller.is_closed()).count())
            .sum()
    }

    /// Lowers the limit to what the server allows, but not below 1. It is raised again later.
    pub(super) fn lower(&self, limit: usize) {
        let mut state = lock(&self.0);
        state.limit = limit.clamp(1, state.limit);
        state.lowered = Some(Instant::now());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(shared) = self.state.take() else { return };
        let mut state = lock(&shared);
        state.taken[self.kind as usize] -= 1;
        state.raise(&shared);
        state.hand_out(&shared);
    }
}

impl PermitKind {
    fn other(self) -> Self {
        match self {
            Self::Read => Self::Write,
            Self::Write => Self::Read,
        }
    }
}

impl State {
    fn may_take(&self, kind: PermitKind) -> bool {
        let most_of_kind = (self.limit - 1).max(1);
        self.taken.iter().sum::<usize>() < self.limit && self.taken[kind as usize] < most_of_kind
    }

    /// Raises a lowered limit by one, if enough time has passed.
    fn raise(&mut self, shared: &Arc<Mutex<Self>>) {
        if self.lowered.is_some_and(|lowered| lowered.elapsed() > RAISE_AFTER) {
            self.limit += 1;
            self.lowered = (self.limit < self.most).then(Instant::now);
            self.hand_out(shared);
        }
    }

    fn hand_out(&mut self, shared: &Arc<Mutex<Self>>) {
        while let Some((kind, waiting)) = self.next_waiting() {
            self.taken[kind as usize] += 1;
            match waiting.send(Permit { kind, state: Some(Arc::clone(shared)) }) {
                Ok(()) => self.next = kind.other(),
                Err(mut permit) => {
                    // The caller has gone. `drop` would deadlock on the lock that this function holds.
                    permit.state = None;
                    self.taken[kind as usize] -= 1;
                }
            }
        }
    }

    /// The next caller that may have a permit.
    fn next_waiting(&mut self) -> Option<(PermitKind, oneshot::Sender<Permit>)> {
        [self.next, self.next.other()].into_iter().find_map(|kind| {
            let may_take = self.may_take(kind);
            let waiting = &mut self.waiting[kind as usize];
            may_take.then(|| waiting.pop_front()).flatten().map(|first| (kind, first))
        })
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    async fn is_free(permits: &Permits, kind: PermitKind) -> bool {
        timeout(Duration::from_millis(5), permits.take(kind)).await.is_ok()
    }

    #[tokio::test]
    async fn reads_and_writes_each_leave_a_permit_for_the_other() {
        let permits = Permits::new(3);
        let reads = [permits.take(PermitKind::Read).await, permits.take(PermitKind::Read).await];
        assert!(!is_free(&permits, PermitKind::Read).await);
        assert!(is_free(&permits, PermitKind::Write).await);
        drop(reads);
        let _writes = [permits.take(PermitKind::Write).await, permits.take(PermitKind::Write).await];
        assert!(!is_free(&permits, PermitKind::Write).await);
        assert!(is_free(&permits, PermitKind::Read).await);
    }

    #[tokio::test]
    async fn a_returned_permit_goes_to_the_next_waiting_caller() {
        let permits = Permits::new(1);
        let held = permits.take(PermitKind::Read).await;
        let (given, ()) = tokio::join!(permits.take(PermitKind::Write), async { drop(held) });
        assert_eq!(permits.taken(), 1);
        // The queue skips callers that have gone.
        assert!(!is_free(&permits, PermitKind::Read).await);
        drop(given);
        assert_eq!(permits.taken(), 0);
        assert!(is_free(&permits, PermitKind::Read).await);
    }

    #[tokio::test]
    async fn reads_and_writes_take_turns() {
        for limit in [1, 2, 5] {
            let permits = Arc::new(Permits::new(limit));
            let mut held = Vec::new();
            while held.len() + 1 < limit {
                held.push(permits.take(PermitKind::Read).await);
            }
            held.push(permits.take(PermitKind::Write).await);
            let served = Arc::<Mutex<Vec<PermitKind>>>::default();
            let mut waiting = tokio::task::JoinSet::new();
            for kind in [[PermitKind::Read; 6], [PermitKind::Write; 6]].concat() {
                let (permits, served) = (Arc::clone(&permits), Arc::clone(&served));
                waiting.spawn(async move {
                    let permit = permits.take(kind).await;
                    served.lock().unwrap().push(kind);
                    drop(permit);
                });
            }
            while permits.waiting() < 12 {
                tokio::task::yield_now().await;
            }
            drop(held);
            waiting.join_all().await;
            let served = served.lock().unwrap();
            for part in served.chunks(6) {
                let writes = part.iter().filter(|kind| **kind == PermitKind::Write).count();
                assert!((2..=4).contains(&writes), "with {limit}: {served:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_limit_is_lowered_to_what_the_server_allows() {
        let permits = Permits::new(20);
        permits.lower(2);
        permits.lower(5);
        let _held = [permits.take(PermitKind::Read).await, permits.take(PermitKind::Write).await];
        assert!(!is_free(&permits, PermitKind::Write).await);
        permits.lower(0);
        assert_eq!(lock(&permits.0).limit, 1);
    }
}
