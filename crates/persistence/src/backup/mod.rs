//! Backups: the whole of a database, as it is at one instant, in one file, which either database takes back.

mod cell;
mod connection;
mod file;
mod manifest;
mod restoring;
mod source;
mod tables;

use std::io;
use std::path::PathBuf;

pub use cell::TableSum;
pub(crate) use file::is_backup;
pub use file::{BackupFile, UnfinishedBackup};
pub use manifest::{AnswerDigest, Answers, Manifest};
pub use restoring::{Completion, Restoring};
pub use source::{BackupSource, Copied};

use sea_orm::DbErr;

use crate::StoreError;

/// Rows that have just been dealt with.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Their table.
    pub table: &'a str,
    /// How many they are.
    pub rows: u64,
}

/// Why there is no backup, or none was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file of the new backup is there already.
    #[error("{} exists: name another file, or replace an older backup with --overwrite", .0.display())]
    Exists(PathBuf),
    /// The file that is to be replaced is something else.
    #[error("{} is no backup, and is not overwritten: name another file", .0.display())]
    NoBackupToOverwrite(PathBuf),
    /// The file is something else.
    #[error("{} is no backup: name a file that `greymatters backup` has made", .0.display())]
    NotABackup(PathBuf),
    /// The file is not what was written.
    #[error("{} is damaged: {reason}; nothing was restored from it, take another backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version has made the backup.
    #[error("{} was made by a later version of the program ({program}): restore it with that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version.
        program: String,
    },
    /// There is no publication to back up.
    #[error("the database holds no publication yet: there is nothing to back up")]
    NothingThere,
    /// The database that a backup is to be taken into holds something.
    #[error(
        "the database is not empty: its table `{table}` has {rows} row(s); a backup is restored into a database that holds nothing, so name a new one"
    )]
    NotEmpty {
        /// The table.
        table: String,
        /// How many rows it has.
        rows: u64,
    },
    /// The database holds a table of this name that no migration has made.
    #[error("the database has a table `{0}` of another program: name a new database")]
    NotOurs(String),
    /// The database that a backup is to be taken into has a later schema than the backup.
    #[error(
        "the backup is of an older schema than the database, which `migrate` or `serve` has brought up to date already: name a new database, the restore brings it up to date"
    )]
    Ahead,
    /// The tables of a database are not those that the migrations make.
    #[error("the database cannot be backed up: {0}, other than its migrations say")]
    Schema(String),
    /// What was read back is not what was written.
    #[error("{0}; nothing was kept")]
    Differs(String),
    /// What was to work aside did not.
    #[error("the work broke off: {0}")]
    Task(String),
    /// The database does not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for BackupError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
