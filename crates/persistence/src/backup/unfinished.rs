//! Writing the file of a backup.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sea_orm::DbBackend;
use tokio::sync::mpsc;

use super::BackupError;
use super::cell::{Cell, TableSum, TableSummer};
use super::file::Part;
use super::manifest::Manifest;
use super::seal::{APPLICATION_ID, file_error, is_backup, seal};
use super::tables::Table;
use crate::private_file;

/// The end of the name of an unfinished file.
const UNFINISHED: &str = ".unfinished";

/// A backup that is being written. The file gets its final name when it is complete. If it is dropped before, the file
/// is deleted. If the program is killed, the file stays until the next backup with the same name.
#[derive(Debug)]
pub struct UnfinishedBackup {
    to: PathBuf,
    path: PathBuf,
    /// Locked while it is written, so that another backup does not delete it as a leftover.
    _lock: File,
    overwrite: bool,
    is_finished: bool,
}

impl UnfinishedBackup {
    /// Creates the unfinished file. `unique` distinguishes it from the files of other processes. This fails if a file
    /// with the final name exists and may not be overwritten.
    pub fn begin(to: &Path, overwrite: bool, unique: &str) -> Result<Self, BackupError> {
        if to.exists() && !overwrite {
            return Err(BackupError::Exists(to.to_owned()));
        }
        if to.exists() && !is_backup(to) {
            return Err(BackupError::NotABackupToOverwrite(to.to_owned()));
        }
        let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        remove_leftovers(to, &name);
        let path = to.with_file_name(format!(".{name}.{unique}{UNFINISHED}"));
        let file = private_file::create(&path).map_err(|cause| file_error(to, cause))?;
        if let Err(error) = file.try_lock() {
            log::debug!("{} cannot be locked: {error}", path.display());
        }
        Ok(Self { to: to.to_owned(), path, _lock: file, overwrite, is_finished: false })
    }

    /// Writes all rows that it receives, and computes their checksums. Whether these are all rows of the database,
    /// only the sender knows.
    pub(crate) fn write_rows(
        self,
        tables: &[Table],
        mut parts: mpsc::Receiver<Part>,
    ) -> Result<(Self, Connection, Vec<TableSum>), BackupError> {
        let failed = |cause| write_error(&self.to, cause);
        let file = Connection::open(&self.path).map_err(failed)?;
        // After a crash the unfinished file is useless anyway.
        file.execute_batch(&format!(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA application_id = {APPLICATION_ID}; BEGIN;"
        ))
        .map_err(failed)?;
        let mut sums = Vec::new();
        let mut current: Option<(TableSummer, String)> = None;
        while let Some(part) = parts.blocking_recv() {
            match part {
                Part::Table(place) => {
                    sums.extend(current.take().map(|(summer, _)| summer.sum()));
                    let table = &tables[place];
                    file.execute_batch(&create_table(table)).map_err(failed)?;
                    current = Some((TableSummer::of(table), table.insert(1, DbBackend::Sqlite)));
                }
                Part::Rows(rows) => {
                    let Some((summer, insert)) = &mut current else { continue };
                    let mut insert = file.prepare_cached(insert).map_err(failed)?;
                    for row in rows {
                        summer.add(&row);
                        insert.execute(rusqlite::params_from_iter(row)).map_err(failed)?;
                    }
                }
            }
        }
        sums.extend(current.take().map(|(summer, _)| summer.sum()));
        Ok((self, file, sums))
    }

    /// Adds the manifest and the digest, writes everything to the disk, and gives the file its final name.
    pub(crate) fn finish(mut self, file: Connection, manifest: &Manifest) -> Result<(), BackupError> {
        let failed = |cause| write_error(&self.to, cause);
        manifest.write(&file).map_err(failed)?;
        file.execute_batch("COMMIT").map_err(failed)?;
        file.close().map_err(|(_, cause)| failed(cause))?;
        seal(&self.path).map_err(|cause| file_error(&self.to, cause))?;
        if self.to.exists() && !self.overwrite {
            return Err(BackupError::Exists(self.to.clone()));
        }
        fs::rename(&self.path, &self.to).map_err(|cause| file_error(&self.to, cause))?;
        self.is_finished = true;
        // Write the name to the disk as well, if the system can sync folders.
        if let Ok(folder) = File::open(folder(&self.to)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Deletes the unfinished files that killed processes have left for this name.
fn remove_leftovers(to: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(folder(to)) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_unfinished(&entry.file_name().to_string_lossy(), name) && is_leftover(&path).unwrap_or(false) {
            match fs::remove_file(&path) {
                Ok(()) => log::info!("removed {}, the unfinished file of a killed backup", path.display()),
                Err(error) => log::warn!("{} cannot be removed: {error}", path.display()),
            }
        }
    }
}

/// Whether a file has the name of an unfinished backup with this final name.
fn is_unfinished(file: &str, name: &str) -> bool {
    let unique = file
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(UNFINISHED));
    unique.is_some_and(|unique| !unique.is_empty() && unique.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether an unfinished file is ours, and no process is writing it.
fn is_leftover(path: &Path) -> io::Result<bool> {
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

/// Creates a table in a backup. It has no keys, because its rows are written and read in order.
fn create_table(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| format!("\"{}\" {}", column.name, column.declared));
    format!("CREATE TABLE \"{}\" ({}) STRICT", table.name, columns.collect::<Vec<_>>().join(", "))
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

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn write_error(path: &Path, cause: rusqlite::Error) -> BackupError {
    file_error(path, io::Error::other(cause))
}
