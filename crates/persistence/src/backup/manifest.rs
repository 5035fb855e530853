//! The manifest: the description of a backup, which is a part of it.

use domain::{EditionNumber, Timestamp};
use rusqlite::{Connection, params};

use super::cell::TableSum;
use crate::convert;

/// The version of the format. It is increased by a change that earlier versions of the program would misread.
pub(crate) const FORMAT: i64 = 1;

/// The description of a backup.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The version of the program that has made the backup.
    pub program: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The kind of the source database: `sqlite` or `postgres`.
    pub source: String,
    /// The number of the latest edition.
    pub edition: EditionNumber,
    /// The mark of the latest edition. `None` for a database that had no marks.
    pub mark: Option<String>,
    /// The applied migrations, the oldest first.
    pub migrations: Vec<String>,
    /// The checksum of each table.
    pub tables: Vec<TableSum>,
    /// Digests of what the public saw. `None` if the schema was older than the program.
    pub answers: Option<Answers>,
}

/// Digests of what the public sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The version of the questions and of the digests. Digests of different versions cannot be compared.
    pub version: i64,
    /// A digest for each question.
    pub digests: Vec<AnswerDigest>,
}

/// The digest of the answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerDigest {
    /// The question.
    pub question: String,
    /// The number of entries of the answer.
    pub entries: u64,
    /// The SHA-256 of the answer, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The number of all rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|sum| sum.rows).sum()
    }

    pub(crate) fn write(&self, file: &Connection) -> rusqlite::Result<()> {
        let Self { program, made_at, source, edition, mark, migrations, tables, answers } = self;
        file.execute_batch(
            "CREATE TABLE backup (name TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT;
             CREATE TABLE backup_migration (position INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
             CREATE TABLE backup_table (name TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
             CREATE TABLE backup_answer (position INTEGER NOT NULL PRIMARY KEY, question TEXT NOT NULL,
                 entries INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;",
        )?;
        let value = "INSERT INTO backup (name, value) VALUES (?1, ?2)";
        file.execute(value, params!["format", FORMAT])?;
        file.execute(value, params!["program", program])?;
        file.execute(value, params!["made_at", convert::micros(*made_at)])?;
        file.execute(value, params!["source", source])?;
        file.execute(value, params!["edition", edition])?;
        if let Some(mark) = mark {
            file.execute(value, params!["mark", mark])?;
        }
        for name in migrations {
            file.execute("INSERT INTO backup_migration (name) VALUES (?1)", [name])?;
        }
        for TableSum { table, rows, sha256 } in tables {
            let sum = "INSERT INTO backup_table (name, rows, sha256) VALUES (?1, ?2, ?3)";
            file.execute(sum, params![table, rows.cast_signed(), sha256])?;
        }
        if let Some(Answers { version, digests }) = answers {
            file.execute(value, params!["answers", version])?;
            for AnswerDigest { question, entries, sha256 } in digests {
                let digest = "INSERT INTO backup_answer (question, entries, sha256) VALUES (?1, ?2, ?3)";
                file.execute(digest, params![question, entries.cast_signed(), sha256])?;
            }
        }
        Ok(())
    }

    /// The version of the format, and the version of the program that has made the backup.
    pub(crate) fn format(file: &Connection) -> rusqlite::Result<(i64, String)> {
        Ok((value(file, "format")?, value(file, "program")?))
    }

    pub(crate) fn read(file: &Connection) -> rusqlite::Result<Self> {
        let made_at: i64 = value(file, "made_at")?;
        let mut migrations = file.prepare("SELECT name FROM backup_migration ORDER BY position")?;
        let mut tables = file.prepare("SELECT name, rows, sha256 FROM backup_table ORDER BY name")?;
        let tables = tables.query_map([], |row| {
            let rows: i64 = row.get(1)?;
            Ok(TableSum { table: row.get(0)?, rows: rows.unsigned_abs(), sha256: row.get(2)? })
        })?;
        let version: Option<i64> = optional(value(file, "answers"))?;
        let mut digests =
            file.prepare("SELECT question, entries, sha256 FROM backup_answer ORDER BY position")?;
        let digests = digests.query_map([], |row| {
            let entries: i64 = row.get(1)?;
            Ok(AnswerDigest { question: row.get(0)?, entries: entries.unsigned_abs(), sha256: row.get(2)? })
        })?;
        let digests = digests.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            program: value(file, "program")?,
            made_at: convert::instant(made_at).unwrap_or_default(),
            source: value(file, "source")?,
            edition: value(file, "edition")?,
            mark: optional(value(file, "mark"))?,
            migrations: migrations.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?,
            tables: tables.collect::<Result<_, _>>()?,
            answers: version.map(|version| Answers { version, digests }),
        })
    }
}

fn value<T: rusqlite::types::FromSql>(file: &Connection, name: &str) -> rusqlite::Result<T> {
    file.query_row("SELECT value FROM backup WHERE name = ?1", [name], |row| row.get(0))
}

fn optional<T>(found: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        found => found.map(Some),
    }
}
