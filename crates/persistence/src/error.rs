//! What can go wrong with a database.

use sea_orm::sqlx::{self, error::DatabaseError, sqlite::SqliteError};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

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

/// The codes of a full disk: SQLite's, and the SQLSTATE of PostgreSQL.
const FULL: [&str; 2] = ["13", "53100"];

/// The result codes of SQLite, without what they say more precisely, of a database that cannot be used at the moment:
/// busy, locked, out of memory, a fault of the disk, a file that cannot be opened.
const UNUSABLE: [i32; 5] = [5, 6, 7, 10, 14];

/// SQLSTATE codes of a transaction that lost against another one: serialization failure, deadlock.
const LOST: [&str; 2] = ["40001", "40P01"];

/// What a statement fails with, as PostgreSQL then says in its log, that rests on what has changed meanwhile.
pub(crate) const OVERTAKEN: &str = "somebody else has written in between; it is done again";

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let DbErr::Exec(RuntimeErr::SqlxError(cause)) = &error
            && let sqlx::Error::Io(cause) = &**cause
            && let Some(own) = cause.get_ref().and_then(|cause| cause.downcast_ref::<Self>())
        {
            return own.clone();
        }
        let text = error.to_string();
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict(text);
        }
        match &error {
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match (**cause).as_database_error() {
                Some(refusal) if refusal.code().is_some_and(|code| FULL.contains(&&*code)) => {
                    Self::StorageFull(text)
                }
                _ if matches!(error, DbErr::Conn(_)) => Self::Unavailable(text),
                Some(refusal) if refusal.code().is_some_and(|code| LOST.contains(&&*code)) => {
                    Self::Conflict(text)
                }
                Some(refusal) if refusal.message().contains(OVERTAKEN) => Self::Conflict(text),
                Some(refusal) if is_unusable(refusal) => Self::Unavailable(text),
                Some(_) if broke_off(&error) => Self::Unavailable(text),
                Some(_) => Self::Refused(text),
                None => Self::Unavailable(text),
            },
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(text),
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => Self::Damaged(text),
            _ => Self::Refused(text),
        }
    }
}

/// Whether SQLite cannot use the database at the moment.
fn is_unusable(refusal: &dyn DatabaseError) -> bool {
    let refusal = refusal.try_downcast_ref::<SqliteError>();
    let code = refusal.and_then(|refusal| refusal.code()?.parse::<i32>().ok());
    code.is_some_and(|code| UNUSABLE.contains(&(code & 0xff)))
}

/// Whether a statement was sent of which nobody heard what became: its connection broke off, or was ended by the server.
pub(crate) fn broke_off(error: &DbErr) -> bool {
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
