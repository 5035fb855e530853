//! The file of a backup: an SQLite database, followed by the SHA-256 of it.
//!
//! SQLite reads as many pages as the file's head says there are, and does not mind what follows them. So any
//! SQLite program can look into a backup, and a single changed byte is found.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sea_orm::DbBackend;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::cell::{Cell, Summing, TableSum, compare};
use super::manifest::{FORMAT, Manifest};
use super::tables::{self, Table};
use super::{BackupError, Progress};
use crate::{private_file, schema};

/// What an SQLite file begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// SQLite's `application_id` of a backup: "GMbk" in ASCII. It is where an SQLite file says whose it is.
const APPLICATION: u32 = 0x474d_626b;
/// Where that is in the file.
const APPLICATION_AT: usize = 68;
/// What stands between the database and its digest.
const SEAL: &[u8] = b"greymatters backup, sha256 of all before this line:\n";
/// How long the digest and what is before it are.
const SEAL_LENGTH: u64 = SEAL.len() as u64 + 32;
/// About how many bytes of rows travel together.
const CHUNK: usize = 1 << 20;

/// How the name of a file ends that is being written.
const UNFINISHED: &str = ".unfinished";

/// A file that is being written. It gets its name when it is whole; dropped before that, it is gone. The file of a
/// program that was killed stays, until the next backup to the same name.
#[derive(Debug)]
pub struct UnfinishedBackup {
    to: PathBuf,
    path: PathBuf,
    /// Locked as long as it is written, so that nobody takes it for one that was left.
    _lock: File,
    overwrite: bool,
    is_finished: bool,
}

/// Rows on their way into a backup, or out of it.
pub(crate) enum Part {
    /// The rows that follow are of this table, the so manieth.
    Table(usize),
    Rows(Vec<Vec<Cell>>),
}

impl UnfinishedBackup {
    /// Prepares to write a backup. `unique` tells the file from those of other programs that do the same.
    ///
    /// # Errors
    /// When there is a file of this name that may not be overwritten, or no file can be made in its folder.
    pub fn begin(to: &Path, overwrite: bool, unique: &str) -> Result<Self, BackupError> {
        if to.exists() && !overwrite {
            return Err(BackupError::Exists(to.to_owned()));
        }
        if to.exists() && !is_backup(to) {
            return Err(BackupError::NoBackupToOverwrite(to.to_owned()));
        }
        let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        remove_left(to, &name);
        let path = to.with_file_name(format!(".{name}.{unique}{UNFINISHED}"));
        let file = private_file::create(&path).map_err(|cause| file_error(to, cause))?;
        if let Err(error) = file.try_lock() {
            log::debug!("{} cannot be locked: {error}", path.display());
        }
        Ok(Self { to: to.to_owned(), path, _lock: file, overwrite, is_finished: false })
    }

    /// Writes rows as they come, and sums them up. They are all there only when the sender says so, by ending
    /// after the last table.
    pub(crate) fn take(
        self,
        tables: &[Table],
        mut parts: mpsc::Receiver<Part>,
    ) -> Result<(Self, Connection, Vec<TableSum>), BackupError> {
        let failed = |cause| write_error(&self.to, cause);
        let file = Connection::open(&self.path).map_err(failed)?;
        // Until it is whole, nobody cares for what a crash would leave of it.
        file.execute_batch(&format!(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA application_id = {APPLICATION}; BEGIN;"
        ))
        .map_err(failed)?;
        let mut sums = Vec::new();
        let mut current: Option<(Summing, String)> = None;
        while let Some(part) = parts.blocking_recv() {
            match part {
                Part::Table(place) => {
                    sums.extend(current.take().map(|(summing, _)| summing.sum()));
                    let table = &tables[place];
                    file.execute_batch(&create(table)).map_err(failed)?;
                    current = Some((Summing::of(table), table.insert(1, DbBackend::Sqlite)));
                }
                Part::Rows(rows) => {
                    let Some((summing, insert)) = &mut current else { continue };
                    let mut insert = file.prepare_cached(insert).map_err(failed)?;
                    for row in rows {
                        summing.add(&row);
                        insert.execute(rusqlite::params_from_iter(row)).map_err(failed)?;
                    }
                }
            }
        }
        sums.extend(current.take().map(|(summing, _)| summing.sum()));
        Ok((self, file, sums))
    }

