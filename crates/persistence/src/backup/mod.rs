//! Backups: all rows of a database at one instant, in one file. A backup can be restored into either database.

mod cell;
mod connection;
mod file;
mod manifest;
mod restore;
mod seal;
mod source;
mod tables;
mod unfinished;

use std::io;
use std::path::PathBuf;

pub use cell::TableSum;
pub use file::BackupFile;
pub use manifest::{AnswerDigest, Answers, Manifest};
pub use restore::{Restore, RestoredDatabase};
pub(crate) use seal::is_backup;
pub use source::{BackupSource, CopiedBackup};
pub use unfinished::UnfinishedBackup;

use sea_orm::DbErr;

use crate::StoreError;

/// A number of rows that were just processed.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Their table.
    pub table: &'a str,
    /// Their number.
    pub rows: u64,
}

/// Why a backup could not be made, checked or restored.
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
    /// The file of the new backup exists already.
    #[error("{} exists: name another file, or replace an older backup with --overwrite", .0.display())]
    Exists(PathBuf),
    /// The file to be overwritten is not a backup.
    #[error("{} is not a backup and is not overwritten: name another file", .0.display())]
    NotABackupToOverwrite(PathBuf),
    /// The file is not a backup.
    #[error("{} is not a backup: name a file that `greymatters backup` has made", .0.display())]
    NotABackup(PathBuf),
    /// The file was changed after it was written.
    #[error("{} is damaged: {reason}; nothing was restored from it, use another backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version of the program has made the backup.
    #[error("{} was made by a later version of the program ({program}): restore it with that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version.
        program: String,
    },
    /// The database is empty.
    #[error("the database holds no publication yet: there is nothing to back up")]
    NothingThere,
    /// The target database is not empty.
    #[error(
        "the database is not empty: its table `{table}` has {rows} row(s); a backup can only be restored into an empty database, so name a new one"
    )]
    NotEmpty {
        /// The table.
        table: String,
        /// How many rows it has.
        rows: u64,
    },
    /// The target database has a table with this name that no migration has created.
    #[error("the database has a table `{0}` of another program: name a new database")]
    NotOurs(String),
    /// The target database has a later schema than the backup.
    #[error(
        "the backup is of an older schema than the database, which `migrate` or `serve` has already brought up to date: name a new database, and the restore brings it up to date"
    )]
    Ahead,
    /// The tables of the database differ from those that its migrations create.
    #[error("the database cannot be backed up: {0}, unlike the schema of its migrations")]
    Schema(String),
    /// The restored rows differ from those of the backup.
    #[error("{0}; nothing was restored")]
    Differs(String),
    /// A background task has failed.
    #[error("a background task has failed: {0}")]
    Task(String),
    /// The database does not answer, or refuses a statement.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for BackupError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
