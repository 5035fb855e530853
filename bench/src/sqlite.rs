//! Fills a SQLite database.

use std::path::Path;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{Arguments, AssertSqlSafe, Connection, Executor, SqliteConnection};
use tokio::runtime::Runtime;

use crate::failure::{Result, While, failed};
use crate::publish::{EMPTY, Sink, mark};
use crate::table::{Table, Value};

/// The number of rows of one statement.
const ROWS: usize = 40;
/// The number of statements of one transaction.
const STATEMENTS: usize = 20_000;

/// A database file that is being filled. It is fast because it is not crash-safe: after a crash before the end,
/// the file is useless.
pub(crate) struct SqliteSink {
    runtime: Runtime,
    connection: SqliteConnection,
    waiting: [(SqliteArguments, usize); Table::ALL.len()],
    statements: usize,
}

impl SqliteSink {
    /// Opens a database that the server has migrated and that is empty.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().during("the runtime")?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(false)
            .statement_cache_capacity(100)
            .pragma("journal_mode", "OFF")
            .pragma("synchronous", "OFF")
            .pragma("locking_mode", "EXCLUSIVE")
            .pragma("cache_size", "-1000000");
        let what = format!("opening `{}`", path.display());
        let connection = runtime.block_on(SqliteConnection::connect_with(&options)).during(&what)?;
        let mut sink = Self { runtime, connection, waiting: Default::default(), statements: 0 };
        let query = sqlx::query_scalar(EMPTY);
        let found: i64 = sink.runtime.block_on(query.fetch_one(&mut sink.connection)).during(&what)?;
        if found != 0 {
            return failed(format_args!("`{}` is not empty: name a new file", path.display()));
        }
        sink.execute("BEGIN")?;
        Ok(sink)
    }

    /// Writes the remaining rows, and sets the journal mode that the server uses.
    pub(crate) fn finish(mut self) -> Result<()> {
        for table in Table::ALL {
            self.flush(table)?;
        }
        for statement in ["COMMIT", "ANALYZE", "PRAGMA journal_mode = WAL", "PRAGMA optimize"] {
            self.execute(statement)?;
        }
        self.runtime.block_on(self.connection.close()).during("closing the database")
    }

    fn flush(&mut self, table: Table) -> Result<()> {
        let (arguments, rows) = std::mem::take(&mut self.waiting[table as usize]);
        if rows == 0 {
            return Ok(());
        }
        let (name, columns) = table.shape();
        let row = format!("({})", vec!["?"; columns.split(',').count()].join(","));
        let sql = format!("INSERT INTO {name} ({columns}) VALUES {}", vec![row; rows].join(","));
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        self.runtime
            .block_on(query.execute(&mut self.connection))
            .during(format_args!("filling `{name}`"))?;
        self.statements += 1;
        if self.statements.is_multiple_of(STATEMENTS) {
            self.execute("COMMIT")?;
            self.execute("BEGIN")?;
        }
        Ok(())
    }

    fn execute(&mut self, sql: &'static str) -> Result<()> {
        self.runtime.block_on(self.connection.execute(sql)).during(sql)?;
        Ok(())
    }
}

impl Sink for SqliteSink {
    fn row(&mut self, table: Table, row: &[Value<'_>]) -> Result<()> {
        let (arguments, rows) = &mut self.waiting[table as usize];
        for value in row {
            let added = match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Int(number) => arguments.add(*number),
                Value::Bool(bool) => arguments.add(*bool),
                Value::Text(text) => arguments.add(*text),
                Value::Bytes(bytes) => arguments.add(*bytes),
                Value::Uuid(uuid) => arguments.add(uuid.as_slice()),
            };
            added.during("a value")?;
        }
        *rows += 1;
        if *rows == ROWS { self.flush(table) } else { Ok(()) }
    }

    fn counter(&mut self, number: i64, taxonomy: i64) -> Result<()> {
        let query =
            sqlx::query("UPDATE edition_counter SET number = ?, taxonomy = ?, mark = ?, taxonomy_mark = ?")
                .bind(number)
                .bind(taxonomy)
                .bind(mark(number))
                .bind(mark(taxonomy));
        self.runtime.block_on(query.execute(&mut self.connection)).during("filling `edition_counter`")?;
        Ok(())
    }
}
