//! Who may have a connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How long a limit stays lowered that the server has set.
const LOWERED: Duration = Duration::from_secs(10);

/// What a connection is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Read = 0,
    Write = 1,
}

/// Gives out at most so many permits; of each sort at most one less, so that neither waits for the other alone.
/// Those who wait get one in the order in which they came; when both sorts wait, the two take turns.
#[derive(Debug)]
pub(super) struct Permits(Arc<Mutex<State>>);

/// The right to have a connection.
#[derive(Debug)]
pub(super) struct Permit {
    sort: Sort,
    /// `None` once it is not to be given back.
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
struct State {
    most: usize,
    limit: usize,
    lowered: Option<Instant>,
    taken: [usize; 2],
    waiting: [VecDeque<oneshot::Sender<Permit>>; 2],
    /// Which sort is served first the next time that both wait.
    next: Sort,
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
            next: Sort::Write,
        })))
    }

    /// Waits for a permit.
    pub(super) async fn take(&self, sort: Sort) -> Permit {
        loop {
            let waiting = {
                let mut state = lock(&self.0);
                state.raise(&self.0);
                if state.waiting[sort as usize].is_empty() && state.may_take(sort) {
                    state.taken[sort as usize] += 1;
                    return Permit { sort, state: Some(Arc::clone(&self.0)) };
                }
                let (sender, receiver) = oneshot::channel();
                state.waiting[sort as usize].push_back(sender);
                receiver
            };
            if let Ok(permit) = waiting.await {
                return permit;
            }
        }
    }

    /// How many are given out.
    pub(super) fn taken(&self) -> usize {
        lock(&self.0).taken.iter().sum()
    }

    /// How many are given out at most, for now.
    pub(super) fn limit(&self) -> usize {
        lock(&self.0).limit
    }

    /// How many wait for one.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.0).waiting.iter().map(|queue| queue.iter().filter(|who| !who.is_closed()).count()).sum()
    }

    /// Lowers the limit to what the server allows, for a while. There is always one left.
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
        state.taken[self.sort as usize] -= 1;
        state.raise(&shared);
        state.hand_out(&shared);
    }
}

impl Sort {
    fn other(self) -> Self {
        match self {
            Self::Read => Self::Write,
            Self::Write => Self::Read,
        }
    }
}

impl State {
    fn may_take(&self, sort: Sort) -> bool {
        let most_of_sort = (self.limit - 1).max(1);
        self.taken.iter().sum::<usize>() < self.limit && self.taken[sort as usize] < most_of_sort
    }

    /// Lets the limit rise again, one by one, for those who wait.
    fn raise(&mut self, shared: &Arc<Mutex<Self>>) {
        if self.lowered.is_some_and(|lowered| lowered.elapsed() > LOWERED) {
            self.limit += 1;
            self.lowered = (self.limit < self.most).then(Instant::now);
            self.hand_out(shared);
        }
    }

    fn hand_out(&mut self, shared: &Arc<Mutex<Self>>) {
        while let Some((sort, waiting)) = self.next_waiting() {
            self.taken[sort as usize] += 1;
            match waiting.send(Permit { sort, state: Some(Arc::clone(shared)) }) {
                Ok(()) => self.next = sort.other(),
                Err(mut permit) => {
                    // Whoever waited has gone. `drop` would wait for the lock that is held here.
                    permit.state = None;
                    self.taken[sort as usize] -= 1;
                }
            }
        }
    }

    /// Who is served next, of those who wait and may have a permit.
    fn next_waiting(&mut self) -> Option<(Sort, oneshot::Sender<Permit>)> {
        [self.next, self.next.other()].into_iter().find_map(|sort| {
            let may_take = self.may_take(sort);
            let waiting = &mut self.waiting[sort as usize];
            may_take.then(|| waiting.pop_front()).flatten().map(|first| (sort, first))
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

    async fn is_free(permits: &Permits, sort: Sort) -> bool {
        timeout(Duration::from_millis(5), permits.take(sort)).await.is_ok()
    }

    #[tokio::test]
    async fn neither_reads_nor_writes_take_the_last_permit_from_the_other() {
        let permits = Permits::new(3);
        let reads = [permits.take(Sort::Read).await, permits.take(Sort::Read).await];
        assert!(!is_free(&permits, Sort::Read).await);
        assert!(is_free(&permits, Sort::Write).await);
        drop(reads);
        let _writes = [permits.take(Sort::Write).await, permits.take(Sort::Write).await];
        assert!(!is_free(&permits, Sort::Write).await);
        assert!(is_free(&permits, Sort::Read).await);
    }

    #[tokio::test]
    async fn a_permit_that_is_given_back_goes_to_whoever_waits() {
        let permits = Permits::new(1);
        let held = permits.take(Sort::Read).await;
        let (given, ()) = tokio::join!(permits.take(Sort::Write), async { drop(held) });
        assert_eq!(permits.taken(), 1);
        // Nobody is waited for who has gone.
        assert!(!is_free(&permits, Sort::Read).await);
        drop(given);
        assert_eq!(permits.taken(), 0);
        assert!(is_free(&permits, Sort::Read).await);
    }

    #[tokio::test]
    async fn reads_and_writes_take_turns() {
        for limit in [1, 2, 5] {
            let permits = Arc::new(Permits::new(limit));
            let mut held = Vec::new();
            while held.len() + 1 < limit {
                held.push(permits.take(Sort::Read).await);
            }
            held.push(permits.take(Sort::Write).await);
            let served = Arc::<Mutex<Vec<Sort>>>::default();
            let mut waiting = tokio::task::JoinSet::new();
            for sort in [[Sort::Read; 6], [Sort::Write; 6]].concat() {
                let (permits, served) = (Arc::clone(&permits), Arc::clone(&served));
                waiting.spawn(async move {
                    let permit = permits.take(sort).await;
                    served.lock().unwrap().push(sort);
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
                let writes = part.iter().filter(|sort| **sort == Sort::Write).count();
                assert!((2..=4).contains(&writes), "with {limit}: {served:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_limit_is_lowered_to_what_the_server_allows() {
        let permits = Permits::new(20);
        permits.lower(2);
        permits.lower(5);
        let _held = [permits.take(Sort::Read).await, permits.take(Sort::Write).await];
        assert!(!is_free(&permits, Sort::Write).await);
        permits.lower(0);
        assert_eq!(lock(&permits.0).limit, 1);
    }
}
