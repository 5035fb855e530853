//! The errors of the database.

use std::io;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};

use crate::connection::GaveUp;

/// A failure of the database, or a fault in its data. None of them is the fault of a client.
///
/// Every function of this crate that uses the database can return one. Its documentation names an error only when it
/// has a special meaning there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The address is not the address of a supported database.
    #[error(
        "`{0}` is not a database address: use `sqlite:greymatters.db` or `postgres://user:password@host/database`"
    )]
    Address(String),
    /// The database or its replica is not PostgreSQL.
    #[error("`{0}` cannot be the replica: both it and the database must be PostgreSQL")]
    Replica(String),
    /// The file exists, but it is not an SQLite database.
    #[error(
        "`{path}` is not an SQLite database: name another file, or move this file to start with a new database"
    )]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// The file is a backup, which only a restore can read.
    #[error(
        "`{path}` is a backup, not a database: restore it into a database with `greymatters restore`, and name that database"
    )]
    IsABackup {
        /// The file.
        path: String,
    },
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The disk of the database is full. Nothing was written.
    #[error("the disk of the database is full: {0}; free some space, and writes continue by themselves")]
    StorageFull(String),
    /// The file of an SQLite database was deleted or replaced while it was open. All writes are refused from then on.
    #[error(
        "the file `{path}` was {what} while the server had it open: all writes are refused; put the right file there and start the server again"
    )]
    FileLost {
        /// The file.
        path: String,
        /// What happened to it: `deleted` or `replaced`.
        what: &'static str,
    },
    /// The connection broke off during a commit, and the outcome of the commit is still unknown.
    #[error(
        "the connection to the database broke off during the commit: it is not known yet whether the write was committed"
    )]
    OutcomeUnknown {
        /// The id of the request. If the write was committed, the audit log has an entry with this id.
        request_id: Option<String>,
    },
    /// The database took too long.
    #[error("the database took too long: {0}")]
    TooSlow(String),
    /// The database cancelled a read that was working for its full time.
    #[error("the database worked on a read for {taken:?}, and the limit is {limit:?}")]
    OutOfTime {
        /// How long a read may take.
        limit: Duration,
        /// How long this read took until it was cancelled.
        taken: Duration,
    },
    /// The request costs more than its budget.
    #[error("the request costs more than its budget")]
    OverBudget,
    /// A dry run was stopped because a write waited for it, or it could not start in time.
    #[error("the dry run was stopped for a write")]
    Preempted,
    /// Another write came first. The write may succeed when it is tried again.
    #[error("another write came first: {0}")]
    Conflict(String),
    /// The rows belong to another edition than the rows read before. Everything has to be read again.
    #[error("the edition has changed during the read")]
    EditionChanged,
    /// A row has values that the program cannot read.
    #[error("the database holds a damaged row: {0}")]
    Damaged(String),
    /// The schema is older than this program.
    #[error(
        "the database is older than this program: it lacks {0} migration(s); run `greymatters migrate` or `greymatters serve`, which apply them"
    )]
    NotMigrated(usize),
    /// The schema is newer than this program. Contains the name of the latest migration.
    #[error(
        "the database is newer than this program: a later version has applied the migration `{0}`. This program can read the database, but not write to it; use the later version"
    )]
    UpgradeRequired(String),
    /// Anything else.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// The message of a failed condition of a write. It also appears in PostgreSQL's log.
pub(crate) const OVERTAKEN: &str = "another write came first; this one is tried again";

/// The message of a statement that took too long.
const TOO_SLOW: &str = "the statement took too long";

/// The message of a dry run that was stopped for a write.
const PREEMPTED: &str = "the dry run was stopped for a write";

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(wrapped) = wrapped(&error) {
            return wrapped.clone();
        }
        let text = error.to_string();
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict(text);
        }
        match &error {
            DbErr::Custom(cause) if cause == TOO_SLOW => Self::TooSlow(text),
            DbErr::Custom(cause) if cause == PREEMPTED => Self::Preempted,
            DbErr::Custom(cause) if cause == OVERTAKEN => Self::Conflict(text),
            DbErr::ConnectionAcquire(_) => Self::Unavailable(text),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match Fault::of(cause) {
                Fault::DiskFull => Self::StorageFull(text),
                Fault::Connection | Fault::Server => Self::Unavailable(text),
                Fault::Time => Self::TooSlow(text),
                Fault::Conflict => Self::Conflict(text),
                Fault::Row => Self::Damaged(text),
                Fault::Statement if matches!(error, DbErr::Conn(_)) => Self::Unavailable(text),
                Fault::Statement => Self::Refused(text),
            },
            DbErr::Conn(_) => Self::Unavailable(text),
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => Self::Damaged(text),
            _ => Self::Refused(text),
        }
    }
}

/// The cause of an error.
enum Fault {
    /// The connection broke off or cannot be used any more. Another connection may work.
    Connection,
    /// The database cannot run the statement at the moment.
    Server,
    /// The disk of the database is full.
    DiskFull,
    /// The statement took too long.
    Time,
    /// Another write came first.
    Conflict,
    /// A row has values that the program cannot read.
    Row,
    /// The statement itself.
    Statement,
}

