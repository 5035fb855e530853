//! The values of rows, in a form that is the same for both databases, and their checksums.

use sea_orm::{QueryResult, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::BackupError;
use super::tables::{Table, Type};
use crate::StoreError;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    /// Reads the value at this place of a row.
    pub(crate) fn read(row: &QueryResult, place: usize, column: Type) -> Result<Self, StoreError> {
        fn some<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
            value.map_or(Cell::Null, cell)
        }
        Ok(match column {
            Type::Integer => some(row.try_get_by_index::<Option<i32>>(place)?, |n| Self::Integer(n.into())),
            Type::BigInteger => some(row.try_get_by_index(place)?, Self::Integer),
            Type::Boolean => some(row.try_get_by_index::<Option<bool>>(place)?, |b| Self::Integer(b.into())),
            Type::Text => some(row.try_get_by_index(place)?, Self::Text),
            Type::Bytes => some(row.try_get_by_index(place)?, Self::Bytes),
            Type::Uuid => {
                some(row.try_get_by_index::<Option<Uuid>>(place)?, |id| Self::Bytes(id.into_bytes().into()))
            }
        })
    }

    /// The value for a statement. `None` if a column of this type cannot hold it.
    pub(crate) fn bound(self, column: Type) -> Option<Value> {
        Some(match (column, self) {
            (Type::Integer, Self::Null) => Value::Int(None),
            (Type::Integer, Self::Integer(number)) => i32::try_from(number).ok()?.into(),
            (Type::BigInteger, Self::Null) => Value::BigInt(None),
            (Type::BigInteger, Self::Integer(number)) => number.into(),
            (Type::Boolean, Self::Null) => Value::Bool(None),
            (Type::Boolean, Self::Integer(number @ (0 | 1))) => (number == 1).into(),
            (Type::Text, Self::Null) => Value::String(None),
            (Type::Text, Self::Text(text)) => text.into(),
            (Type::Bytes, Self::Null) => Value::Bytes(None),
            (Type::Bytes, Self::Bytes(bytes)) => bytes.into(),
            (Type::Uuid, Self::Null) => Value::Uuid(None),
            (Type::Uuid, Self::Bytes(bytes)) => Uuid::from_slice(&bytes).ok()?.into(),
            _ => return None,
        })
    }

    /// Its approximate size in memory.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) => 16,
            Self::Text(text) => 32 + text.len(),
            Self::Bytes(bytes) => 32 + bytes.len(),
        }
    }
}

/// The number of rows of a table, and their checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSum {
    /// The name of the table.
    pub table: String,
    /// The number of rows.
    pub rows: u64,
    /// SHA-256 of the name, the names of the columns, and all rows in the order of the key, in hexadecimal. It is the
    /// same for both databases.
    pub sha256: String,
}

/// Computes the checksum of a table, row by row.
pub(crate) struct TableSummer {
    table: String,
    rows: u64,
    hash: Sha256,
}

impl TableSummer {
    pub(crate) fn of(table: &Table) -> Self {
        let mut summer = Self { table: table.name.clone(), rows: 0, hash: Sha256::new() };
        summer.bytes(b'T', table.name.as_bytes());
        for column in &table.columns {
            summer.bytes(b'C', column.name.as_bytes());
        }
        summer
    }

    pub(crate) fn add(&mut self, row: &[Cell]) {
        self.rows += 1;
        self.hash.update(b"R");
        for cell in row {
            match cell {
                Cell::Null => self.hash.update(b"n"),
                Cell::Integer(number) => {
                    self.hash.update(b"i");
                    self.hash.update(number.to_be_bytes());
                }
                Cell::Text(text) => self.bytes(b't', text.as_bytes()),
                Cell::Bytes(bytes) => self.bytes(b'b', bytes),
            }
        }
    }

    pub(crate) fn sum(self) -> TableSum {
        TableSum { table: self.table, rows: self.rows, sha256: hex(&self.hash.finalize()) }
    }

    fn bytes(&mut self, mark: u8, bytes: &[u8]) {
        self.hash.update([mark]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }
}

/// Fails if a table differs from the expected one.
pub(crate) fn compare(found: &[TableSum], expected: &[TableSum]) -> Result<(), BackupError> {
    for sum in expected {
        let TableSum { table, rows, sha256 } = sum;
        let differs = match found.iter().find(|found| found.table == *table) {
            None => format!("the table `{table}` is missing"),
            Some(found) if found.rows != *rows => {
                format!("the table `{table}` has {} rows instead of {rows}", found.rows)
            }
            Some(found) if found.sha256 != *sha256 => {
                format!("the rows of the table `{table}` differ from those of the backup")
            }
            Some(_) => continue,
        };
        return Err(BackupError::Differs(differs));
    }
    match found.iter().find(|found| !expected.iter().any(|sum| sum.table == found.table)) {
        Some(more) => Err(BackupError::Differs(format!("the table `{}` is not in the backup", more.table))),
        None => Ok(()),
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
