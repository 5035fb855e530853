//! A transaction, on either database.

use sea_orm::sqlx::postgres::PgQueryResult;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;

use crate::postgres::PgTransaction;
use crate::sqlite::SqliteTransaction;
use crate::write::{CommitError, DryRun};

/// A transaction. Dropped without a commit, it is rolled back.
#[derive(Debug)]
pub struct Transaction(Kind);

#[derive(Debug)]
enum Kind {
    Postgres(PgTransaction),
    Sqlite(SqliteTransaction),
    /// The transaction of a restore, on either database.
    SeaOrm(DatabaseTransaction),
    /// A transaction that ends as soon as a writer waits for it.
    DryRun(DryRun),
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionMode {
    /// Reads that all see the same state of the database.
    Snapshot,
    /// Writes.
    Write,
    /// Writes that are always rolled back, and reads that all see the same state of the database.
    DryRun,
}

impl From<DatabaseTransaction> for Transaction {
    fn from(tx: DatabaseTransaction) -> Self {
        Self(Kind::SeaOrm(tx))
    }
}

impl From<PgTransaction> for Transaction {
    fn from(tx: PgTransaction) -> Self {
        Self(Kind::Postgres(tx))
    }
}

impl From<SqliteTransaction> for Transaction {
    fn from(tx: SqliteTransaction) -> Self {
        Self(Kind::Sqlite(tx))
    }
}

impl From<DryRun> for Transaction {
    fn from(dry_run: DryRun) -> Self {
        Self(Kind::DryRun(dry_run))
    }
}

impl Transaction {
    /// Asks PostgreSQL to cancel the running statement, and returns whether the request was sent. On SQLite a
    /// statement stops by itself when its future is dropped.
    pub(crate) async fn cancel(&self) -> bool {
        match &self.0 {
            Kind::Postgres(tx) => tx.cancel().await,
            _ => false,
        }
    }

    /// Commits. A write may be acknowledged only after this has succeeded.
    pub(crate) async fn commit(self) -> Result<(), CommitError> {
        match self.0 {
            Kind::SeaOrm(tx) => tx.commit().await.map_err(CommitError::from),
            Kind::Postgres(tx) => tx.commit().await.map_err(CommitError::from),
            Kind::Sqlite(tx) => tx.commit().await,
            // Dropping it rolls it back.
            Kind::DryRun(_) => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::SeaOrm(tx) => ConnectionTrait::get_database_backend(tx),
            Kind::Postgres(_) => DbBackend::Postgres,
            Kind::Sqlite(_) => DbBackend::Sqlite,
            Kind::DryRun(dry_run) => dry_run.backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.execute_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.execute(statement).await?.into()),
            Kind::Sqlite(tx) => tx.execute_raw(statement).await,
            Kind::DryRun(dry_run) => dry_run.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.execute_unprepared(sql).await,
            Kind::Postgres(tx) => {
                tx.run(sql).await?;
                Ok(PgQueryResult::default().into())
            }
            Kind::Sqlite(tx) => tx.execute_unprepared(sql).await,
            Kind::DryRun(dry_run) => dry_run.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.query_one_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.rows(statement).await?.into_iter().next().map(QueryResult::from)),
            Kind::Sqlite(tx) => tx.query_one_raw(statement).await,
            Kind::DryRun(dry_run) => Ok(dry_run.rows(statement).await?.into_iter().next()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.query_all_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.rows(statement).await?.into_iter().map(QueryResult::from).collect()),
            Kind::Sqlite(tx) => tx.query_all_raw(statement).await,
            Kind::DryRun(dry_run) => dry_run.rows(statement).await,
        }
    }
}
