//! Taking a backup into an empty database.
//!
//! Everything is one transaction: whatever ends it before its end, even a power cut, leaves the database as it was.

use std::sync::Arc;

use migrations::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value};
use sea_orm_migration::MigratorTrait;
use tokio::sync::mpsc;

use super::cell::{Cell, compare};
use super::connection::{self, Begun};
use super::file::{BackupFile, Part};
use super::source::{ensure_dense, sums};
use super::tables::{Table, Type, number, texts};
use super::{BackupError, Progress};
use crate::store::MIGRATION_LOCK;
use crate::{Database, Snapshot, schema};

/// How many values one statement binds at most: SQLite takes 32,766, PostgreSQL twice as many.
const VALUES: usize = 16_000;
/// How many rows it inserts at most.
const ROWS: usize = 500;

/// A database that a backup is being taken into.
#[derive(Debug)]
pub struct Restoring {
    tx: DatabaseTransaction,
    connection: DatabaseConnection,
    database: Database,
    tables: Arc<[Table]>,
}

/// What is left to do with a restored database: to keep it.
#[derive(Debug)]
pub struct Completion(DatabaseConnection);

/// A reference between tables of PostgreSQL, which is checked once all rows are there.
struct Reference {
    table: String,
    name: String,
    definition: String,
}

impl Restoring {
    /// Begins to take a backup into a database, which it brings to the backup's schema.
    ///
    /// # Errors
    /// When the database does not answer, holds something, or was brought beyond the backup's schema.
    pub async fn begin(url: &str, backup: &BackupFile) -> Result<Self, BackupError> {
        let Begun { database, connection, tx } = connection::begin_to_write(url).await?;
        if database == Database::Postgres {
            // Nobody migrates meanwhile.
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_unprepared(&lock).await?;
        }
        let wanted = &backup.manifest().migrations;
        let applied = schema::applied(&tx).await?;
        if !wanted.starts_with(&applied) {
            return Err(BackupError::Ahead);
        }
        if database == Database::Postgres && !applied.is_empty() {
            // Nor does anybody write: see `schema`.
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
        // What the migrations put there is in the backup, too.
        let counter = "DELETE FROM edition_counter";
        tx.execute_unprepared(counter).await?;
        Ok(Self { tx, connection, database, tables: backup.tables().into() })
    }

    /// Takes all rows over, and makes sure that they are those of the backup.
    ///
    /// # Errors
    /// When the database refuses them, or has not kept what it was given; then nothing is kept.
    pub async fn load(
        &self,
        backup: BackupFile,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<BackupFile, BackupError> {
        let references = self.drop_references().await?;
        let (parts, mut read) = mpsc::channel(4);
        let reading = tokio::task::spawn_blocking(move || backup.send(&parts));
        let inserted = self.insert(&mut read, progress).await;
        drop(read);
        let backup = reading.await.map_err(|error| BackupError::Task(error.to_string()))?;
        inserted?;
        let backup = backup?;
        self.restore_references(&references).await?;
        self.set_sequences().await?;
        Ok(backup)
    }

    /// Reads everything back, and makes sure that it is what the backup holds.
    ///
    /// # Errors
    /// When it is not; then nothing is kept.
    pub async fn check(
        &self,
        backup: &BackupFile,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<(), BackupError> {
        compare(&sums(&self.tx, &self.tables, progress).await?, &backup.manifest().tables)?;
        ensure_dense(&self.tx).await
    }

    /// Brings the schema up to date, if the backup is of an older one. Answers what the database shows now, to
    /// be kept by [`Completion::keep`], and how many migrations that took.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish(self) -> Result<(Snapshot, Completion, usize), BackupError> {
        let Self { tx, connection, database: _, tables: _ } = self;
        let pending = schema::known().len() - schema::applied(&tx).await?.len();
        if pending > 0 {
            Migrator::up(&tx, None).await?;
        }
        let snapshot = Snapshot::of_trial(tx.into(), None).await?;
        Ok((snapshot, Completion(connection), pending))
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

    /// Drops the references between tables: rows come in the order of their keys, and tags, topics and articles
    /// refer to each other. On SQLite they wait for the end of the transaction by themselves.
    async fn drop_references(&self) -> Result<Vec<Reference>, BackupError> {
        if self.database == Database::Sqlite {
            let defer = "PRAGMA defer_foreign_keys = ON";
            self.tx.execute_unprepared(defer).await?;
            return Ok(Vec::new());
        }
        let query = "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) \
                     FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
        let query = Statement::from_string(self.tx.get_database_backend(), query);
        let mut references = Vec::new();
        for row in self.tx.query_all_raw(query).await? {
            let read = || -> Result<Reference, sea_orm::DbErr> {
                Ok(Reference {
                    table: row.try_get_by_index(0)?,
                    name: row.try_get_by_index(1)?,
                    definition: row.try_get_by_index(2)?,
                })
            };
            let reference = read()?;
            if self.tables.iter().any(|table| table.name == reference.table.trim_matches('"')) {
                let Reference { table, name, definition: _ } = &reference;
                let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
                self.tx.execute_unprepared(&drop).await?;
                references.push(reference);
            }
        }
        Ok(references)
    }

    async fn restore_references(&self, references: &[Reference]) -> Result<(), BackupError> {
        for Reference { table, name, definition } in references {
            let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
            self.tx.execute_unprepared(&add).await?;
        }
        Ok(())
    }

    /// Has PostgreSQL count on after the ids that are there. SQLite does by itself.
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

impl Completion {
    /// Keeps everything that the snapshot shows.
    ///
    /// # Errors
    /// When the database refuses; then nothing is kept.
    pub async fn keep(self, snapshot: Snapshot) -> Result<(), BackupError> {
        snapshot.keep().await?;
        self.0.close().await?;
        Ok(())
    }
}

/// Inserts rows into a table, many at once.
struct Insert<'a> {
    table: &'a Table,
    types: Vec<Type>,
    backend: DbBackend,
    /// How many rows one statement inserts.
    rows: usize,
    text: String,
}

impl<'a> Insert<'a> {
    fn of(table: &'a Table, types: Vec<Type>, backend: DbBackend) -> Self {
        let rows = (VALUES / types.len().max(1)).clamp(1, ROWS);
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
                let what = format!("a row of the table `{}` holds a value of another type", self.table.name);
                return Err(BackupError::Differs(what));
            };
            let insert = Statement::from_sql_and_values(self.backend, text, values);
            tx.execute_raw(insert).await?;
        }
    }
}

/// Makes sure that a table holds nothing but what migrations put there. `is_new` is whether no migration was
/// applied, so that whatever has its name is not ours.
async fn ensure_empty(tx: &DatabaseTransaction, table: &Table, is_new: bool) -> Result<(), BackupError> {
    if !table.exists(tx).await? {
        return Ok(());
    }
    if is_new {
        return Err(BackupError::NotOurs(table.name.clone()));
    }
    let is_counter = table.name == "edition_counter";
    let rows = match is_counter {
        // One row, which stands at 0 as long as nothing was published.
        true => number(tx, "SELECT count(*) FROM edition_counter WHERE number <> 0").await?.unsigned_abs(),
        false => table.count(tx).await?,
    };
    match rows {
        0 => Ok(()),
        rows => Err(BackupError::NotEmpty { table: table.name.clone(), rows }),
    }
}
