//! What a connection is used for, and the settings that this needs.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::permits::PermitKind;
use crate::StoreError;
use crate::error::{is_cancelled, wrap};

/// How long statements may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) read: Duration,
    pub(crate) write: Duration,
}

/// What a connection is used for. Its settings depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reads of any kind.
    Read,
    /// Reads of short pages, whose best plan does not depend on the bound values. PostgreSQL makes one plan for any
    /// values. Such a plan assumes that the page is a tenth of the table, so that on a large table PostgreSQL would
    /// prefer sorting or parallel workers to the range of an index. Therefore both are switched off.
    ShortPage,
    /// Writes, and the reads that they depend on.
    Write,
}

impl Purpose {
    pub(super) fn permit_kind(self) -> PermitKind {
        match self {
            Self::Read | Self::ShortPage => PermitKind::Read,
            Self::Write => PermitKind::Write,
        }
    }

    pub(super) fn timeout(self, timeouts: Timeouts) -> Duration {
        match self {
            Self::Read | Self::ShortPage => timeouts.read,
            Self::Write => timeouts.write,
        }
    }

    /// Sets the time limits of statements, for the session or `LOCAL` to a transaction. The limit for locks of a read
    /// is shorter than its limit for statements. Therefore a read that is cancelled after its full time was working
    /// and not waiting for a lock.
    pub(super) fn set_timeouts(self, local: &str, timeouts: Timeouts) -> String {
        let timeout = self.timeout(timeouts);
        let lock = match self {
            Self::Read | Self::ShortPage => lock_timeout(timeout).as_millis(),
            Self::Write => 0,
        };
        format!("SET {local}statement_timeout = {}; SET {local}lock_timeout = {lock}", timeout.as_millis())
    }

    /// Sets everything for this purpose, for the session or `LOCAL` to a transaction.
    pub(super) fn set_all(self, local: &str, timeouts: Timeouts) -> String {
        let planner = match (self, local) {
            (Self::ShortPage, _) => format!(
                "SET {local}plan_cache_mode = force_generic_plan; SET {local}enable_sort = off; \
                 SET {local}max_parallel_workers_per_gather = 0; "
            ),
            // Settings of an earlier transaction ended with it.
            (Self::Read | Self::Write, "LOCAL ") => String::new(),
            (Self::Read | Self::Write, _) => "SET plan_cache_mode = DEFAULT; SET enable_sort = DEFAULT; \
                 SET max_parallel_workers_per_gather = DEFAULT; "
                .to_owned(),
        };
        format!("{planner}{}", self.set_timeouts(local, timeouts))
    }

    /// The error of a statement that started at `started`. A read that the server has cancelled after its full time
    /// becomes [`StoreError::OutOfTime`].
    pub(super) fn explain(self, error: DbErr, timeouts: Timeouts, started: Instant) -> DbErr {
        let (limit, taken) = (self.timeout(timeouts), started.elapsed());
        if self != Self::Write && taken >= limit && is_cancelled(&error) {
            return wrap(StoreError::OutOfTime { limit, taken });
        }
        error
    }
}

/// How long a read waits for a lock, if it may take this long altogether.
pub(super) fn lock_timeout(read: Duration) -> Duration {
    read.mul_f64(0.8)
}
