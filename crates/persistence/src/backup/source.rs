//! Backing a database up.

use std::sync::Arc;

use domain::Timestamp;
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, StreamTrait};
use tokio::sync::mpsc;

use super::cell::{Cell, Summing, TableSum};
use super::connection::{self, Begun};
use super::file::{Chunk, Part, UnfinishedBackup, blocking};
use super::manifest::{Answers, Manifest};
use super::tables::{self, Table, Type, number};
use super::{BackupError, Progress};
use crate::{Database, Schema, Snapshot, StoreError, convert, schema};

/// A database as it is at one instant, to be backed up. Others read and write meanwhile.
#[derive(Debug)]
pub struct BackupSource {
    tx: DatabaseTransaction,
    database: Database,
    migrations: Vec<String>,
    tables: Arc<[Table]>,
    _connection: DatabaseConnection,
}

/// A backup that has all rows, and not yet its name.
#[derive(Debug)]
pub struct Copied {
    file: UnfinishedBackup,
    connection: rusqlite::Connection,
    manifest: Manifest,
}

impl BackupSource {
    /// Begins to back a database up, as it is now. An older schema than the one that this program knows is backed
    /// up as it is.
    ///
    /// # Errors
    /// When the database does not answer, holds no publication, or is newer than this program.
    pub async fn begin(url: &str) -> Result<Self, BackupError> {
        let Begun { database, connection, tx } = connection::begin_to_read(url).await?;
        if database == Database::Postgres {
            // A migration takes this lock first, and so waits until all is read. It comes before the first read,
            // which decides of which instant the rest is.
            let locked = tx.execute_unprepared("LOCK TABLE seaql_migrations IN ACCESS SHARE MODE").await;
            match locked {
                Err(error) if error.to_string().contains("does not exist") => {
                    return Err(BackupError::NothingThere);
                }
                locked => _ = locked?,
            }
        }
        let migrations = schema::applied(&tx).await?;
        if migrations.is_empty() {
            return Err(BackupError::NothingThere);
        }
        if let newer @ Schema::Newer(_) = Schema::after(migrations.clone()) {
            newer.ensure_current()?;
        }
        let tables = tables::tables(migrations.len()).await?.into();
        Ok(Self { tx, database, migrations, tables, _connection: connection })
    }

    /// Whether the schema is the one that this program knows, so that it can read what the public sees.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(Schema::after(self.migrations.clone()), Schema::Current)
    }

    /// How many rows there are in all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rows(&self) -> Result<u64, BackupError> {
        let mut rows = 0;
        for table in &*self.tables {
            rows += table.count(&self.tx).await?;
        }
        Ok(rows)
    }

    /// Writes all rows to a file, which gets its name by [`Copied::finish`].
    ///
    /// # Errors
    /// When the file cannot be written, or the database cannot be read; then no file is left.
    pub async fn copy(
        &self,
        file: UnfinishedBackup,
        made_at: Timestamp,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Copied, BackupError> {
        ensure_dense(&self.tx).await?;
        let (parts, taken) = mpsc::channel(4);
        let tables = Arc::clone(&self.tables);
        let writing = tokio::spawn(blocking(move || file.take(&tables, taken)));
        let read = self.send(&parts, progress).await;
        drop(parts);
        let written = writing.await.map_err(|error| BackupError::Task(error.to_string()))?;
        // When nobody takes the rows any more, the reason is there.
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
        Ok(Copied { file, connection, manifest })
    }

    /// Reads on in the same instant.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn into_snapshot(self) -> Result<Snapshot, BackupError> {
        Ok(Snapshot::of_trial(self.tx.into(), None).await?)
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

    /// The mark of the latest edition, where editions have one.
    async fn mark(&self) -> Result<Option<String>, BackupError> {
        let counter = self.tables.iter().find(|table| table.name == "edition_counter");
        if !counter.is_some_and(|table| table.columns.iter().any(|column| column.name == "mark")) {
            return Ok(None);
        }
        let mark = number(&self.tx, "SELECT mark FROM edition_counter").await?;
        Ok(Some(convert::mark(mark).to_string()))
    }
}

impl Copied {
    /// Completes the backup with digests of what the public sees, if it could be read, and gives it its name.
    ///
    /// # Errors
    /// When the file cannot be written; then none is left.
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

/// Hands out the rows of a table in chunks, in the order of its key, as long as they are wanted.
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

/// Sums up all tables of a database.
pub(crate) async fn sums(
    tx: &DatabaseTransaction,
    tables: &[Table],
    progress: &dyn Fn(Progress<'_>),
) -> Result<Vec<TableSum>, BackupError> {
    let mut sums = Vec::new();
    for table in tables {
        let types = table.types(tx).await?;
        let mut summing = Summing::of(table);
        read_rows(tx, table, &types, async |rows| {
            rows.iter().for_each(|row| summing.add(row));
            progress(Progress { table: &table.name, rows: rows.len() as u64 });
            true
        })
        .await?;
        sums.push(summing.sum());
    }
    Ok(sums)
}

/// Makes sure that the editions are those from 1 to where the counter stands.
pub(crate) async fn ensure_dense(tx: &DatabaseTransaction) -> Result<(), BackupError> {
    let gaps = "SELECT count(*) FROM edition_counter AS c WHERE c.number <> (SELECT count(*) FROM edition) \
                OR c.number <> (SELECT COALESCE(max(number), 0) FROM edition) \
                OR 1 <> (SELECT COALESCE(min(number), 1) FROM edition)";
    let counters = number(tx, "SELECT count(*) FROM edition_counter").await?;
    if counters != 1 || number(tx, gaps).await? != 0 {
        let what = "the editions are not those from 1 to where the counter stands".to_owned();
        return Err(BackupError::Store(StoreError::Damaged(what)));
    }
    Ok(())
}
