//! Reading the file of a backup.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;

use super::cell::{Cell, TableSummer, compare};
use super::manifest::{FORMAT, Manifest};
use super::seal::check_bytes;
use super::tables::{self, Table};
use super::{BackupError, Progress};
use crate::store::known_migrations;

/// The approximate size of a chunk of rows in bytes.
const CHUNK: usize = 1 << 20;

/// Rows on their way into a backup, or out of it.
pub(crate) enum Part {
    /// The following rows belong to the table with this index.
    Table(usize),
    Rows(Vec<Vec<Cell>>),
}

/// A backup whose bytes are unchanged.
#[derive(Debug)]
pub struct BackupFile {
    path: PathBuf,
    file: Connection,
    manifest: Manifest,
    tables: Vec<Table>,
}

impl BackupFile {
    /// Opens a backup, and checks that all its bytes are unchanged. This fails if it was made by a later version of
    /// the program.
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
        let known = known_migrations();
        if manifest.migrations.iter().any(|name| !known.contains(name)) {
            return Err(BackupError::Newer { path, program: manifest.program });
        }
        if !known.starts_with(&manifest.migrations) {
            let reason = "no version of the program creates its schema".to_owned();
            return Err(BackupError::Damaged { path, reason });
        }
        let tables = tables::tables(manifest.migrations.len()).await?;
        Ok(Self { path, file, manifest, tables })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Reads all rows, and compares them with the checksums of the manifest.
    pub async fn check(self, progress: impl Fn(Progress<'_>) + Send + 'static) -> Result<Self, BackupError> {
        blocking(move || {
            let mut sums = Vec::new();
            for table in &self.tables {
                let mut summer = TableSummer::of(table);
                let read = self.rows_of(table, |rows| {
                    rows.iter().for_each(|row| summer.add(row));
                    progress(Progress { table: &table.name, rows: rows.len() as u64 });
                    true
                });
                read.map_err(|cause| self.damaged(cause.to_string()))?;
                sums.push(summer.sum());
            }
            match compare(&sums, &self.manifest.tables) {
                Err(BackupError::Differs(reason)) => Err(self.damaged(reason)),
                compared => compared.map(|()| self),
            }
        })
        .await
    }

    /// Sends all rows, table by table. Stops early if the receiver is gone.
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

    /// Passes the rows of a table to `take` in chunks, in the order of the key. Stops when `take` returns false, and
    /// then returns false.
    fn rows_of(&self, table: &Table, mut take: impl FnMut(Vec<Vec<Cell>>) -> bool) -> rusqlite::Result<bool> {
        // The rows were written in the order of the key.
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

/// Rows that are sent together.
#[derive(Default)]
pub(crate) struct Chunk {
    rows: Vec<Vec<Cell>>,
    size: usize,
}

impl Chunk {
    /// Adds a row. Returns all rows when the chunk is full.
    pub(crate) fn add(&mut self, row: Vec<Cell>) -> Option<Vec<Vec<Cell>>> {
        self.size += row.iter().map(Cell::size).sum::<usize>();
        self.rows.push(row);
        (self.size >= CHUNK).then(|| self.rest())
    }

    /// Returns all rows.
    pub(crate) fn rest(&mut self) -> Vec<Vec<Cell>> {
        self.size = 0;
        std::mem::take(&mut self.rows)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        // No column has this type.
        ValueRef::Real(number) => Cell::Text(number.to_string()),
    }
}

/// Runs work that waits for the disk on a thread for blocking work.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| BackupError::Task(error.to_string()))?
}
