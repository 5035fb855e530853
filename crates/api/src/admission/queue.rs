//! The places for one kind of work, and the queue of requests that wait for them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::client::{Client, Ticket};

/// The limits of a queue.
#[derive(Debug)]
pub(super) struct Limits {
    /// The maximum number of running requests.
    pub(super) running: usize,
    /// The maximum number of waiting requests.
    pub(super) waiting: usize,
    /// The maximum number of waiting requests of one client.
    pub(super) waiting_per_client: usize,
}

impl Limits {
    /// The maximum number of running requests of one client. It is never all places, so that other clients need
    /// not wait for this one.
    fn running_per_client(&self) -> usize {
        self.running.saturating_sub(1).max(1)
    }
}

/// Assigns places. A free place goes to the client with the fewest running requests; among those, to the request
/// that has waited longest.
#[derive(Debug)]
pub(super) struct Queue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// In the order of arrival.
    waiting: VecDeque<Waiting>,
    /// The clients with running or waiting requests.
    clients: HashMap<Client, Share>,
    next: u64,
    refused: [u64; Reason::ALL.len()],
    gone: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    client: Option<Client>,
    admit: oneshot::Sender<Place>,
}

/// The number of requests of one client.
#[derive(Debug, Default)]
struct Share {
    running: usize,
    waiting: usize,
}

/// A place: the right to run. Dropping it makes the place free.
#[derive(Debug)]
pub(crate) struct Place {
    /// `None` once the place must not be given back.
    queue: Option<Arc<Shared>>,
    client: Option<Client>,
}

/// Why a request got no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The queue is full.
    QueueFull,
    /// The client has too many waiting requests.
    ClientShare,
    /// The maximum waiting time is over.
    TooLong,
}

impl Reason {
    pub(crate) const ALL: [Self; 3] = [Self::QueueFull, Self::ClientShare, Self::TooLong];

    /// Returns the name in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::ClientShare => "client_share",
            Self::TooLong => "too_long",
        }
    }
}

/// The counts of a queue, for metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueCounts {
    pub(crate) running: usize,
    pub(crate) limit: usize,
    pub(crate) waiting: usize,
    /// The number of refused requests, by [`Reason`].
    pub(crate) refused: [u64; Reason::ALL.len()],
    /// The number of requests whose clients disconnected while they waited.
    pub(crate) gone: u64,
}

impl Queue {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(Shared { limits, state: Mutex::default() }))
    }

    /// Waits for a place until this instant. The limits for one client do not apply to an unknown client.
    pub(super) async fn enter(&self, ticket: &Ticket, until: Instant) -> Result<Place, Reason> {
        let client = ticket.client();
        let began = Instant::now();
        let (number, mut admitted) = {
            let mut state = self.0.lock();
            let limits = &self.0.limits;
            let share = client.and_then(|client| state.clients.get(client));
            let (running, waiting) = share.map_or((0, 0), |share| (share.running, share.waiting));
            // No request waits that could use a free place.
            if state.running < limits.running && running < limits.running_per_client() {
                return Ok(state.begin(&self.0, client.cloned()));
            }
            let refusal = if state.waiting.len() >= limits.waiting {
                Some(Reason::QueueFull)
            } else if waiting >= limits.waiting_per_client {
                Some(Reason::ClientShare)
            } else {
                None
            };
            if let Some(reason) = refusal {
                state.refused[reason as usize] += 1;
                return Err(reason);
            }
            state.wait(client.cloned())
        };
        let mut guard = LeaveOnDrop { queue: &self.0, number, is_waiting: true };
        let waited = timeout_at(until, &mut admitted).await;
        ticket.add_wait(began.elapsed());
        match waited {
            Ok(Ok(place)) => {
                guard.is_waiting = false;
                Ok(place)
            }
            Ok(Err(_)) | Err(_) => {
                guard.is_waiting = false;
                let mut state = self.0.lock();
                // The place may have been assigned at the last moment.
                if let Ok(place) = admitted.try_recv() {
                    return Ok(place);
                }
                state.refused[Reason::TooLong as usize] += 1;
                state.leave(number);
                Err(Reason::TooLong)
            }
        }
    }

    pub(super) fn counts(&self) -> QueueCounts {
        let state = self.0.lock();
        QueueCounts {
            running: state.running,
            limit: self.0.limits.running,
            waiting: state.waiting.len(),
            refused: state.refused,
            gone: state.gone,
        }
    }
}

