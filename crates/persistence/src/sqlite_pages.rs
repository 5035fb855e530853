//! Pages out of an SQLite file, without a way to another thread and back.
//!
//! SeaORM's connections to SQLite each live in a thread of their own, to which every statement goes and from
//! which every row comes back by itself: for a page that takes longer than reading it. The pages that sites
//! ask most read a fixed, small number of rows along an index, so they can be read where they are needed.
//! Everything else goes through SeaORM. These connections can only read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{EditionMark, Publication, PublicationFields};
use rusqlite::config::DbConfig;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags, Row};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

use crate::StoreError;
use crate::connection_memory::CACHE_SIZE;
use crate::page_query::PageQuery;
use crate::page_text;
use crate::publication_row::{self, Cells};
use crate::publications::Page;
use crate::sqlite_file::SqliteFile;

/// How long a reader waits for a file that is being put in order: nobody else is served by this thread
/// meanwhile, so that whoever would have to wait longer goes through SeaORM.
const PATIENCE: Duration = Duration::from_millis(20);

/// Connections that only read.
#[derive(Debug)]
pub(crate) struct SqlitePages {
    file: Arc<SqliteFile>,
    idle: Mutex<Vec<Connection>>,
}

impl SqlitePages {
    /// For the file of `sqlite:PATH`; nothing for an address that says more, as that is not ours to read.
    pub(crate) fn of(url: &str, file: &Arc<SqliteFile>) -> Option<Self> {
        (!url.contains(['?', '%'])).then(|| Self { file: Arc::clone(file), idle: Mutex::default() })
    }

    /// The page; nothing when it cannot be read here.
    pub(crate) fn page(&self, query: &PageQuery<'_>) -> Result<Option<Page>, StoreError> {
        let Statement { sql, values, db_backend: _ } = page_text::statement(query, DbBackend::Sqlite);
        let Some(values) =
            values.into_iter().flat_map(|values| values.0).map(cell).collect::<Option<Vec<_>>>()
        else {
            return Ok(None);
        };
        // Where SeaORM's are told, too.
        tracing::debug!(target: "sqlx::query", summary = sql, db.statement = sql);
        let read = self.take().and_then(|connection| {
            let rows = rows(&connection, &sql, values, query.fields)?;
            // One that has failed is not used again.
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(rows)
        });
        match read {
            Ok(rows) => Page::of(rows, query.order, query.span).map(Some),
            // The connections that are open read on when the file is lost.
            Err(StoreError::FileLost { .. }) => Ok(None),
            Err(StoreError::Unavailable(cause)) => {
                log::debug!("a page could not be read at once: {cause}");
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
        // Pages of two files must not be mixed: the one that it is now has to be the one that it was.
        self.file.check()?;
        let connection = Connection::open_with_flags(self.file.path(), flags)?;
        connection.busy_timeout(PATIENCE)?;
        self.file.check()?;
        // Otherwise a statement is planned anew each time that values are bound, which costs more than a page.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let kept = self.file.kept();
        connection.pragma_update(None, CACHE_SIZE, kept.cache_size())?;
        connection.set_prepared_statement_cache_capacity(kept.statements);
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
        rows.push(publication_row::read_seen(&mut RowCells { row, at: 0 }, fields)?);
    }
    Ok(rows)
}

/// A value to bind; nothing for kinds that pages do not have.
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

struct RowCells<'a, 'b> {
    row: &'a Row<'b>,
    at: usize,
}

impl RowCells<'_, '_> {
    fn next<T: rusqlite::types::FromSql>(&mut self) -> Result<T, StoreError> {
        self.at += 1;
        Ok(self.row.get(self.at - 1)?)
    }
}

impl Cells for RowCells<'_, '_> {
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
