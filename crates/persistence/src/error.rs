//! What can go wrong with a database.

use std::io;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};

use crate::availability::GaveUp;

/// A fault of the database, or of what it holds. None is the fault of a reader.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The address is not one of a database that we know.
    #[error(
        "`{0}` is not a database address: use `sqlite:greymatters.db` or `postgres://user:password@host/database`"
    )]
    Address(String),
    /// A copy to read from that cannot be one.
    #[error("`{0}` cannot be read from as a copy: both it and the database must be PostgreSQL")]
    Replica(String),
    /// The file is there but is not a database.
    #[error("`{path}` is not an SQLite database: name another file, or move this one away to start afresh")]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// The file is a backup, which is read by a restore alone.
    #[error(
        "`{path}` is a backup, not a database to work with: `greymatters restore` takes it into a database; name that one"
    )]
    IsABackup {
        /// The file.
        path: String,
    },
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// There is no room left where the database is. Nothing of what was to be written is kept.
    #[error("there is no room left where the database is: {0}; make room, and writing goes on by itself")]
    StorageFull(String),
    /// The file of an SQLite database was deleted or replaced while it was open. Nothing is written any more.
    #[error(
        "the file `{path}` was {what} while the server had it open: nothing is written any more; put the right file there and start the server again"
    )]
    FileLost {
        /// The file.
        path: String,
        /// What has become of it.
        what: &'static str,
    },
    /// A commit broke off, and whether the database has kept the write cannot be told yet.
    #[error(
        "the connection to the database broke off while it committed: whether it has kept the write is not known yet"
    )]
    OutcomeUnknown {
        /// The request that the write was for: the audit log tells of it, if it was kept.
        request_id: Option<String>,
    },
    /// The database took longer than it may.
    #[error("the database took too long: {0}")]
    TooSlow(String),
    /// The database worked on a read for longer than a read may take, and gave it up.
    #[error("the database worked on a read for {taken:?}, and may for {limit:?}")]
    OutOfTime {
        /// How long a read may take.
        limit: Duration,
        /// How long this one took until it was given up.
        taken: Duration,
    },
    /// What is asked costs more than a request may.
    #[error("this costs more than a request may")]
    OverBudget,
    /// What was tried out gave way to a write, or did not get its turn.
    #[error("a preview gave way to a write")]
    GaveWay,
    /// Another transaction got in between; the same again may succeed.
    #[error("another transaction got in between: {0}")]
    Conflict(String),
    /// What was read belongs to another edition than what was read before: all of it has to be read again.
    #[error("there is another edition now")]
    Moved,
    /// A row that cannot be read as what it should be.
    #[error("the database holds a damaged row: {0}")]
    Damaged(String),
    /// The schema is older than this program.
    #[error(
        "the database is older than this program: it lacks {0} migration(s); run `greymatters migrate`, or start `serve`, which does it first"
    )]
    NotMigrated(usize),
    /// The schema is newer than this program; holds the name of the latest migration.
    #[error(
        "the database is newer than this program: a later version has applied `{0}`, which this one does not know. This program reads it and does not write to it; use the later version"
    )]
    UpgradeRequired(String),
    /// Anything else.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// What a statement fails with, as PostgreSQL then says in its log, that rests on what has changed meanwhile.
pub(crate) const OVERTAKEN: &str = "somebody else has written in between; it is done again";

/// What a statement fails with that nobody waits for any longer.
const TOO_SLOW: &str = "the time for it is over";

