//! Connections to an SQLite file.

mod connection;
mod file;
mod file_error;
mod pool;
mod reserve;
mod transaction;

pub(crate) use file::SqliteFile;
pub(crate) use pool::{SqlitePool, Timeouts};
pub(crate) use transaction::SqliteTransaction;

use std::time::Duration;

/// How long a writer waits for another process that writes to the file.
const WRITE_LOCK_TIMEOUT: Duration = Duration::from_millis(1500);
