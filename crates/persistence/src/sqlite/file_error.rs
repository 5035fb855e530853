//! The causes of SQLite's errors. SQLite has the same code for most faults of a disk, so a full disk is detected by
//! trying to write a file.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};

use crate::StoreError;

/// The size of the file that is written to find out whether the disk is full.
const PROBE_SIZE: usize = 64 << 10;

/// The error of an operation on the database at this path, with its cause.
pub(super) async fn explain(path: &Path, error: sqlx::Error) -> StoreError {
    if may_be_full_disk(&error) {
        let path = path.to_owned();
        // The disk may be slow.
        let full = tokio::task::spawn_blocking(move || is_full(&path)).await;
        if full.unwrap_or_default() {
            return StoreError::StorageFull(error.to_string());
        }
    }
    StoreError::from(DbErr::Exec(RuntimeErr::SqlxError(error.into())))
}

/// Replaces an error of opening a file by a more helpful one. SQLite notices that a file is not a database only when it
/// reads the file.
pub(super) fn explain_open(error: StoreError, path: &Path) -> StoreError {
    if error.to_string().contains("file is not a database") {
        return StoreError::NotADatabase { path: path.display().to_string() };
    }
    match error {
        StoreError::Unavailable(cause) | StoreError::Refused(cause) => {
            let hint = "does its folder exist, and is it writable?";
            StoreError::Unavailable(format!("{cause}: `{}`; {hint}", path.display()))
        }
        other => other,
    }
}

/// Whether SQLite reports a full disk.
pub(super) fn is_full_disk(error: &sqlx::Error) -> bool {
    const FULL: i32 = 13;
    primary_code(error) == Some(FULL)
}

/// Whether SQLite reports that another process is writing to the file.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    const BUSY: i32 = 5;
    primary_code(error) == Some(BUSY)
}

/// Whether an I/O error means that there is no space left.
pub(super) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// The path of a file that belongs to a database.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether an error of SQLite may have been caused by a full disk, although its code does not say so.
fn may_be_full_disk(error: &sqlx::Error) -> bool {
    const IO: i32 = 10;
    const CANNOT_OPEN: i32 = 14;
    primary_code(error).is_some_and(|code| [IO, CANNOT_OPEN].contains(&code))
}

/// SQLite's primary result code, which is the lowest byte of the extended code.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// Whether a small file beside the database cannot be written because there is no space.
fn is_full(path: &Path) -> bool {
    let probe = with_suffix(path, "-probe");
    let written = fs::write(&probe, vec![1; PROBE_SIZE]);
    let _ = fs::remove_file(&probe);
    written.is_err_and(|error| is_no_space(&error))
}
