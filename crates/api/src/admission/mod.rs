//! Admission control: limits how much the server does at once and for each client.
//!
//! [`Rates`] limits how many requests each client may send. Reads that are not cached are also limited in number:
//! executions, counts and previews each have a limit of their own. When it is reached, further requests wait in a
//! queue for a short time, and are then refused. One client can occupy only a part of the places. Cached answers,
//! writes and health checks are not limited.

mod client;
mod queue;
mod rates;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::Instant;

pub(crate) use self::client::Ticket;
use self::queue::Queue;
pub(crate) use self::queue::{Place, QueueCounts, Reason};
pub(crate) use self::rates::{QuotaState, RATE_LIMIT, RATE_LIMIT_POLICY, RateLimited, Rates};
pub use self::rates::{Rate, RateLimits};
use crate::graphql::ErrorCode;
use crate::rejection::{LimitReached, Rejection};

/// How many uncached reads run and wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// The maximum number of running reads that do not count articles.
    pub executions: usize,
    /// The maximum number of running reads that count articles (`totalCount`).
    pub counts: usize,
    /// The maximum number of previews that are read at once.
    pub previews: usize,
    /// The maximum number of waiting requests, for each kind of work.
    pub waiting: usize,
    /// The maximum number of waiting requests of one client, for each kind of work.
    pub waiting_per_client: usize,
    /// The maximum waiting time.
    pub wait: Duration,
}

impl AdmissionLimits {
    /// The flag that sets [`Self::wait`].
    pub const WAIT_FLAG: &str = "--max-wait";
    /// The flag that sets [`Self::waiting`].
    pub const WAITING_FLAG: &str = "--max-waiting";
    /// The flag that sets [`Self::waiting_per_client`].
    pub const WAITING_PER_CLIENT_FLAG: &str = "--max-waiting-per-client";
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            executions: 16,
            counts: 4,
            previews: 2,
            waiting: 256,
            waiting_per_client: 64,
            wait: Duration::from_secs(2),
        }
    }
}

/// The kind of work that a request causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A read that does not count articles.
    Execution,
    /// A read that counts articles.
    Count,
    /// A preview.
    Preview,
}

impl Work {
    pub(crate) const ALL: [Self; 3] = [Self::Execution, Self::Count, Self::Preview];

    /// Returns the name in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Count => "count",
            Self::Preview => "preview",
        }
    }

    /// Returns the name of the limit in answers.
    fn limit_name(self) -> &'static str {
        match self {
            Self::Execution => "executions",
            Self::Count => "counts",
            Self::Preview => "previews",
        }
    }

    /// Returns the flag that sets the limit.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Execution => "--max-executions",
            Self::Count => "--max-counts",
            Self::Preview => "--max-previews",
        }
    }

    /// Returns the plural noun for messages.
    fn plural(self) -> &'static str {
        match self {
            Self::Execution => "requests",
            Self::Count => "requests that count (`totalCount`)",
            Self::Preview => "previews",
        }
    }
}

/// The queues for all kinds of work.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    limits: AdmissionLimits,
    queues: Arc<[Queue; 3]>,
}

/// A request that needs a place.
#[derive(Clone, Copy)]
pub(crate) struct PlaceRequest<'a> {
    pub(crate) admission: &'a Admission,
    pub(crate) work: Work,
    pub(crate) ticket: &'a Ticket,
}

/// A request that got no place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoPlace {
    work: Work,
    reason: Reason,
    limits: AdmissionLimits,
}

impl Admission {
    pub(crate) fn new(limits: AdmissionLimits) -> Self {
        let AdmissionLimits { executions, counts, previews, waiting, waiting_per_client, wait: _ } = limits;
        let queue = |running| Queue::new(queue::Limits { running, waiting, waiting_per_client });
        let queues = [executions, counts, previews].map(queue);
        Self { limits, queues: Arc::new(queues) }
    }

    /// Returns the counts for each kind of work.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Work, QueueCounts)> {
        Work::ALL.into_iter().zip(self.queues.iter().map(Queue::counts))
    }
}

impl PlaceRequest<'_> {
    /// Waits for a place until this instant. Dropping the place makes it free again.
    pub(crate) async fn wait_until(&self, until: Instant) -> Result<Place, NoPlace> {
        let Self { admission, work, ticket } = *self;
        let entered = admission.queues[work as usize].enter(ticket, until).await;
        entered.map_err(|reason| NoPlace { work, reason, limits: admission.limits })
    }

    /// Waits for a place for the maximum waiting time.
    pub(crate) async fn wait(&self) -> Result<Place, NoPlace> {
        self.wait_until(self.deadline()).await
    }

    /// Returns the end of the maximum waiting time that begins now.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.admission.limits.wait
    }
}

impl NoPlace {
    /// Returns the refusal for GraphQL.
    pub(crate) fn rejection(self) -> Rejection {
        let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable);
        Rejection { limit: Some(self.limit()), ..Rejection::request(status, code, self.message()) }
    }

    /// Returns the message for the client.
    pub(crate) fn message(self) -> String {
        let Self { work, reason, limits } = self;
        let what = work.plural();
        match reason {
            Reason::TooLong => format!(
                "the server is busy: no place was free within {} ms (`{}`): try again in a moment",
                limits.wait.as_millis(),
                AdmissionLimits::WAIT_FLAG
            ),
            Reason::QueueFull => format!(
                "the server is busy: {} {what} are waiting, which is the maximum (`{}`): try again in a moment",
                limits.waiting,
                AdmissionLimits::WAITING_FLAG
            ),
            Reason::ClientShare => format!(
                "{} {what} of this client are waiting, which is the maximum (`{}`): send fewer at once, and try again in a moment",
                limits.waiting_per_client,
                AdmissionLimits::WAITING_PER_CLIENT_FLAG
            ),
        }
    }

    /// Returns the limit that was reached.
    pub(crate) fn limit(self) -> LimitReached {
        let Self { work, reason, limits } = self;
        let AdmissionLimits { executions, counts, previews, waiting, waiting_per_client, wait: _ } = limits;
        let (name, value, flag) = match reason {
            Reason::TooLong => {
                let value = match work {
                    Work::Execution => executions,
                    Work::Count => counts,
                    Work::Preview => previews,
                };
                (work.limit_name(), value, work.flag())
            }
            Reason::QueueFull => ("waiting", waiting, AdmissionLimits::WAITING_FLAG),
            Reason::ClientShare => {
                ("waitingPerClient", waiting_per_client, AdmissionLimits::WAITING_PER_CLIENT_FLAG)
            }
        };
        LimitReached { name, value: value as u64, requested: None, flag }
    }
}