impl Fault {
    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => {
                if refusal.message().contains(OVERTAKEN) {
                    return Self::Conflict;
                }
                match refusal.code().as_deref() {
                    // An SQLSTATE has five characters. SQLite's numbers have fewer.
                    Some(state) if state.len() == 5 => Self::of_sqlstate(state),
                    Some(number) => number.parse().map_or(Self::Statement, Self::of_sqlite_code),
                    None => Self::Statement,
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::WorkerCrashed => Self::Connection,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Server,
            sqlx::Error::RowNotFound
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_) => Self::Row,
            _ => Self::Statement,
        }
    }

    /// PostgreSQL's codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn of_sqlstate(state: &str) -> Self {
        match (&state[..2], state) {
            // Serialization failure; deadlock.
            (_, "40001" | "40P01") => Self::Conflict,
            // Cancelled; lock not granted in time.
            (_, "57014" | "55P03") => Self::Time,
            // Closed by an administrator or by a crash; idle for too long; transaction took too long.
            (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04") => Self::Connection,
            // A prepared statement does not match the tables any more, or a pooler has switched to another session.
            (_, "0A000" | "26000" | "42P05") => Self::Connection,
            // The server has become a standby.
            (_, "25006") => Self::Connection,
            (_, "53100") => Self::DiskFull,
            // A table is missing: the database was emptied, or it is another database.
            (_, "42P01") => Self::Server,
            // Connection exception.
            ("08", _) => Self::Connection,
            // Insufficient resources; system error.
            ("53" | "58", _) => Self::Server,
            _ => Self::Statement,
        }
    }

    /// SQLite's result codes: <https://www.sqlite.org/rescode.html>. The lowest byte is the primary code.
    fn of_sqlite_code(number: u32) -> Self {
        match number & 0xff {
            // Busy, locked, out of memory, read-only, I/O error, malformed (also when the disk fails to read the file),
            // cannot open, locking protocol, not a database.
            5 | 6 | 7 | 8 | 10 | 11 | 14 | 15 | 26 => Self::Server,
            13 => Self::DiskFull,
            // Interrupted.
            9 => Self::Time,
            _ => Self::Statement,
        }
    }
}

/// Wraps an error, so that it can pass through SeaORM. `StoreError::from` unwraps it.
pub(crate) fn wrap(error: StoreError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(io::Error::other(error)).into()))
}

/// The error that [`wrap`] has wrapped.
fn wrapped(error: &DbErr) -> Option<&StoreError> {
    let DbErr::Exec(RuntimeErr::SqlxError(cause)) = error else { return None };
    let sqlx::Error::Io(cause) = &**cause else { return None };
    cause.get_ref()?.downcast_ref()
}

/// Whether PostgreSQL has cancelled a statement, for example because of its `statement_timeout`.
pub(crate) fn is_cancelled(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let state = cause.as_database_error().and_then(|refusal| refusal.code());
    state.is_some_and(|state| state == "57014")
}

/// Whether the connection cannot be used any more.
pub(crate) fn is_broken_connection(error: &sqlx::Error) -> bool {
    matches!(Fault::of(error), Fault::Connection)
}

/// Whether a statement failed only because its connection was lost.
pub(crate) fn lost_connection(error: &DbErr) -> bool {
    match error {
        error if wrapped(error).is_some() => false,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => is_broken_connection(cause),
        _ => false,
    }
}

/// The error of a caller that did not get a connection.
pub(crate) fn no_connection(why: GaveUp) -> DbErr {
    DbErr::ConnectionAcquire(match why {
        GaveUp::Away => ConnAcquireErr::ConnectionClosed,
        GaveUp::TooLong => ConnAcquireErr::Timeout,
    })
}

/// The error of a statement that was running when the database stopped to answer.
pub(crate) fn connection_lost() -> DbErr {
    let cause = io::Error::new(io::ErrorKind::ConnectionAborted, "the database does not answer any more");
    DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(cause).into()))
}

/// The error of a write that another write has overtaken.
pub(crate) fn overtaken() -> DbErr {
    DbErr::Custom(OVERTAKEN.to_owned())
}

/// The error of a statement that took too long.
pub(crate) fn too_slow() -> DbErr {
    DbErr::Custom(TOO_SLOW.to_owned())
}

/// The error of a dry run that was stopped for a write.
pub(crate) fn preempted() -> DbErr {
    DbErr::Custom(PREEMPTED.to_owned())
}

/// Whether the outcome of a statement is unknown: it took too long, its connection broke off, or the server closed it.
pub(crate) fn has_unknown_outcome(error: &DbErr) -> bool {
    if matches!(error, DbErr::Custom(cause) if cause == TOO_SLOW) {
        return true;
    }
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    match &**cause {
        sqlx::Error::Database(refusal) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P") || code == "40003"),
        sqlx::Error::Io(cause) => cause.get_ref().is_none_or(|cause| !cause.is::<StoreError>()),
        sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
