//! Reads the columns of a row from left to right, whichever library has read the row.

use uuid::Uuid;

use crate::StoreError;

/// A row. Each call reads the next column.
pub(crate) trait Cells {
    fn number(&mut self) -> Result<i64, StoreError>;
    fn number_or_none(&mut self) -> Result<Option<i64>, StoreError>;
    fn text(&mut self) -> Result<String, StoreError>;
    fn text_or_none(&mut self) -> Result<Option<String>, StoreError>;
    fn bytes(&mut self) -> Result<Vec<u8>, StoreError>;
    fn uuid(&mut self) -> Result<Uuid, StoreError>;
    fn version(&mut self) -> Result<i32, StoreError>;
}

/// A row of SeaORM.
pub(crate) struct SeaOrmCells<'a> {
    row: &'a sea_orm::QueryResult,
    at: usize,
}

impl<'a> SeaOrmCells<'a> {
    pub(crate) fn of(row: &'a sea_orm::QueryResult) -> Self {
        Self { row, at: 0 }
    }

    fn next<T: sea_orm::TryGetable>(&mut self) -> Result<T, StoreError> {
        self.at += 1;
        Ok(self.row.try_get_by_index(self.at - 1)?)
    }
}

impl Cells for SeaOrmCells<'_> {
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
        self.next()
    }

    fn version(&mut self) -> Result<i32, StoreError> {
        self.next()
    }
}
