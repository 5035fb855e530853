//! Restoring a backup into an empty database.
//!
//! Everything is one transaction. If it fails at any point, even by a power failure, the database is unchanged.

use std::sync::Arc;

use migrations::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value};
use sea_orm_migration::MigratorTrait;
use tokio::sync::mpsc;

use super::cell::{Cell, compare};
use super::connection::{self, Begun};
use super::file::{BackupFile, Part};
use super::source::{check_editions, sums};
use super::tables::{Table, Type, number, texts};
use super::{BackupError, Progress};
use crate::store::{MIGRATION_LOCK, applied_migrations, known_migrations};
use crate::{Database, Snapshot};

/// The maximum number of bound values in a statement. SQLite allows 32,766, and PostgreSQL allows twice as many.
const MAX_VALUES: usize = 16_000;
/// The maximum number of rows that a statement inserts.
const MAX_ROWS: usize = 500;

/// A restore that is running.
#[derive(Debug)]
pub struct Restore {
    tx: DatabaseTransaction,
    connection: DatabaseConnection,
    database: Database,
    tables: Arc<[Table]>,
}

/// A restored database that is not committed yet.
#[derive(Debug)]
pub struct RestoredDatabase(DatabaseConnection);

/// A foreign key of PostgreSQL, which is created again after all rows are inserted.
struct ForeignKey {
    table: String,
    name: String,
    definition: String,
}

impl Restore {
    /// Begins a restore, and creates the schema of the backup in the database. This fails if the database is not empty
    /// or has a later schema.
    pub async fn begin(url: &str, backup: &BackupFile) -> Result<Self, BackupError> {
        let Begun { database, connection, tx } = connection::begin_to_write(url).await?;
        if database == Database::Postgres {
            // No other process can migrate meanwhile.
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_unprepared(&lock).await?;
        }
        let wanted = &backup.manifest().migrations;
        let applied = applied_migrations(&tx).await?;
        if !wanted.starts_with(&applied) {
            return Err(BackupError::Ahead);
        }
        if database == Database::Postgres && !applied.is_empty() {
            // No other process can write meanwhile: see `schema`.
            let lock = "LOCK TABLE seaql_migrations IN ACCESS EXCLUSIVE MODE";
            tx.execute_unprepared(lock).await?;
        }
        for table in backup.tables() {
            ensure_empty(&tx, table, applied.is_empty()).await?;
        }
        let steps = wanted.len() - applied.len();
        if steps > 0 {
            Migrator::up(&tx, u32::try_from(steps).ok()).await?;
        }
        // The backup contains the row that the migrations have inserted.
        let counter = "DELETE FROM edition_counter";
        tx.execute_unprepared(counter).await?;
        Ok(Self { tx, connection, database, tables: backup.tables().into() })
    }

