//! Making a backup of a database.

use std::sync::Arc;

use domain::Timestamp;
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, StreamTrait};
use tokio::sync::mpsc;

use super::cell::{Cell, TableSum, TableSummer};
use super::connection::{self, Begun};
use super::file::{Chunk, Part, blocking};
use super::manifest::{Answers, Manifest};
use super::tables::{self, Table, Type, number};
use super::unfinished::UnfinishedBackup;
use super::{BackupError, Progress};
use crate::store::applied_migrations;
use crate::{Database, Schema, Snapshot, StoreError, convert};

/// A database at one instant. Others can read and write meanwhile.
#[derive(Debug)]
pub struct BackupSource {
    tx: DatabaseTransaction,
    database: Database,
    migrations: Vec<String>,
    tables: Arc<[Table]>,
    _connection: DatabaseConnection,
}

/// A backup with all rows, which does not have its final name yet.
#[derive(Debug)]
pub struct CopiedBackup {
    file: UnfinishedBackup,
    connection: rusqlite::Connection,
    manifest: Manifest,
}

impl BackupSource {
    /// Begins a backup. A database with an older schema is backed up with that schema. This fails if the database is
    /// empty or newer than this program.
    pub async fn begin(url: &str) -> Result<Self, BackupError> {
        let Begun { database, connection, tx } = connection::begin_to_read(url).await?;
        if database == Database::Postgres {
            // A migration takes this lock first, so it waits until everything is read. The lock comes before the first
            // read, which determines the instant.
            let locked = tx.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS SHARE MODE").await;
            match locked {
                Err(error) if error.to_string().contains("does not exist") => {
                    return Err(BackupError::NothingThere);
                }
                locked => _ = locked?,
            }
        }
        let migrations = applied_migrations(&tx).await?;
        if migrations.is_empty() {
            return Err(BackupError::NothingThere);
        }
        if let newer @ Schema::Newer(_) = Schema::after(migrations.clone()) {
            newer.ensure_current()?;
        }
        let tables = tables::tables(migrations.len()).await?.into();
        Ok(Self { tx, database, migrations, tables, _connection: connection })
    }

