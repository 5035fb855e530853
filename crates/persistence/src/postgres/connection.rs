//! A connection in use.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::{PgConnection, PgQueryResult, PgRow, Postgres};
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, query::Query};
use sea_orm::{DbErr, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::time::Instant;

use super::connect::{Reach, local_settings};
use super::permits::{Permit, Sort};
use super::pool::{Idle, Shared};
use crate::StoreError;
use crate::availability::GaveUp;
use crate::error::{gave_up, is_broken_connection, is_cancelled, told, too_slow, went_away};

/// How much longer than the server somebody waits for it to give a statement up.
const GRACE: Duration = Duration::from_millis(500);

/// How long statements may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) read: Duration,
    pub(crate) write: Duration,
}

/// What a connection is used for, and is therefore set up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading anything.
    Read,
    /// Reading pages whose best plan is the same whatever is bound. PostgreSQL plans each statement once, for
    /// whatever is bound to it, and as what it is: a range of an index, in its order. Planned so, how long a
    /// page is it cannot know: it guesses a tenth of all there is, for which other plans look better once that
    /// is much.
    ShortPage,
    /// Writing, and what a write rests on.
    Write,
}

impl Purpose {
    pub(super) fn sort(self) -> Sort {
        match self {
            Self::Read | Self::ShortPage => Sort::Read,
            Self::Write => Sort::Write,
        }
    }

    pub(super) fn timeout(self, timeouts: Timeouts) -> Duration {
        match self {
            Self::Read | Self::ShortPage => timeouts.read,
            Self::Write => timeouts.write,
        }
    }

    /// What bounds the time that a statement takes: for the session, or `LOCAL` to a transaction. A read waits for a lock
    /// for less time than it may take, so that one that was given up at its full time has worked, and not waited.
    fn times(self, local: &str, timeouts: Timeouts) -> String {
        let timeout = self.timeout(timeouts);
        let lock = match self {
            Self::Read | Self::ShortPage => lock_timeout(timeout).as_millis(),
            Self::Write => 0,
        };
        format!("SET {local}statement_timeout = {}; SET {local}lock_timeout = {lock}", timeout.as_millis())
    }

    /// What is set for it: for the session, or `LOCAL` to a transaction.
    fn settings(self, local: &str, timeouts: Timeouts) -> String {
        let plans = match (self, local) {
            (Self::ShortPage, _) => format!(
                "SET {local}plan_cache_mode = force_generic_plan; SET {local}enable_sort = off; \
                 SET {local}max_parallel_workers_per_gather = 0; "
            ),
            // The last transaction has left nothing behind.
            (Self::Read | Self::Write, "LOCAL ") => String::new(),
            (Self::Read | Self::Write, _) => "SET plan_cache_mode = DEFAULT; SET enable_sort = DEFAULT; \
                 SET max_parallel_workers_per_gather = DEFAULT; "
                .to_owned(),
        };
        format!("{plans}{}", self.times(local, timeouts))
    }

    /// The error of a statement that began then. A read that the server has given up once its time was over is told to
    /// have used it up.
    pub(super) fn explained(self, error: DbErr, timeouts: Timeouts, begun: Instant) -> DbErr {
        let (limit, taken) = (self.timeout(timeouts), begun.elapsed());
        if self != Self::Write && taken >= limit && is_cancelled(&error) {
            return told(StoreError::OutOfTime { limit, taken });
        }
        error
    }
}

/// How long a read that may take so long waits for a lock.
pub(super) fn lock_timeout(read: Duration) -> Duration {
    read.mul_f64(0.8)
}

/// A connection in use. It is kept for others when it is dropped, unless something was left undone on it: then
/// it is closed, and the server gives up whatever it does for it.
#[derive(Debug)]
pub(super) struct Lease {
    connection: Option<PgConnection>,
    shared: Arc<Shared>,
    purpose: Purpose,
    opened: std::time::Instant,
    /// Which connections it belongs to: those before the last one that broke off are not used again.
    generation: u64,
    /// Whether the server waits for what comes next.
    is_clean: bool,
    _permit: Permit,
}

impl Lease {
    pub(super) fn new(
        connection: PgConnection,
        shared: Arc<Shared>,
        purpose: Purpose,
        opened: std::time::Instant,
        generation: u64,
        permit: Permit,
    ) -> Self {
        Self {
            connection: Some(connection),
            shared,
            purpose,
            opened,
            generation,
            is_clean: true,
            _permit: permit,
        }
    }

    /// Has the connection set up for this purpose.
    pub(super) async fn set_up(&mut self, purpose: Purpose, until: Instant) -> Result<(), DbErr> {
        // What is set for reading is set for writing in a transaction, but for the time, which that sets itself.
        if self.purpose != purpose && self.reach() == Reach::Session {
            self.run(&purpose.settings("", self.shared.connector.timeouts), until).await?;
            self.purpose = purpose;
        }
        Ok(())
    }