    /// Adds the manifest and the digest, has everything on the disk, and gives the file its name.
    pub(crate) fn finish(mut self, file: Connection, manifest: &Manifest) -> Result<(), BackupError> {
        let failed = |cause| write_error(&self.to, cause);
        manifest.write(&file).map_err(failed)?;
        file.execute_batch("COMMIT").map_err(failed)?;
        file.close().map_err(|(_, cause)| failed(cause))?;
        self.seal().map_err(|cause| file_error(&self.to, cause))?;
        if self.to.exists() && !self.overwrite {
            return Err(BackupError::Exists(self.to.clone()));
        }
        fs::rename(&self.path, &self.to).map_err(|cause| file_error(&self.to, cause))?;
        self.is_finished = true;
        // The name is on the disk as well, where folders can be written out by themselves.
        if let Ok(folder) = File::open(folder(&self.to)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn seal(&self) -> io::Result<()> {
        let mut file = File::options().read(true).write(true).open(&self.path)?;
        let length = file.metadata()?.len();
        let digest = digest(&mut file, length)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(SEAL)?;
        file.write_all(&digest)?;
        file.sync_all()
    }
}

/// Removes what programs that were killed have left of backups to this name.
fn remove_left(to: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(folder(to)) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_unfinished(&entry.file_name().to_string_lossy(), name) && is_left(&path).unwrap_or(false) {
            match fs::remove_file(&path) {
                Ok(()) => log::info!("removed {}, which a backup has left that was killed", path.display()),
                Err(error) => log::warn!("{} cannot be removed: {error}", path.display()),
            }
        }
    }
}

/// Whether a file has the name of one that is being written, or was, to become a backup of this name.
fn is_unfinished(file: &str, name: &str) -> bool {
    let unique = file
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(UNFINISHED));
    unique.is_some_and(|unique| !unique.is_empty() && unique.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file is one of ours that nobody writes any more.
fn is_left(path: &Path) -> io::Result<bool> {
    let file = File::options().read(true).write(true).open(path)?;
    let is_ours = file.metadata()?.len() == 0 || is_backup(path);
    Ok(is_ours && file.try_lock().is_ok())
}

impl Drop for UnfinishedBackup {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A backup whose bytes are those that were written.
#[derive(Debug)]
pub struct BackupFile {
    path: PathBuf,
    file: Connection,
    manifest: Manifest,
    tables: Vec<Table>,
}

impl BackupFile {
    /// Opens a backup, and makes sure that each of its bytes is the one that was written.
    ///
    /// # Errors
    /// When it is none, is damaged, or was made by a later version of the program.
    pub async fn open(path: &Path) -> Result<Self, BackupError> {
        let path = path.to_owned();
        let (path, file, manifest) = blocking(move || {
            check_bytes(&path)?;
            let damaged = |cause: rusqlite::Error| BackupError::Damaged {
                path: path.clone(),
                reason: cause.to_string(),
            };
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let file = Connection::open_with_flags(&path, flags).map_err(damaged)?;
            let (format, program) = Manifest::format(&file).map_err(damaged)?;
            if format > FORMAT {
                return Err(BackupError::Newer { path, program });
            }
            let manifest = Manifest::read(&file).map_err(damaged)?;
            Ok((path, file, manifest))
        })
        .await?;
        let known = schema::known();
        if manifest.migrations.iter().any(|name| !known.contains(name)) {
            return Err(BackupError::Newer { path, program: manifest.program });
        }
        if !known.starts_with(&manifest.migrations) {
            let reason = "its schema is one that no version of the program makes".to_owned();
            return Err(BackupError::Damaged { path, reason });
        }
        let tables = tables::tables(manifest.migrations.len()).await?;
        Ok(Self { path, file, manifest, tables })
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Reads all rows, and makes sure that they are those of the manifest.
    ///
    /// # Errors
    /// When they are not.
    pub async fn check(self, progress: impl Fn(Progress<'_>) + Send + 'static) -> Result<Self, BackupError> {
        blocking(move || {
            let mut sums = Vec::new();
            for table in &self.tables {
                let mut summing = Summing::of(table);
                let read = self.rows_of(table, |rows| {
                    rows.iter().for_each(|row| summing.add(row));
                    progress(Progress { table: &table.name, rows: rows.len() as u64 });
                    true
                });
                read.map_err(|cause| self.damaged(cause.to_string()))?;
                sums.push(summing.sum());
            }
            match compare(&sums, &self.manifest.tables) {
                Err(BackupError::Differs(reason)) => Err(self.damaged(reason)),
                compared => compared.map(|()| self),
            }
        })
        .await
    }

    /// Sends all rows, table by table; ends early when nobody takes them any more.
    pub(crate) fn send(self, parts: &mpsc::Sender<Part>) -> Result<Self, BackupError> {
        for (place, table) in self.tables.iter().enumerate() {
            if parts.blocking_send(Part::Table(place)).is_err() {
                return Ok(self);
            }
            let sent = self.rows_of(table, |rows| parts.blocking_send(Part::Rows(rows)).is_ok());
            if !sent.map_err(|cause| self.damaged(cause.to_string()))? {
                return Ok(self);
            }
        }
        Ok(self)
    }

    fn damaged(&self, reason: String) -> BackupError {
        BackupError::Damaged { path: self.path.clone(), reason }
    }

    /// Hands out the rows of a table in chunks, in the order of their key, as long as they are wanted.
    fn rows_of(&self, table: &Table, mut take: impl FnMut(Vec<Vec<Cell>>) -> bool) -> rusqlite::Result<bool> {
        // They were written in that order.
        let query = format!("SELECT {} FROM \"{}\" ORDER BY rowid", table.column_list(), table.name);
        let mut query = self.file.prepare(&query)?;
        let mut found = query.query([])?;
        let mut chunk = Chunk::default();
        while let Some(row) = found.next()? {
            let cells = (0..table.columns.len()).map(|place| Ok(cell(row.get_ref(place)?)));
            if let Some(full) = chunk.add(cells.collect::<rusqlite::Result<_>>()?)
                && !take(full)
            {
                return Ok(false);
            }
        }
        Ok(chunk.rows.is_empty() || take(chunk.rows))
    }
}

/// Rows that are handed on together.
#[derive(Default)]
pub(crate) struct Chunk {
    rows: Vec<Vec<Cell>>,
    size: usize,
}

impl Chunk {
    /// Adds a row; answers all of them when they are enough.
    pub(crate) fn add(&mut self, row: Vec<Cell>) -> Option<Vec<Vec<Cell>>> {
        self.size += row.iter().map(Cell::size).sum::<usize>();
        self.rows.push(row);
        (self.size >= CHUNK).then(|| self.rest())
    }

    /// What is left.
    pub(crate) fn rest(&mut self) -> Vec<Vec<Cell>> {
        self.size = 0;
        std::mem::take(&mut self.rows)
    }
}

/// Whether a file says of itself that it is a backup.
pub(crate) fn is_backup(path: &Path) -> bool {
    let mut head = [0; APPLICATION_AT + 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(SQLITE) && head.ends_with(&APPLICATION.to_be_bytes())
}

/// Makes sure that a file is a backup, and that each of its bytes is the one that was written.
fn check_bytes(path: &Path) -> Result<(), BackupError> {
    let mut file = File::open(path).map_err(|cause| file_error(path, cause))?;
    let read = |cause| file_error(path, cause);
    let length = file.metadata().map_err(read)?.len();
    let mut head = vec![0; APPLICATION_AT + 4];
    let has_head = length > SEAL_LENGTH + head.len() as u64 && file.read_exact(&mut head).is_ok();
    let mut seal = vec![0; SEAL.len() + 32];
    if has_head {
        file.seek(SeekFrom::End(-(SEAL_LENGTH.cast_signed()))).map_err(read)?;
        file.read_exact(&mut seal).map_err(read)?;
    }
    let is_named = head.starts_with(SQLITE) && head.ends_with(&APPLICATION.to_be_bytes());
    let is_sealed = seal.starts_with(SEAL);
    if !is_named && !is_sealed {
        return Err(BackupError::NotABackup(path.to_owned()));
    }
    let damaged = |reason: &str| BackupError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    if !is_sealed {
        return Err(damaged("its end is missing"));
    }
    file.rewind().map_err(read)?;
    let found = digest(&mut file, length - SEAL_LENGTH).map_err(read)?;
    if !is_named || !seal.ends_with(&found) {
        return Err(damaged("its bytes are not those that were written"));
    }
    Ok(())
}

/// The SHA-256 of the first so many bytes.
fn digest(file: &mut File, length: u64) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    let mut rest = file.take(length);
    loop {
        match rest.read(&mut bytes)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&bytes[..read]),
        }
    }
}

/// A table of a backup: no keys, as its rows are written and read in their order.
fn create(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| format!("\"{}\" {}", column.name, column.declared));
    format!("CREATE TABLE \"{}\" ({}) STRICT", table.name, columns.collect::<Vec<_>>().join(", "))
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        // No column is declared to hold one.
        ValueRef::Real(number) => Cell::Text(number.to_string()),
    }
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

/// Runs what waits for the disk where nobody else waits for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| BackupError::Task(error.to_string()))?
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn file_error(path: &Path, cause: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), cause }
}

fn write_error(path: &Path, cause: rusqlite::Error) -> BackupError {
    file_error(path, io::Error::other(cause))
}