    /// Whether the schema is current, so that the program can read what the public sees.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(Schema::after(self.migrations.clone()), Schema::Current)
    }

    /// The number of all rows.
    pub async fn rows(&self) -> Result<u64, BackupError> {
        let mut rows = 0;
        for table in &*self.tables {
            rows += table.count(&self.tx).await?;
        }
        Ok(rows)
    }

    /// Writes all rows to a file. [`CopiedBackup::finish`] gives it the final name. If this fails, the file is deleted.
    pub async fn copy(
        &self,
        file: UnfinishedBackup,
        made_at: Timestamp,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<CopiedBackup, BackupError> {
        check_editions(&self.tx).await?;
        let (parts, receiver) = mpsc::channel(4);
        let tables = Arc::clone(&self.tables);
        let writing = tokio::spawn(blocking(move || file.write_rows(&tables, receiver)));
        let read = self.send(&parts, progress).await;
        drop(parts);
        let written = writing.await.map_err(|error| BackupError::Task(error.to_string()))?;
        // If the receiver has stopped, this error has the reason.
        let (file, connection, tables) = written?;
        read?;
        let edition = number(&self.tx, "SELECT number FROM edition_counter").await?;
        let manifest = Manifest {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            source: match self.database {
                Database::Sqlite => "sqlite".to_owned(),
                Database::Postgres => "postgres".to_owned(),
            },
            edition,
            mark: self.mark().await?,
            migrations: self.migrations.clone(),
            tables,
            answers: None,
        };
        Ok(CopiedBackup { file, connection, manifest })
    }

    /// A snapshot of the same instant.
    pub async fn into_snapshot(self) -> Result<Snapshot, BackupError> {
        Ok(Snapshot::of_transaction(self.tx.into(), None).await?)
    }

    async fn send(
        &self,
        parts: &mpsc::Sender<Part>,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<(), BackupError> {
        for (place, table) in self.tables.iter().enumerate() {
            let types = table.types(&self.tx).await?;
            if parts.send(Part::Table(place)).await.is_err() {
                return Ok(());
            }
            let is_read = read_rows(&self.tx, table, &types, async |rows| {
                progress(Progress { table: &table.name, rows: rows.len() as u64 });
                parts.send(Part::Rows(rows)).await.is_ok()
            });
            if !is_read.await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The mark of the latest edition, if the schema has marks.
    async fn mark(&self) -> Result<Option<String>, BackupError> {
        let counter = self.tables.iter().find(|table| table.name == "edition_counter");
        if !counter.is_some_and(|table| table.columns.iter().any(|column| column.name == "mark")) {
            return Ok(None);
        }
        let mark = number(&self.tx, "SELECT mark FROM edition_counter").await?;
        Ok(Some(convert::mark(mark).to_string()))
    }
}

impl CopiedBackup {
    /// Adds the digests of what the public sees, if there are any, and gives the file its final name. If this fails,
    /// the file is deleted.
    pub async fn finish(self, answers: Option<Answers>) -> Result<Manifest, BackupError> {
        let Self { file, connection, mut manifest } = self;
        manifest.answers = answers;
        blocking(move || {
            file.finish(connection, &manifest)?;
            Ok(manifest)
        })
        .await
    }
}

/// Passes the rows of a table to `take` in chunks, in the order of the key. Stops when `take` returns false, and then
/// returns false.
pub(crate) async fn read_rows(
    tx: &DatabaseTransaction,
    table: &Table,
    types: &[Type],
    mut take: impl AsyncFnMut(Vec<Vec<Cell>>) -> bool,
) -> Result<bool, BackupError> {
    let backend = ConnectionTrait::get_database_backend(tx);
    let query = Statement::from_string(backend, table.select(types, backend));
    let mut rows = tx.stream_raw(query).await?;
    let mut chunk = Chunk::default();
    while let Some(row) = rows.try_next().await? {
        let cells = types.iter().enumerate().map(|(place, of)| Cell::read(&row, place, *of));
        if let Some(full) = chunk.add(cells.collect::<Result<_, _>>()?)
            && !take(full).await
        {
            return Ok(false);
        }
    }
    let rest = chunk.rest();
    Ok(rest.is_empty() || take(rest).await)
}

/// The checksums of all tables of a database.
pub(crate) async fn sums(
    tx: &DatabaseTransaction,
    tables: &[Table],
    progress: &dyn Fn(Progress<'_>),
) -> Result<Vec<TableSum>, BackupError> {
    let mut sums = Vec::new();
    for table in tables {
        let types = table.types(tx).await?;
        let mut summer = TableSummer::of(table);
        read_rows(tx, table, &types, async |rows| {
            rows.iter().for_each(|row| summer.add(row));
            progress(Progress { table: &table.name, rows: rows.len() as u64 });
            true
        })
        .await?;
        sums.push(summer.sum());
    }
    Ok(sums)
}

/// Checks that the numbers of the editions are consecutive, from 1 to the number of the counter.
pub(crate) async fn check_editions(tx: &DatabaseTransaction) -> Result<(), BackupError> {
    let gaps = "SELECT count(*) FROM edition_counter AS c WHERE c.number <> (SELECT count(*) FROM edition) \
                OR c.number <> (SELECT COALESCE(max(number), 0) FROM edition) \
                OR 1 <> (SELECT COALESCE(min(number), 1) FROM edition)";
    let counters = number(tx, "SELECT count(*) FROM edition_counter").await?;
    if counters != 1 || number(tx, gaps).await? != 0 {
        let what =
            "the numbers of the editions are not consecutive from 1 to the number of the counter".to_owned();
        return Err(BackupError::Store(StoreError::Damaged(what)));
    }
    Ok(())
}
