//! Fills a PostgreSQL database with `COPY` through `psql`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::{Failure, Result, While, failed};
use crate::publish::{EMPTY, Sink, mark};
use crate::table::{Table, Value};

/// The number of bytes that are collected before they are sent.
const BATCH: usize = 16 << 20;

/// Returns the `psql` of the installed PostgreSQL, or the one on the path.
pub(crate) fn psql() -> PathBuf {
    bindir().map(|bin| bin.join("psql")).filter(|psql| psql.exists()).unwrap_or_else(|| "psql".into())
}

/// Returns the folder with the programs of the installed PostgreSQL.
pub(crate) fn bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| Path::new(text.trim()).to_owned())
}

/// Runs one statement, and returns its result as unaligned text.
pub(crate) fn ask(url: &str, sql: &str) -> Result<String> {
    let output =
        command(url).args(["-A", "-t", "-c", sql]).stdin(Stdio::null()).output().during("starting psql")?;
    if !output.status.success() {
        return failed(format_args!("psql: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn command(url: &str) -> Command {
    let mut command = Command::new(psql());
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]).env("PGCONNECT_TIMEOUT", "10");
    command
}

/// A database that is being filled in one transaction.
pub(crate) struct PostgresSink {
    psql: Child,
    input: ChildStdin,
    waiting: [Vec<u8>; Table::ALL.len()],
    bytes: usize,
}

impl PostgresSink {
    /// Opens a database that the server has migrated and that is empty.
    pub(crate) fn open(url: &str) -> Result<Self> {
        if ask(url, EMPTY)? != "0" {
            return failed("the database is not empty: name a new one");
        }
        let mut psql =
            command(url).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().during("starting psql")?;
        let input = psql.stdin.take().ok_or_else(|| Failure("psql has no input".to_owned()))?;
        let mut sink = Self { psql, input, waiting: Default::default(), bytes: 0 };
        // A superuser can disable the foreign-key checks, as the references are valid by construction. For
        // other users the checks run. Truncating the empty tables allows `COPY … FREEZE`, and avoids the
        // write-ahead log with `wal_level=minimal`.
        let tables = Table::ALL.map(|table| table.shape().0).join(", ");
        sink.send(&format!(
            "DO $$ BEGIN SET session_replication_role = replica; \
             EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;\n\
             BEGIN;\nTRUNCATE {tables}, tag_redirect CASCADE;\n"
        ))?;
        Ok(sink)
    }

    /// Writes the remaining rows.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.send(
            "SELECT setval(pg_get_serial_sequence('publication', 'id'), (SELECT max(id) FROM publication));\n\
             COMMIT;\nVACUUM (ANALYZE);\n",
        )?;
        drop(self.input);
        let status = self.psql.wait().during("psql")?;
        if status.success() { Ok(()) } else { failed(format_args!("psql ended with {status}")) }
    }

    fn flush(&mut self) -> Result<()> {
        for table in Table::ALL {
            let rows = std::mem::take(&mut self.waiting[table as usize]);
            if !rows.is_empty() {
                let (name, columns) = table.shape();
                self.send(&format!("COPY {name} ({columns}) FROM STDIN (FREEZE);\n"))?;
                self.input.write_all(&rows).during("writing to psql")?;
                self.send("\\.\n")?;
            }
        }
        self.bytes = 0;
        Ok(())
    }

    fn send(&mut self, text: &str) -> Result<()> {
        self.input.write_all(text.as_bytes()).during("writing to psql")
    }
}

impl Sink for PostgresSink {
    fn row(&mut self, table: Table, row: &[Value<'_>]) -> Result<()> {
        let line = &mut self.waiting[table as usize];
        let before = line.len();
        for (index, value) in row.iter().enumerate() {
            if index > 0 {
                line.push(b'\t');
            }
            match value {
                Value::Null => line.extend_from_slice(b"\\N"),
                Value::Int(number) => line.extend_from_slice(number.to_string().as_bytes()),
                Value::Bool(bool) => line.push(if *bool { b't' } else { b'f' }),
                Value::Text(text) => escape(text, line),
                Value::Bytes(bytes) => {
                    line.extend_from_slice(b"\\\\x");
                    hex(bytes, line);
                }
                Value::Uuid(uuid) => hex(uuid, line),
            }
        }
        line.push(b'\n');
        self.bytes += line.len() - before;
        if self.bytes >= BATCH { self.flush() } else { Ok(()) }
    }

    fn counter(&mut self, number: i64, taxonomy: i64) -> Result<()> {
        self.send(&format!(
            "UPDATE edition_counter SET number = {number}, taxonomy = {taxonomy}, mark = {}, taxonomy_mark = {};\n",
            mark(number),
            mark(taxonomy)
        ))
    }
}

/// Escapes text for `COPY`.
fn escape(text: &str, line: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(index) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t')) {
        line.extend_from_slice(&rest[..index]);
        line.extend_from_slice(match rest[index] {
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            _ => b"\\t",
        });
        rest = &rest[index + 1..];
    }
    line.extend_from_slice(rest);
}

fn hex(bytes: &[u8], line: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        line.push(DIGITS[usize::from(byte >> 4)]);
        line.push(DIGITS[usize::from(byte & 15)]);
    }
}