/// What a statement of something that is tried out fails with when it gives way.
const GAVE_WAY: &str = "it gives way to a write";

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(own) = own(&error) {
            return own.clone();
        }
        let text = error.to_string();
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict(text);
        }
        match &error {
            DbErr::Custom(cause) if cause == TOO_SLOW => Self::TooSlow(text),
            DbErr::Custom(cause) if cause == GAVE_WAY => Self::GaveWay,
            DbErr::Custom(cause) if cause == OVERTAKEN => Self::Conflict(text),
            DbErr::ConnectionAcquire(_) => Self::Unavailable(text),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match Fault::of(cause) {
                Fault::Room => Self::StorageFull(text),
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

/// What went wrong.
enum Fault {
    /// The connection broke off, or cannot be used any more; another one may do.
    Connection,
    /// The database cannot do it now.
    Server,
    /// There is no room left where the database is.
    Room,
    /// The database gave it up because it took too long.
    Time,
    /// Another transaction got in between.
    Conflict,
    /// A row is not what it should be.
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
                    // SQLSTATE has five characters; SQLite's numbers have fewer.
                    Some(state) if state.len() == 5 => Self::of_state(state),
                    Some(number) => number.parse().map_or(Self::Statement, Self::of_sqlite),
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

    /// By PostgreSQL's codes (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn of_state(state: &str) -> Self {
        match (&state[..2], state) {
            // Serialization failure, deadlock.
            (_, "40001" | "40P01") => Self::Conflict,
            // Cancelled, or not granted a lock in time.
            (_, "57014" | "55P03") => Self::Time,
            // Ended by an administrator or by a crash; idle for too long; a transaction that took too long.
            (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04") => Self::Connection,
            // What was prepared does not fit the tables any more, or a pooler has another session by now.
            (_, "0A000" | "26000" | "42P05") => Self::Connection,
            // It has become a standby.
            (_, "25006") => Self::Connection,
            (_, "53100") => Self::Room,
            // A table is missing: the database was emptied, or taken for another one.
            (_, "42P01") => Self::Server,
            // The connection; resources; the system.
            ("08", _) => Self::Connection,
            ("53" | "58", _) => Self::Server,
            _ => Self::Statement,
        }
    }

    /// By SQLite's result codes (<https://www.sqlite.org/rescode.html>), of which the lowest byte is the sort.
    fn of_sqlite(number: u32) -> Self {
        match number & 0xff {
            // Busy, locked, out of memory, read-only, I/O error, malformed (SQLite also says that of a file which the
            // disk fails to read), cannot be opened, locks that fail, no database.
            5 | 6 | 7 | 8 | 10 | 11 | 14 | 15 | 26 => Self::Server,
            13 => Self::Room,
            // Interrupted.
            9 => Self::Time,
            _ => Self::Statement,
        }
    }
}

/// An error of ours, on its way through SeaORM; `StoreError::from` takes it out again.
pub(crate) fn told(error: StoreError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(io::Error::other(error)).into()))
}

/// The error of ours that [`told`] has sent on its way.
fn own(error: &DbErr) -> Option<&StoreError> {
    let DbErr::Exec(RuntimeErr::SqlxError(cause)) = error else { return None };
    let sqlx::Error::Io(cause) = &**cause else { return None };
    cause.get_ref()?.downcast_ref()
}

/// Whether PostgreSQL has cancelled a statement, as it does when its `statement_timeout` is over.
pub(crate) fn is_cancelled(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let state = cause.as_database_error().and_then(|refusal| refusal.code());
    state.is_some_and(|state| state == "57014")
}

/// Whether nothing can be done on this connection any more.
pub(crate) fn is_broken_connection(error: &sqlx::Error) -> bool {
    matches!(Fault::of(error), Fault::Connection)
}

/// Whether something failed only because its connection did.
pub(crate) fn lost_connection(error: &DbErr) -> bool {
    match error {
        error if own(error).is_some() => false,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => is_broken_connection(cause),
        _ => false,
    }
}

/// The error of whoever has not got a connection.
pub(crate) fn gave_up(why: GaveUp) -> DbErr {
    DbErr::ConnectionAcquire(match why {
        GaveUp::Away => ConnAcquireErr::ConnectionClosed,
        GaveUp::TooLong => ConnAcquireErr::Timeout,
    })
}

/// The error of a statement that was sent when the database went away.
pub(crate) fn went_away() -> DbErr {
    let cause = io::Error::new(io::ErrorKind::ConnectionAborted, "the database does not answer any more");
    DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(cause).into()))
}

/// The error of a write that rests on what has changed meanwhile.
pub(crate) fn overtaken() -> DbErr {
    DbErr::Custom(OVERTAKEN.to_owned())
}

/// The error of a statement that took too long.
pub(crate) fn too_slow() -> DbErr {
    DbErr::Custom(TOO_SLOW.to_owned())
}

/// The error of what gives way to a write.
pub(crate) fn gave_way() -> DbErr {
    DbErr::Custom(GAVE_WAY.to_owned())
}

/// Whether a statement was sent of which nobody heard what became: its connection broke off, or was ended by the server.
pub(crate) fn broke_off(error: &DbErr) -> bool {
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
