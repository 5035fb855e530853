//! The file of an SQLite database: how it is opened, and whether its path still names it.
//!
//! A server that goes on writing to a file which was deleted or replaced loses what it acknowledges, as nobody can
//! open that file again. So every connection and every commit makes sure that the path still names the file that the
//! server began with. `stat` tells that. The file itself must not be opened for it: closing it again would drop the
//! locks that SQLite holds on it (POSIX drops all of a process at once).

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};
use sea_orm::sqlx::{self, ConnectOptions};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, SqlxSqliteConnector};

use crate::connection_memory::{CACHE_SIZE, KeptByConnection};
use crate::reserve::Reserve;
use crate::store::{LOCK_PATIENCE, PATIENCE};
use crate::{StoreError, backup, private_file};

/// Statements that take longer are logged as a warning.
const SLOW: Duration = Duration::from_secs(2);
/// The size of the file that shows whether the disk is full.
const PROBE: usize = 64 << 10;

/// The file of an SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    options: SqliteConnectOptions,
    path: PathBuf,
    /// The files that every process has to share which writes to the database, and which they were when the server
    /// began: data, write-ahead log, and the index of that log. With another index, a process overwrites what others
    /// have added to the log.
    files: Vec<(PathBuf, FileId)>,
    /// Why the path does not name the file any more. Once that is so, it stays so.
    lost: OnceLock<Lost>,
    reserve: Reserve,
    /// What each connection to it may keep in memory.
    kept: KeptByConnection,
    /// A connection that stays open and does nothing: while there is one, SQLite keeps its write-ahead log.
    anchor: Mutex<Option<rusqlite::Connection>>,
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        if self.reserve.keep().is_err() {
            // The last connection that is closed takes the files beside the database away. On a full disk, their room
            // may be gone before somebody opens the database again, and there is no reserve left for that. So it is
            // not closed; the next start takes the files over, as after a crash.
            let anchor = self.anchor.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            std::mem::forget(anchor);
        }
    }
}

/// What tells one file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// What has happened to a file of the database.
#[derive(Debug, Clone)]
struct Lost {
    path: PathBuf,
    what: &'static str,
}

impl SqliteFile {
    /// Opens the file of `sqlite:PATH`; makes it when it is not there.
    pub(crate) async fn open(url: &str, kept: KeptByConnection) -> Result<Self, StoreError> {
        let options: SqliteConnectOptions = url.parse().map_err(refused)?;
        let options = options
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            // A commit that was acknowledged outlives a power cut, not only a crash.
            .pragma("synchronous", "FULL")
            .pragma(CACHE_SIZE, kept.cache_size().to_string())
            .statement_cache_capacity(kept.statements)
            .busy_timeout(LOCK_PATIENCE)
            .log_statements(log::LevelFilter::Debug)
            .log_slow_statements(log::LevelFilter::Warn, SLOW);
        let path = options.get_filename().to_owned();
        if backup::is_backup(&path) {
            return Err(StoreError::IsABackup { path: path.display().to_string() });
        }
        // SQLite gives the files beside it the rights that this one has. Where it cannot be made, SQLite says why.
        let _ = private_file::create_if_missing(&path);
        let reserve = Reserve::of(&path);
        let opened = match opened(&options, &path).await {
            Err(StoreError::StorageFull(cause)) if reserve.spend() => {
                log::warn!(
                    "the disk is full ({cause}): the room of the reserve is used to open the database"
                );
                opened(&options, &path).await
            }
            opened => opened,
        };
        let (first, anchor) = opened.map_err(|error| not_a_database(error, &path))?;
        if let Err(error) = reserve.keep() {
            tracing::error!(%error, "writes are refused until there is room");
        }
        let mut files = vec![(path.clone(), file_id(&path).map_err(unreadable)?)];
        for file in [beside(&path, "-wal"), beside(&path, "-shm")] {
            // Only some file systems have no write-ahead log: SQLite then does without.
            if let Ok(id) = file_id(&file) {
                files.push((file, id));
            }
        }
        drop(first);
        let options = options.create_if_missing(false);
        Ok(Self {
            options,
            path,
            files,
            lost: OnceLock::new(),
            reserve,
            kept,
            anchor: Mutex::new(Some(anchor)),
        })
    }

