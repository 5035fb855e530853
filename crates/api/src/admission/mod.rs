//! The one entrance for reads that are not at hand.
//!
//! [`Rates`] bounds how often each client asks anything at all. Of reads that are not at hand, only so many run at
//! once: executions, counts and previews each have a bound of their own. Whoever comes when all places are taken waits
//! in a queue, for a short time, and is then refused. One client has only a share of the places. Answers that are
//! kept, writes and health checks do not come through here.

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
pub(crate) use self::rates::{RATE_LIMIT, RATE_LIMIT_POLICY, RateLimited, Rates, Standing};
pub use self::rates::{Rate, RateLimits};
use crate::graphql::{ErrorCode, LimitReached, Rejection};

/// How many reads that are not at hand run at once, and how many wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Reads that run at once and count nothing.
    pub executions: usize,
    /// Reads that run at once and count articles (`totalCount`).
    pub counts: usize,
    /// Previews that are read at once.
    pub previews: usize,
    /// Requests that wait, of each kind.
    pub waiting: usize,
    /// Requests of one client that wait, of each kind.
    pub waiting_per_client: usize,
    /// How long one waits at most.
    pub wait: Duration,
}

impl AdmissionLimits {
    /// The flag of the program that sets [`Self::wait`].
    pub const WAIT_FLAG: &str = "--max-wait";
    /// The flag of the program that sets [`Self::waiting`].
    pub const WAITING_FLAG: &str = "--max-waiting";
    /// The flag of the program that sets [`Self::waiting_per_client`].
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

/// What a request wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Read something, and count nothing.
    Execution,
    /// Read something, and count articles.
    Count,
    /// Read a preview.
    Preview,
}

impl Work {
    pub(crate) const ALL: [Self; 3] = [Self::Execution, Self::Count, Self::Preview];

    /// Its name in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Count => "count",
            Self::Preview => "preview",
        }
    }

    /// The name of its limit in answers.
    fn limit_name(self) -> &'static str {
        match self {
            Self::Execution => "executions",
            Self::Count => "counts",
            Self::Preview => "previews",
        }
    }

    /// The flag of the program that sets its limit.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Execution => "--max-executions",
            Self::Count => "--max-counts",
            Self::Preview => "--max-previews",
        }
    }

    /// What requests of its kind are called in messages.
    fn plural(self) -> &'static str {
        match self {
            Self::Execution => "requests",
            Self::Count => "requests that count (`totalCount`)",
            Self::Preview => "previews",
        }
    }
}

/// The entrance.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    limits: AdmissionLimits,
    queues: Arc<[Queue; 3]>,
}

/// What one request wants of the entrance.
#[derive(Clone, Copy)]
pub(crate) struct Entrance<'a> {
    pub(crate) admission: &'a Admission,
    pub(crate) work: Work,
    pub(crate) ticket: &'a Ticket,
}

/// A request that got no place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused {
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

    /// What there is of each kind of work.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Work, QueueCounts)> {
        Work::ALL.into_iter().zip(self.queues.iter().map(Queue::counts))
    }
}

impl Entrance<'_> {
    /// Waits for a place, until this instant. The place is free again when it is dropped.
    pub(crate) async fn enter(&self, until: Instant) -> Result<Place, Refused> {
        let Self { admission, work, ticket } = *self;
        let entered = admission.queues[work as usize].enter(ticket, until).await;
        entered.map_err(|reason| Refused { work, reason, limits: admission.limits })
    }

    /// Waits for a place as long as a request waits at most.
    pub(crate) async fn enter_soon(&self) -> Result<Place, Refused> {
        self.enter(self.until()).await
    }

    /// Until when a request waits that begins to wait now.
    pub(crate) fn until(&self) -> Instant {
        Instant::now() + self.admission.limits.wait
    }
}

impl Refused {
    /// What the client is told.
    pub(crate) fn rejection(self) -> Rejection {
        let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable);
        Rejection { limit: Some(self.limit()), ..Rejection::request(status, code, self.message()) }
    }

    /// Why, and what to do about it.
    pub(crate) fn message(self) -> String {
        let Self { work, reason, limits } = self;
        let what = work.plural();
        match reason {
            Reason::TooLong => format!(
                "the server is busy: no place was free within {} ms (`{}`); try again in a moment",
                limits.wait.as_millis(),
                AdmissionLimits::WAIT_FLAG
            ),
            Reason::QueueFull => format!(
                "the server is busy: as many {what} wait as may ({}, `{}`); try again in a moment",
                limits.waiting,
                AdmissionLimits::WAITING_FLAG
            ),
            Reason::ClientShare => format!(
                "as many {what} of this client wait as may ({}, `{}`): send fewer at once, and try again in a moment",
                limits.waiting_per_client,
                AdmissionLimits::WAITING_PER_CLIENT_FLAG
            ),
        }
    }

    /// The limit that stood in the way.
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