/// Removes a waiting request from the queue when it is dropped.
struct LeaveOnDrop<'a> {
    queue: &'a Shared,
    number: u64,
    is_waiting: bool,
}

impl Drop for LeaveOnDrop<'_> {
    fn drop(&mut self) {
        if self.is_waiting {
            let mut state = self.queue.lock();
            state.gone += 1;
            state.leave(self.number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.lock().end(&queue, self.client.as_ref());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, queue: &Arc<Shared>, client: Option<Client>) -> Place {
        self.running += 1;
        if let Some(client) = &client {
            self.clients.entry(client.clone()).or_default().running += 1;
        }
        Place { queue: Some(Arc::clone(queue)), client }
    }

    fn end(&mut self, queue: &Arc<Shared>, client: Option<&Client>) {
        self.stop(client);
        self.assign_places(queue);
    }

    fn stop(&mut self, client: Option<&Client>) {
        self.running -= 1;
        self.change(client, |share| share.running -= 1);
    }

    fn wait(&mut self, client: Option<Client>) -> (u64, oneshot::Receiver<Place>) {
        let (admit, admitted) = oneshot::channel();
        let number = self.next;
        self.next += 1;
        if let Some(client) = &client {
            self.clients.entry(client.clone()).or_default().waiting += 1;
        }
        self.waiting.push_back(Waiting { number, client, admit });
        (number, admitted)
    }

    fn leave(&mut self, number: u64) {
        if let Ok(at) = self.waiting.binary_search_by_key(&number, |waiting| waiting.number)
            && let Some(left) = self.waiting.remove(at)
        {
            self.change(left.client.as_ref(), |share| share.waiting -= 1);
        }
    }

    /// Changes the counts of a client, and removes them when they are zero.
    fn change(&mut self, client: Option<&Client>, change: impl FnOnce(&mut Share)) {
        let Some(client) = client else { return };
        if let Some(share) = self.clients.get_mut(client) {
            change(share);
            if share.running == 0 && share.waiting == 0 {
                self.clients.remove(client);
            }
        }
    }

    /// Assigns free places to waiting requests.
    fn assign_places(&mut self, queue: &Arc<Shared>) {
        while self.running < queue.limits.running {
            let Some(at) = self.next_to_run(queue.limits.running_per_client()) else { break };
            let Some(Waiting { number: _, client, admit }) = self.waiting.remove(at) else { break };
            self.change_waiting_to_running(client.as_ref());
            let place = Place { queue: Some(Arc::clone(queue)), client };
            if let Err(mut place) = admit.send(place) {
                // The client has disconnected. `drop` would try to take the lock that is held here.
                place.queue = None;
                self.stop(place.client.as_ref());
            }
        }
    }

    fn change_waiting_to_running(&mut self, client: Option<&Client>) {
        self.running += 1;
        self.change(client, |share| {
            share.waiting -= 1;
            share.running += 1;
        });
    }

    /// Returns the index of the waiting request that runs next.
    fn next_to_run(&self, max_running: usize) -> Option<usize> {
        let running = |waiting: &Waiting| {
            let share = waiting.client.as_ref().and_then(|client| self.clients.get(client));
            share.map_or(0, |share| share.running)
        };
        let waiting = self.waiting.iter().map(running).enumerate();
        // `min_by_key` returns the first of several minima.
        waiting
            .filter(|(_, running)| *running < max_running)
            .min_by_key(|(_, running)| *running)
            .map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn client(name: &str) -> Ticket {
        Ticket::of_client(Some(Client::Caller(name.into())))
    }

    fn queue(running: usize, waiting: usize, waiting_per_client: usize) -> Arc<Queue> {
        Arc::new(Queue::new(Limits { running, waiting, waiting_per_client }))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// Waits in a separate task, and sends its name once it has a place.
    fn waits(
        queue: &Arc<Queue>,
        name: &'static str,
        admitted_names: &tokio::sync::mpsc::UnboundedSender<(&'static str, Place)>,
    ) -> tokio::task::JoinHandle<()> {
        let (queue, admitted_names) = (Arc::clone(queue), admitted_names.clone());
        tokio::spawn(async move {
            let place = queue.enter(&client(name), soon()).await.unwrap();
            let _ = admitted_names.send((name, place));
        })
    }

    async fn until_waiting(queue: &Queue, count: usize) {
        while queue.counts().waiting != count {
            tokio::task::yield_now().await;
        }
    }

    fn is_empty(queue: &Queue) -> bool {
        let state = queue.0.lock();
        state.running == 0 && state.waiting.is_empty() && state.clients.is_empty()
    }

    #[tokio::test]
    async fn one_client_cannot_occupy_all_places() {
        let queue = queue(3, 4, 2);
        let (first, second) = (client("first"), client("second"));
        let now = Instant::now();
        let _running = [queue.enter(&first, now).await.unwrap(), queue.enter(&first, now).await.unwrap()];
        // The last place is for somebody else.
        assert_eq!(queue.enter(&first, now).await.unwrap_err(), Reason::TooLong);
        let (admitted_names, mut ready) = tokio::sync::mpsc::unbounded_channel();
        let _waiting = [waits(&queue, "first", &admitted_names), waits(&queue, "first", &admitted_names)];
        until_waiting(&queue, 2).await;
        assert_eq!(queue.enter(&first, soon()).await.unwrap_err(), Reason::ClientShare);
        let place = queue.enter(&second, now).await.unwrap();
        drop(place);
        assert!(ready.try_recv().is_err());
        let _place = queue.enter(&Ticket::of_client(None), now).await.unwrap();
        let _waiting = [waits(&queue, "second", &admitted_names), waits(&queue, "third", &admitted_names)];
        until_waiting(&queue, 4).await;
        assert_eq!(queue.enter(&client("fourth"), soon()).await.unwrap_err(), Reason::QueueFull);
        assert_eq!(queue.counts().refused, [1, 1, 1]);
    }

    #[tokio::test]
    async fn a_free_place_goes_to_the_client_with_the_fewest() {
        let queue = queue(2, 10, 10);
        let (admitted_names, mut ready) = tokio::sync::mpsc::unbounded_channel();
        let now = Instant::now();
        let places = [
            queue.enter(&client("first"), now).await.unwrap(),
            queue.enter(&client("second"), now).await.unwrap(),
        ];
        let names = ["first", "first", "third", "second", "fourth"];
        for (count, name) in names.into_iter().enumerate() {
            waits(&queue, name, &admitted_names);
            until_waiting(&queue, count + 1).await;
        }
        drop(places);
        let mut order = Vec::new();
        for _ in names {
            let (name, place) = ready.recv().await.unwrap();
            order.push(name);
            drop(place);
        }
        assert_eq!(order.len(), 5);
        assert!(order.iter().position(|name| *name == "third") < Some(2), "{order:?}");
        until_waiting(&queue, 0).await;
        assert!(is_empty(&queue));
    }

    #[tokio::test]
    async fn a_client_that_disconnects_leaves_no_state() {
        let queue = queue(1, 10, 10);
        let (admitted_names, mut ready) = tokio::sync::mpsc::unbounded_channel();
        let place = queue.enter(&client("first"), Instant::now()).await.unwrap();
        let gone = waits(&queue, "first", &admitted_names);
        until_waiting(&queue, 1).await;
        waits(&queue, "second", &admitted_names);
        until_waiting(&queue, 2).await;
        gone.abort();
        until_waiting(&queue, 1).await;
        assert_eq!(queue.counts().gone, 1);
        drop(place);
        assert_eq!(ready.recv().await.unwrap().0, "second");
        until_waiting(&queue, 0).await;
        assert!(is_empty(&queue));
    }

    #[tokio::test]
    async fn a_request_that_has_waited_too_long_leaves_no_state() {
        let queue = queue(1, 10, 10);
        let place = queue.enter(&client("first"), Instant::now()).await.unwrap();
        let late = Instant::now() + Duration::from_millis(1);
        assert_eq!(queue.enter(&client("second"), late).await.unwrap_err(), Reason::TooLong);
        drop(place);
        assert!(is_empty(&queue));
    }
}
