//! Reads short pages from an SQLite file on the thread of the caller.
//!
//! sqlx runs each connection to SQLite in its own thread, and sends statements to it and every row back. For a short
//! page, this takes longer than reading the page. A short page reads only a few rows, so it does not block the caller
//! for long. These connections use rusqlite and can only read. All other statements use sqlx.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{EditionMark, Publication, PublicationFields};
use rusqlite::config::DbConfig;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags, Row};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

use super::Page;
use super::short::ShortPage;
use crate::StoreError;
use crate::cells::Cells;
use crate::connection::CACHE_SIZE;
use crate::entity::publication;
use crate::sqlite::SqliteFile;

/// How long a read waits for a lock on the file. The thread serves no other request meanwhile, so a longer wait uses
/// sqlx.
const LOCK_TIMEOUT: Duration = Duration::from_millis(20);

/// Connections that only read.
#[derive(Debug)]
pub(crate) struct SqliteReader {
    file: Arc<SqliteFile>,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteReader {
    /// A reader for the file of `sqlite:PATH`. Returns `None` for an address with parameters, which only sqlx
    /// understands.
    pub(crate) fn of(url: &str, file: &Arc<SqliteFile>) -> Option<Self> {
        (!url.contains(['?', '%'])).then(|| Self { file: Arc::clone(file), idle: Mutex::default() })
    }

    /// Reads a page. Returns `None` if it cannot be read at once, and sqlx has to read it.
    pub(super) fn read(&self, page: &ShortPage<'_>) -> Result<Option<Page>, StoreError> {
        let query = page.query();
        let Statement { sql, values, db_backend: _ } = page.statement(DbBackend::Sqlite);
        let Some(values) =
            values.into_iter().flat_map(|values| values.0).map(cell).collect::<Option<Vec<_>>>()
        else {
            return Ok(None);
        };
        // sqlx logs its statements with this target as well.
        tracing::debug!(target: "sqlx::query", summary = sql, db.statement = sql);
        let read = self.take().and_then(|connection| {
            let rows = rows(&connection, &sql, values, query.fields)?;
            // A connection that has failed is not used again.
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(rows)
        });
        match read {
            Ok(rows) => Page::of(rows, query.order, query.span).map(Some),
            // The open connections of sqlx can still read.
            Err(StoreError::FileLost { .. }) => Ok(None),
            Err(StoreError::Unavailable(cause)) => {
                log::debug!("a short page cannot be read at once, sqlx reads it: {cause}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn take(&self) -> Result<Connection, StoreError> {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // The path must lead to the same file before and after opening it, so that pages of two files are not mixed.
        self.file.check()?;
        let connection = Connection::open_with_flags(self.file.path(), flags)?;
        connection.busy_timeout(LOCK_TIMEOUT)?;
        self.file.check()?;
        // Otherwise SQLite plans the statement again for each execution, which takes longer than reading the page.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let memory = self.file.memory();
        connection.pragma_update(None, CACHE_SIZE, memory.cache_size())?;
        connection.set_prepared_statement_cache_capacity(memory.statements);
        Ok(connection)
    }
}

fn rows(
    connection: &Connection,
    sql: &str,
    values: Vec<Cell>,
    fields: PublicationFields,
) -> Result<Vec<(Publication, EditionMark)>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(rusqlite::params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(publication::read_with_mark(&mut RusqliteCells { row, at: 0 }, fields)?);
    }
    Ok(rows)
}

/// A value to bind. Returns `None` for a type that short pages do not use.
fn cell(value: Value) -> Option<Cell> {
    match value {
        Value::BigInt(number) => Some(number.map_or(Cell::Null, Cell::Integer)),
        Value::BigUnsigned(Some(number)) => i64::try_from(number).ok().map(Cell::Integer),
        Value::Int(number) => Some(number.map_or(Cell::Null, |number| Cell::Integer(number.into()))),
        Value::String(text) => Some(text.map_or(Cell::Null, |text| Cell::Text(text.to_string()))),
        Value::Uuid(id) => Some(id.map_or(Cell::Null, |id| Cell::Blob(id.as_bytes().to_vec()))),
        _ => None,
    }
}

struct RusqliteCells<'a, 'b> {
    row: &'a Row<'b>,
    at: usize,
}

impl RusqliteCells<'_, '_> {
    fn next<T: rusqlite::types::FromSql>(&mut self) -> Result<T, StoreError> {
        self.at += 1;
        Ok(self.row.get(self.at - 1)?)
    }
}

impl Cells for RusqliteCells<'_, '_> {
    fn number(&mut self) -> Result<i64, StoreError> {
        self.next()
    }

    fn number_or_none(&mut self) -> Result<Option<i64>, StoreError> {
        self.next()
    }

    fn text(&mut self) -> Result<String, StoreError> {
        self.next()
    }

    fn text_or_none(&mut self) -> Result<Option<String>, StoreError> {
        self.next()
    }

    fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.next()
    }

    fn uuid(&mut self) -> Result<Uuid, StoreError> {
        let bytes: [u8; 16] = self.next()?;
        Ok(Uuid::from_bytes(bytes))
    }

    fn version(&mut self) -> Result<i32, StoreError> {
        self.next()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Damaged(error.to_string()),
            rusqlite::Error::SqliteFailure(cause, _) if cause.code == rusqlite::ErrorCode::DiskFull => {
                Self::StorageFull(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
