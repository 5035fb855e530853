//! A leased connection: one that a caller uses at the moment.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::{PgConnection, PgQueryResult, PgRow, Postgres};
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, query::Query};
use sea_orm::{DbErr, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::time::Instant;

use super::connect::{SettingsScope, local_settings};
use super::permits::Permit;
use super::pool::{IdleConnection, Shared};
use super::purpose::Purpose;
use crate::connection::{GaveUp, deadline};
use crate::error::{connection_lost, is_broken_connection, no_connection, too_slow};

/// How much longer than its own limit the server may take to cancel a statement.
const CANCEL_GRACE: Duration = Duration::from_millis(500);

/// A connection in use. When it is dropped, it goes back to the pool. If a statement on it was abandoned, it is closed
/// instead, so that the server abandons the statement as well.
#[derive(Debug)]
pub(super) struct Lease {
    connection: Option<PgConnection>,
    shared: Arc<Shared>,
    purpose: Purpose,
    opened: std::time::Instant,
    /// When a connection breaks off, the pool starts a new generation and closes all connections of earlier ones.
    generation: u64,
    /// Whether the last statement has ended, so that the server waits for the next one.
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

    /// Changes the settings of the connection for this purpose.
    pub(super) async fn set_up(&mut self, purpose: Purpose, until: Instant) -> Result<(), DbErr> {
        // Where settings end with a transaction, each transaction begins with them.
        if self.purpose != purpose && self.settings_scope() == SettingsScope::Session {
            self.run(&purpose.set_all("", self.shared.connector.timeouts), until).await?;
            self.purpose = purpose;
        }
        Ok(())
    }

    pub(super) fn settings_scope(&self) -> SettingsScope {
        self.shared.connector.settings_scope()
    }

    /// The statements that begin a transaction.
    pub(super) fn begin_sql(&self, mode: &str, purpose: Purpose) -> String {
        let timeouts = self.shared.connector.timeouts;
        match self.settings_scope() {
            SettingsScope::Session => {
                format!("BEGIN {mode}; {}", purpose.set_timeouts("LOCAL ", timeouts))
            }
            SettingsScope::Transaction => {
                let common = self.connection.as_ref().map(local_settings).unwrap_or_default();
                let settings = purpose.set_all("LOCAL ", timeouts);
                format!("BEGIN {mode}; {common}{settings}")
            }
        }
    }

    /// The error of a statement for this purpose that started at `started`.
    pub(super) fn explain(&self, purpose: Purpose, error: DbErr, started: Instant) -> DbErr {
        purpose.explain(error, self.shared.connector.timeouts, started)
    }

    /// The time at which a statement that starts now is abandoned.
    pub(super) fn until(&self, purpose: Purpose) -> Instant {
        let timeout = purpose.timeout(self.shared.connector.timeouts);
        deadline::earliest(Instant::now() + timeout + CANCEL_GRACE)
    }

    /// Runs statements that have no bound values and return nothing.
    pub(super) async fn run(&mut self, sql: &str, until: Instant) -> Result<(), DbErr> {
        let shared = Arc::clone(&self.shared);
        let connection = self.start_statement()?;
        let done = shared.availability.unless_away(until, connection.execute(AssertSqlSafe(sql))).await;
        self.note_end(done).map_err(|error| error.into_db_err(DbErr::Exec)).map(|_| ())
    }

    /// Runs a statement, and returns the number of rows that it has changed.
    pub(super) async fn execute(
        &mut self,
        statement: Statement,
        until: Instant,
    ) -> Result<PgQueryResult, DbErr> {
        let shared = Arc::clone(&self.shared);
        let query = self.bound(&statement.sql, statement.values);
        let connection = self.start_statement()?;
        let done = shared.availability.unless_away(until, connection.execute(query)).await;
        self.note_end(done).map_err(|error| error.into_db_err(DbErr::Exec))
    }

    /// Runs a statement, and reads all its rows, so that none is left on the connection.
    pub(super) async fn rows(&mut self, statement: Statement, until: Instant) -> Result<Vec<PgRow>, DbErr> {
        let shared = Arc::clone(&self.shared);
        let query = self.bound(&statement.sql, statement.values);
        let connection = self.start_statement()?;
        let done = shared.availability.unless_away(until, connection.fetch_all(query)).await;
        self.note_end(done).map_err(|error| error.into_db_err(DbErr::Query))
    }

    /// The connection for the next statement. It is not clean until the statement has ended.
    fn start_statement(&mut self) -> Result<&mut PgConnection, DbErr> {
        if !std::mem::replace(&mut self.is_clean, false) {
            return Err(no_connection(GaveUp::Away));
        }
        self.connection.as_mut().ok_or_else(|| no_connection(GaveUp::Away))
    }

    /// Notes how a statement ended.
    fn note_end<T>(&mut self, done: Result<Result<T, sqlx::Error>, GaveUp>) -> Result<T, StatementError> {
        match done {
            Ok(Ok(done)) => {
                self.shared.availability.note_answer();
                self.is_clean = true;
                Ok(done)
            }
            Ok(Err(error)) => {
                self.is_clean = error.as_database_error().is_some() && !is_broken_connection(&error);
                if !self.is_clean {
                    self.shared.note_lost_connection();
                }
                Err(StatementError::Failed(error))
            }
            Err(why) => Err(StatementError::GaveUp(why)),
        }
    }

    /// A statement with its bound values.
    fn bound<'q>(&self, sql: &'q str, values: Option<Values>) -> Query<'q, Postgres, SqlxValues> {
        sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
            .persistent(self.settings_scope() == SettingsScope::Session)
    }

    pub(super) fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Closes the connection when the lease is dropped, instead of giving it back to the pool.
    pub(super) fn close_on_drop(&mut self) {
        self.is_clean = false;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if self.is_clean {
            let Self { purpose, opened, generation, .. } = *self;
            self.shared.put_back(IdleConnection {
                connection,
                purpose,
                opened,
                generation,
                since: std::time::Instant::now(),
            });
        }
        // The permit is dropped after this, so that the next caller finds the idle connection.
    }
}

/// Why a statement did not succeed.
enum StatementError {
    Failed(sqlx::Error),
    GaveUp(GaveUp),
}

impl StatementError {
    /// The error for SeaORM. `kind` is the kind of an error of the database.
    fn into_db_err(self, kind: fn(RuntimeErr) -> DbErr) -> DbErr {
        match self {
            Self::Failed(error) => kind(RuntimeErr::SqlxError(error.into())),
            Self::GaveUp(GaveUp::TooLong) => too_slow(),
            Self::GaveUp(GaveUp::Away) => connection_lost(),
        }
    }
}
