//! A transaction, on either database.

use sea_orm::sqlx::postgres::PgQueryResult;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;

use crate::outcome::CommitError;
use crate::postgres::PgTransaction;
use crate::sqlite_connections::SqliteTx;
use crate::trials::Trial;

/// A transaction. Dropped without a commit, it is rolled back.
#[derive(Debug)]
pub struct Transaction(Kind);

/// What it is made of.
#[derive(Debug)]
enum Kind {
    Postgres(PgTransaction),
    Sqlite(SqliteTx),
    /// Of a restore, into either database.
    SeaOrm(DatabaseTransaction),
    /// It ends when a writer waits.
    Trial(Trial),
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// To read from one state of the database.
    Snapshot,
    /// To write.
    Write,
    /// To write what is never kept, on one state of the database.
    Trial,
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

impl From<SqliteTx> for Transaction {
    fn from(tx: SqliteTx) -> Self {
        Self(Kind::Sqlite(tx))
    }
}

impl From<Trial> for Transaction {
    fn from(trial: Trial) -> Self {
        Self(Kind::Trial(trial))
    }
}

impl Transaction {
    /// Has the server give up the statement that runs, and answers whether it was told to. Elsewhere a statement is
    /// given up when nobody waits for it any more.
    pub(crate) async fn cancel(&self) -> bool {
        match &self.0 {
            Kind::Postgres(tx) => tx.cancel().await,
            _ => false,
        }
    }

    /// Keeps everything. This is the only way to do so, and only its success may be acknowledged.
    ///
    /// # Errors
    /// When the database refuses, or does not answer.
    pub(crate) async fn commit(self) -> Result<(), CommitError> {
        match self.0 {
            Kind::SeaOrm(tx) => tx.commit().await.map_err(CommitError::from),
            Kind::Postgres(tx) => tx.commit().await.map_err(CommitError::from),
            Kind::Sqlite(tx) => tx.commit().await,
            // What is tried out is undone.
            Kind::Trial(_) => Ok(()),
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
            Kind::Trial(trial) => trial.backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.execute_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.execute(statement).await?.into()),
            Kind::Sqlite(tx) => tx.execute_raw(statement).await,
            Kind::Trial(trial) => trial.execute(statement).await,
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
            Kind::Trial(trial) => trial.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.query_one_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.rows(statement).await?.into_iter().next().map(QueryResult::from)),
            Kind::Sqlite(tx) => tx.query_one_raw(statement).await,
            Kind::Trial(trial) => Ok(trial.rows(statement).await?.into_iter().next()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Kind::SeaOrm(tx) => tx.query_all_raw(statement).await,
            Kind::Postgres(tx) => Ok(tx.rows(statement).await?.into_iter().map(QueryResult::from).collect()),
            Kind::Sqlite(tx) => tx.query_all_raw(statement).await,
            Kind::Trial(trial) => trial.rows(statement).await,
        }
    }
}