    pub(super) fn reach(&self) -> Reach {
        self.shared.connector.reach()
    }

    /// What a transaction begins with.
    pub(super) fn begin(&self, mode: &str, purpose: Purpose) -> String {
        let timeouts = self.shared.connector.timeouts;
        match self.reach() {
            Reach::Session => {
                format!("BEGIN {mode}; {}", purpose.times("LOCAL ", timeouts))
            }
            Reach::Transaction => {
                let common = self.connection.as_ref().map(local_settings).unwrap_or_default();
                let settings = purpose.settings("LOCAL ", timeouts);
                format!("BEGIN {mode}; {common}{settings}")
            }
        }
    }

    /// The error of a statement for this purpose that began then.
    pub(super) fn explained(&self, purpose: Purpose, error: DbErr, begun: Instant) -> DbErr {
        purpose.explained(error, self.shared.connector.timeouts, begun)
    }

    /// Until when a statement that begins now may take.
    pub(super) fn until(&self, purpose: Purpose) -> Instant {
        crate::deadline::or(Instant::now() + purpose.timeout(self.shared.connector.timeouts) + GRACE)
    }

    /// Runs statements that nothing is bound to, and that answer nothing.
    pub(super) async fn run(&mut self, sql: &str, until: Instant) -> Result<(), DbErr> {
        let shared = Arc::clone(&self.shared);
        let connection = self.in_use()?;
        let done = shared.availability.unless_away(until, connection.execute(AssertSqlSafe(sql))).await;
        self.ended(done).map_err(|ended| ended.told(DbErr::Exec)).map(|_| ())
    }

    /// Runs a statement that answers how many rows it has changed.
    pub(super) async fn execute(
        &mut self,
        statement: Statement,
        until: Instant,
    ) -> Result<PgQueryResult, DbErr> {
        let shared = Arc::clone(&self.shared);
        let query = self.bound(&statement.sql, statement.values);
        let connection = self.in_use()?;
        let done = shared.availability.unless_away(until, connection.execute(query)).await;
        self.ended(done).map_err(|ended| ended.told(DbErr::Exec))
    }

    /// Runs a statement that answers rows, and reads them all, so that nothing is left on the way.
    pub(super) async fn rows(&mut self, statement: Statement, until: Instant) -> Result<Vec<PgRow>, DbErr> {
        let shared = Arc::clone(&self.shared);
        let query = self.bound(&statement.sql, statement.values);
        let connection = self.in_use()?;
        let done = shared.availability.unless_away(until, connection.fetch_all(query)).await;
        self.ended(done).map_err(|ended| ended.told(DbErr::Query))
    }

    /// The connection, on which something begins.
    fn in_use(&mut self) -> Result<&mut PgConnection, DbErr> {
        if !std::mem::replace(&mut self.is_clean, false) {
            return Err(gave_up(GaveUp::Away));
        }
        self.connection.as_mut().ok_or_else(|| gave_up(GaveUp::Away))
    }

    /// Notes how it ended.
    fn ended<T>(&mut self, done: Result<Result<T, sqlx::Error>, GaveUp>) -> Result<T, Ended> {
        match done {
            Ok(Ok(done)) => {
                self.shared.availability.heard();
                self.is_clean = true;
                Ok(done)
            }
            Ok(Err(error)) => {
                self.is_clean = error.as_database_error().is_some() && !is_broken_connection(&error);
                if !self.is_clean {
                    self.shared.broke_off();
                }
                Err(Ended::Failed(error))
            }
            Err(why) => Err(Ended::GaveUp(why)),
        }
    }

    /// A statement with what is bound to it.
    fn bound<'q>(&self, sql: &'q str, values: Option<Values>) -> Query<'q, Postgres, SqlxValues> {
        sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
            .persistent(self.reach() == Reach::Session)
    }

    pub(super) fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Has it closed when it is dropped.
    pub(super) fn spoil(&mut self) {
        self.is_clean = false;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if self.is_clean {
            let Self { purpose, opened, generation, .. } = *self;
            self.shared.keep(Idle {
                connection,
                purpose,
                opened,
                generation,
                since: std::time::Instant::now(),
            });
        }
        // The permit goes afterwards: whoever waits for it finds the connection.
    }
}

/// How a statement ended that did not succeed.
enum Ended {
    Failed(sqlx::Error),
    GaveUp(GaveUp),
}

impl Ended {
    /// The error for SeaORM, of one of its kinds.
    fn told(self, kind: fn(RuntimeErr) -> DbErr) -> DbErr {
        match self {
            Self::Failed(error) => kind(RuntimeErr::SqlxError(error.into())),
            Self::GaveUp(GaveUp::TooLong) => too_slow(),
            Self::GaveUp(GaveUp::Away) => went_away(),
        }
    }
}