    /// What each connection to it may keep in memory.
    pub(crate) fn kept(&self) -> KeptByConnection {
        self.kept
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection of SeaORM's own kind, as its migrations need one.
    pub(crate) async fn connect_to_migrate(&self) -> Result<DatabaseConnection, StoreError> {
        self.check()?;
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(self.options.clone());
        match pool.await {
            Ok(pool) => Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)),
            Err(error) => Err(self.explained(error).await),
        }
    }

    /// A new connection to the file that the server began with.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        self.check()?;
        let connection = self.options.connect().await;
        // Before an error is told: a file that is gone is the better reason.
        self.check()?;
        match connection {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.explained(error).await),
        }
    }

    /// Makes sure that the path still names the file that the server began with.
    ///
    /// # Errors
    /// [`StoreError::FileLost`] when it does not, now and ever after.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if let Some(lost) = self.lost.get() {
            return Err(lost.error());
        }
        for (path, began_with) in &self.files {
            let what = match file_id(path) {
                Ok(id) if id == *began_with => continue,
                Ok(_) => "replaced",
                Err(error) if error.kind() == ErrorKind::NotFound => "deleted",
                Err(error) => return Err(StoreError::Unavailable(format!("{}: {error}", path.display()))),
            };
            let lost = Lost { path: path.clone(), what };
            let error = lost.error();
            if self.lost.set(lost).is_ok() {
                tracing::error!(%error, "not ready, and nothing is written any more");
            }
            return Err(error);
        }
        Ok(())
    }

    /// Makes sure that it may be written to: it is the file that the server began with, and there is some room left.
    ///
    /// # Errors
    /// [`StoreError::FileLost`] or [`StoreError::StorageFull`] when it may not.
    pub(crate) fn check_to_write(&self) -> Result<(), StoreError> {
        self.check()?;
        self.reserve.keep()
    }

    /// An error of SQLite, with the reason that SQLite itself does not tell: it has one code for most faults of a disk.
    pub(crate) async fn explained(&self, error: sqlx::Error) -> StoreError {
        explained(&self.path, error).await
    }
}

impl Lost {
    fn error(&self) -> StoreError {
        let Self { path, what } = self;
        StoreError::FileLost { path: path.display().to_string(), what }
    }
}

/// Connects; waits for others that put a new file into write-ahead mode, which SQLite does not do by itself.
async fn connect_patiently(
    options: &SqliteConnectOptions,
    path: &Path,
) -> Result<SqliteConnection, StoreError> {
    let started = Instant::now();
    loop {
        match options.connect().await {
            Err(error)
                if error.to_string().contains("database is locked") && started.elapsed() < PATIENCE =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(connection) => return Ok(connection),
            Err(error) => return Err(explained(path, error).await),
        }
    }
}

/// An error of SQLite at this file, with its reason.
async fn explained(path: &Path, error: sqlx::Error) -> StoreError {
    if is_fault_of_disk(&error) {
        let path = path.to_owned();
        // The disk may be slow to say so.
        let full = tokio::task::spawn_blocking(move || is_full(&path)).await;
        if full.unwrap_or_default() {
            return StoreError::StorageFull(error.to_string());
        }
    }
    StoreError::from(DbErr::Exec(RuntimeErr::SqlxError(error.into())))
}

/// The first connection, and the one that stays open.
async fn opened(
    options: &SqliteConnectOptions,
    path: &Path,
) -> Result<(SqliteConnection, rusqlite::Connection), StoreError> {
    let first = connect_patiently(options, path).await?;
    Ok((first, anchor(path)?))
}

/// A connection that has read the file, so that SQLite has opened its write-ahead log for it.
fn anchor(path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let anchor = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    anchor.busy_timeout(PATIENCE)?;
    anchor.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(anchor)
}

/// The path of a file that belongs to a database.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path)?;
    Ok(FileId { device: metadata.dev(), inode: metadata.ino() })
}

/// Elsewhere an open file can be neither deleted nor replaced.
#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(|_| FileId { device: 0, inode: 0 })
}

/// Whether SQLite says itself that the disk is full.
pub(crate) fn is_full_disk(error: &sqlx::Error) -> bool {
    const FULL: i32 = 13;
    code(error) == Some(FULL)
}

/// Whether SQLite says that another process writes to the file.
pub(crate) fn is_held(error: &sqlx::Error) -> bool {
    const BUSY: i32 = 5;
    code(error) == Some(BUSY)
}

/// Whether an error of SQLite may be that of a full disk all the same.
fn is_fault_of_disk(error: &sqlx::Error) -> bool {
    const IO: i32 = 10;
    const CANNOT_OPEN: i32 = 14;
    code(error).is_some_and(|code| [IO, CANNOT_OPEN].contains(&code))
}

/// SQLite's code, which is the lowest byte; the others say more precisely what failed.
fn code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// Whether there is no room for a small file beside the database.
fn is_full(path: &Path) -> bool {
    let probe = beside(path, "-probe");
    let written = fs::write(&probe, vec![1; PROBE]);
    let _ = fs::remove_file(&probe);
    written.is_err_and(|error| is_no_room(&error))
}

/// Whether an error says that there is no room.
pub(crate) fn is_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn refused(error: sqlx::Error) -> StoreError {
    StoreError::from(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

fn unreadable(error: io::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// SQLite notices only when it first reads that a file is not a database.
fn not_a_database(error: StoreError, path: &Path) -> StoreError {
    if error.to_string().contains("file is not a database") {
        return StoreError::NotADatabase { path: path.display().to_string() };
    }
    match error {
        StoreError::Unavailable(cause) | StoreError::Refused(cause) => {
            let hint = "does its folder exist, and may it be written?";
            StoreError::Unavailable(format!("{cause}: `{}`; {hint}", path.display()))
        }
        other => other,
    }
}
