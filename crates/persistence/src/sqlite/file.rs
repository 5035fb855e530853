//! The file of an SQLite database: how it is opened, and whether its path still leads to the same file.
//!
//! If the file is deleted or replaced, the server would continue to write to the old file, which nobody can open
//! again, and would lose the writes that it acknowledges. Therefore every new connection and every commit checks with
//! `stat` that the path still leads to the file that the server has opened. The check must not open the file: closing
//! it would drop SQLite's locks, because POSIX drops all locks of a process on a file at once.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};
use sea_orm::sqlx::{self, ConnectOptions};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, SqlxSqliteConnector};

use super::WRITE_LOCK_TIMEOUT;
use super::file_error::{explain, explain_open, with_suffix};
use super::reserve::Reserve;
use crate::connection::{CACHE_SIZE, ConnectionMemory};
use crate::{StoreError, backup, private_file};

/// How long opening a file waits for other processes that are setting it up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Slower statements are logged as warnings.
const SLOW_STATEMENT: Duration = Duration::from_secs(2);

/// The file of an SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    options: SqliteConnectOptions,
    path: PathBuf,
    /// The files that all writing processes must share, with their identities: the data, the write-ahead log, and the
    /// index of the log. A process with another index would overwrite what others have added to the log.
    files: Vec<(PathBuf, FileId)>,
    /// Set when one of the files was deleted or replaced. It is never reset.
    lost: OnceLock<LostFile>,
    reserve: Reserve,
    memory: ConnectionMemory,
    /// A connection that stays open and does nothing. As long as a connection is open, SQLite keeps its write-ahead
    /// log.
    anchor: Mutex<Option<rusqlite::Connection>>,
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        if self.reserve.ensure().is_err() {
            // Closing the last connection deletes the write-ahead log and its index. On a full disk, others may use
            // their space, and the next start could not create them again, because the reserve is gone as well.
            // Therefore the anchor is not closed. The next start takes the files over, as after a crash.
            let anchor = self.anchor.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            std::mem::forget(anchor);
        }
    }
}

/// The identity of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

/// A file that was deleted or replaced.
#[derive(Debug, Clone)]
struct LostFile {
    path: PathBuf,
    what: &'static str,
}

impl SqliteFile {
    /// Opens the file of `sqlite:PATH`, and creates it if it does not exist.
    pub(crate) async fn open(url: &str, memory: ConnectionMemory) -> Result<Self, StoreError> {
        let options: SqliteConnectOptions = url.parse().map_err(invalid_address)?;
        let options = options
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            // With `FULL`, an acknowledged commit survives a power failure.
            .pragma("synchronous", "FULL")
            .pragma(CACHE_SIZE, memory.cache_size().to_string())
            .statement_cache_capacity(memory.statements)
            .busy_timeout(WRITE_LOCK_TIMEOUT)
            .log_statements(log::LevelFilter::Debug)
            .log_slow_statements(log::LevelFilter::Warn, SLOW_STATEMENT);
        let path = options.get_filename().to_owned();
        if backup::is_backup(&path) {
            return Err(StoreError::IsABackup { path: path.display().to_string() });
        }
        // SQLite creates its other files with the permissions of this one. If it cannot be created, SQLite reports why.
        let _ = private_file::create_if_missing(&path);
        let reserve = Reserve::of(&path);
        let opened = match open_connections(&options, &path).await {
            Err(StoreError::StorageFull(cause)) if reserve.release() => {
                log::warn!("the disk is full ({cause}): the reserve was released to open the database");
                open_connections(&options, &path).await
            }
            opened => opened,
        };
        let (first, anchor) = opened.map_err(|error| explain_open(error, &path))?;
        if let Err(error) = reserve.ensure() {
            tracing::error!(%error, "writes are refused until there is space");
        }
        let mut files = vec![(path.clone(), file_id(&path).map_err(unreadable)?)];
        for file in [with_suffix(&path, "-wal"), with_suffix(&path, "-shm")] {
            // On some file systems SQLite works without a write-ahead log.
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
            memory,
            anchor: Mutex::new(Some(anchor)),
        })
    }

    /// How much memory each connection may use.
    pub(crate) fn memory(&self) -> ConnectionMemory {
        self.memory
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a connection of SeaORM's own type, which migrations need.
    pub(crate) async fn connect_to_migrate(&self) -> Result<DatabaseConnection, StoreError> {
        self.check()?;
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(self.options.clone());
        match pool.await {
            Ok(pool) => Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        self.check()?;
        let connection = self.options.connect().await;
        // A lost file explains an error better than SQLite does.
        self.check()?;
        match connection {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Checks that the path still leads to the file that the server has opened. Otherwise this returns
    /// [`StoreError::FileLost`], now and always.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if let Some(lost) = self.lost.get() {
            return Err(lost.error());
        }
        for (path, opened) in &self.files {
            let what = match file_id(path) {
                Ok(id) if id == *opened => continue,
                Ok(_) => "replaced",
                Err(error) if error.kind() == ErrorKind::NotFound => "deleted",
                Err(error) => return Err(StoreError::Unavailable(format!("{}: {error}", path.display()))),
            };
            let lost = LostFile { path: path.clone(), what };
            let error = lost.error();
            if self.lost.set(lost).is_ok() {
                tracing::error!(%error, "the database file is lost: all writes are refused");
            }
            return Err(error);
        }
        Ok(())
    }

    /// Checks that the file may be written: it is the file that the server has opened, and the disk is not full.
    pub(crate) fn check_to_write(&self) -> Result<(), StoreError> {
        self.check()?;
        self.reserve.ensure()
    }

    /// The error of an operation on the file, with its cause.
    pub(crate) async fn explain(&self, error: sqlx::Error) -> StoreError {
        explain(&self.path, error).await
    }
}

impl LostFile {
    fn error(&self) -> StoreError {
        let Self { path, what } = self;
        StoreError::FileLost { path: path.display().to_string(), what }
    }
}

/// Opens the first connection and the anchor.
async fn open_connections(
    options: &SqliteConnectOptions,
    path: &Path,
) -> Result<(SqliteConnection, rusqlite::Connection), StoreError> {
    let first = connect_first(options, path).await?;
    Ok((first, open_anchor(path)?))
}

/// Connects. If another process is switching a new file to a write-ahead log, SQLite does not wait for it, so this
/// does.
async fn connect_first(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection, StoreError> {
    let started = Instant::now();
    loop {
        match options.connect().await {
            Err(error)
                if error.to_string().contains("database is locked") && started.elapsed() < OPEN_TIMEOUT =>
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(connection) => return Ok(connection),
            Err(error) => return Err(explain(path, error).await),
        }
    }
}

/// Opens a connection and reads from it, so that SQLite opens the write-ahead log for it.
fn open_anchor(path: &Path) -> Result<rusqlite::Connection, StoreError> {
    let anchor = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    anchor.busy_timeout(OPEN_TIMEOUT)?;
    anchor.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(anchor)
}

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path)?;
    Ok(FileId { device: metadata.dev(), inode: metadata.ino() })
}

/// Other systems do not allow an open file to be deleted or replaced.
#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(|_| FileId { device: 0, inode: 0 })
}

fn invalid_address(error: sqlx::Error) -> StoreError {
    StoreError::from(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

fn unreadable(error: io::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