    /// Inserts all rows of the backup.
    pub async fn load(
        &self,
        backup: BackupFile,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<BackupFile, BackupError> {
        let foreign_keys = self.drop_foreign_keys().await?;
        let (parts, mut read) = mpsc::channel(4);
        let reading = tokio::task::spawn_blocking(move || backup.send(&parts));
        let inserted = self.insert(&mut read, progress).await;
        drop(read);
        let backup = reading.await.map_err(|error| BackupError::Task(error.to_string()))?;
        inserted?;
        let backup = backup?;
        self.create_foreign_keys(&foreign_keys).await?;
        self.set_sequences().await?;
        Ok(backup)
    }

    /// Reads all rows, and compares them with the checksums of the backup.
    pub async fn check(
        &self,
        backup: &BackupFile,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<(), BackupError> {
        compare(&sums(&self.tx, &self.tables, progress).await?, &backup.manifest().tables)?;
        check_editions(&self.tx).await
    }

    /// Brings an older schema up to date. Returns a snapshot of the restored database, which
    /// [`RestoredDatabase::commit`] commits, and the number of applied migrations.
    pub async fn finish(self) -> Result<(Snapshot, RestoredDatabase, usize), BackupError> {
        let Self { tx, connection, database: _, tables: _ } = self;
        let pending = known_migrations().len() - applied_migrations(&tx).await?.len();
        if pending > 0 {
            Migrator::up(&tx, None).await?;
        }
        let snapshot = Snapshot::of_transaction(tx.into(), None).await?;
        Ok((snapshot, RestoredDatabase(connection), pending))
    }

    async fn insert(
        &self,
        parts: &mut mpsc::Receiver<Part>,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<(), BackupError> {
        let mut current: Option<Insert<'_>> = None;
        while let Some(part) = parts.recv().await {
            match part {
                Part::Table(place) => {
                    let table = &self.tables[place];
                    current =
                        Some(Insert::of(table, table.types(&self.tx).await?, self.tx.get_database_backend()));
                }
                Part::Rows(rows) => {
                    let Some(insert) = &current else { continue };
                    progress(Progress { table: &insert.table.name, rows: rows.len() as u64 });
                    insert.run(&self.tx, rows).await?;
                }
            }
        }
        Ok(())
    }

    /// Drops the foreign keys. Rows are inserted in the order of their keys, but tags, topics and articles refer to
    /// each other. SQLite can check foreign keys at the end of the transaction instead.
    async fn drop_foreign_keys(&self) -> Result<Vec<ForeignKey>, BackupError> {
        if self.database == Database::Sqlite {
            let defer = "PRAGMA defer_foreign_keys = ON";
            self.tx.execute_unprepared(defer).await?;
            return Ok(Vec::new());
        }
        let query = "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) \
                     FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
        let query = Statement::from_string(self.tx.get_database_backend(), query);
        let mut foreign_keys = Vec::new();
        for row in self.tx.query_all_raw(query).await? {
            let read = || -> Result<ForeignKey, sea_orm::DbErr> {
                Ok(ForeignKey {
                    table: row.try_get_by_index(0)?,
                    name: row.try_get_by_index(1)?,
                    definition: row.try_get_by_index(2)?,
                })
            };
            let foreign_key = read()?;
            if self.tables.iter().any(|table| table.name == foreign_key.table.trim_matches('"')) {
                let ForeignKey { table, name, definition: _ } = &foreign_key;
                let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
                self.tx.execute_unprepared(&drop).await?;
                foreign_keys.push(foreign_key);
            }
        }
        Ok(foreign_keys)
    }

    async fn create_foreign_keys(&self, foreign_keys: &[ForeignKey]) -> Result<(), BackupError> {
        for ForeignKey { table, name, definition } in foreign_keys {
            let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
            self.tx.execute_unprepared(&add).await?;
        }
        Ok(())
    }

    /// Makes PostgreSQL continue after the largest id. SQLite does so by itself.
    async fn set_sequences(&self) -> Result<(), BackupError> {
        if self.database == Database::Sqlite {
            return Ok(());
        }
        for table in &*self.tables {
            let Table { name, columns: _ } = table;
            let counted = "SELECT column_name::text FROM information_schema.columns \
                           WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = ";
            for column in texts(&self.tx, &format!("{counted}'{name}'")).await? {
                let set = format!(
                    "SELECT setval(pg_get_serial_sequence('\"{name}\"', '{column}'), max(\"{column}\")) \
                     FROM \"{name}\" HAVING max(\"{column}\") IS NOT NULL"
                );
                self.tx.execute_unprepared(&set).await?;
            }
        }
        Ok(())
    }
}

impl RestoredDatabase {
    /// Commits everything that the snapshot shows.
    pub async fn commit(self, snapshot: Snapshot) -> Result<(), BackupError> {
        snapshot.commit().await?;
        self.0.close().await?;
        Ok(())
    }
}

/// Inserts rows into a table, many at once.
struct Insert<'a> {
    table: &'a Table,
    types: Vec<Type>,
    backend: DbBackend,
    /// The number of rows of one statement.
    rows: usize,
    text: String,
}

impl<'a> Insert<'a> {
    fn of(table: &'a Table, types: Vec<Type>, backend: DbBackend) -> Self {
        let rows = (MAX_VALUES / types.len().max(1)).clamp(1, MAX_ROWS);
        Self { table, types, backend, rows, text: table.insert(rows, backend) }
    }

    async fn run(&self, tx: &DatabaseTransaction, rows: Vec<Vec<Cell>>) -> Result<(), BackupError> {
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<_> = rows.by_ref().take(self.rows).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            let text = match chunk.len() == self.rows {
                true => self.text.clone(),
                false => self.table.insert(chunk.len(), self.backend),
            };
            let cells = chunk.into_iter().flat_map(|row| row.into_iter().zip(&self.types));
            let values = cells.map(|(cell, of)| cell.bound(*of)).collect::<Option<Vec<Value>>>();
            let Some(values) = values else {
                let what = format!("a row of the table `{}` has a value of another type", self.table.name);
                return Err(BackupError::Differs(what));
            };
            let insert = Statement::from_sql_and_values(self.backend, text, values);
            tx.execute_raw(insert).await?;
        }
    }
}

/// Checks that a table is empty, except for rows that migrations have inserted. `is_new` is whether no migration was
/// applied. Then any table with this name belongs to another program.
async fn ensure_empty(tx: &DatabaseTransaction, table: &Table, is_new: bool) -> Result<(), BackupError> {
    if !table.exists(tx).await? {
        return Ok(());
    }
    if is_new {
        return Err(BackupError::NotOurs(table.name.clone()));
    }
    let is_counter = table.name == "edition_counter";
    let rows = match is_counter {
        // Its only row has the number 0 as long as nothing was published.
        true => number(tx, "SELECT count(*) FROM edition_counter WHERE number <> 0").await?.unsigned_abs(),
        false => table.count(tx).await?,
    };
    match rows {
        0 => Ok(()),
        rows => Err(BackupError::NotEmpty { table: table.name.clone(), rows }),
    }
}
