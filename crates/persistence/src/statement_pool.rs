//! Runs statements outside of a transaction, and begins transactions.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;

use crate::postgres::{PgTransaction, Pool, Purpose};
use crate::sqlite_connections::SqliteConnections;
use crate::transaction::Begin;
use crate::{PoolUsage, StoreError, Transaction};

/// Connections for statements outside of a transaction. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StatementPool(To);

#[derive(Debug, Clone)]
enum To {
    Postgres(Pool, Purpose),
    Sqlite(Arc<SqliteConnections>),
}

impl StatementPool {
    pub(crate) fn postgres(pool: Pool, purpose: Purpose) -> Self {
        Self(To::Postgres(pool, purpose))
    }

    pub(crate) fn sqlite(connections: Arc<SqliteConnections>) -> Self {
        Self(To::Sqlite(connections))
    }

    /// How many of the connections are in use that it goes over.
    pub(crate) fn usage(&self) -> PoolUsage {
        match &self.0 {
            To::Postgres(pool, _) => pool.usage(),
            To::Sqlite(connections) => connections.usage(),
        }
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, begin: Begin) -> Result<Transaction, StoreError> {
        match &self.0 {
            To::Postgres(pool, _) => Ok(PgTransaction::begin(pool, begin).await?.into()),
            To::Sqlite(connections) => Ok(connections.begin(begin).await?.into()),
        }
    }

    /// The same, for pages whose best plan is the same whatever is bound: they are planned once. Otherwise
    /// PostgreSQL plans them anew each time, which costs more than reading them.
    pub(crate) fn for_short_pages(&self) -> Self {
        match &self.0 {
            To::Postgres(pool, _) => Self(To::Postgres(pool.clone(), Purpose::ShortPage)),
            To::Sqlite(_) => self.clone(),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for StatementPool {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            To::Postgres(..) => DbBackend::Postgres,
            To::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            To::Postgres(pool, purpose) => Ok(pool.execute(*purpose, statement).await?.into()),
            To::Sqlite(connections) => connections.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            To::Postgres(pool, purpose) => {
                Ok(pool.rows(*purpose, statement).await?.into_iter().map(QueryResult::from).collect())
            }
            To::Sqlite(connections) => connections.query_all_raw(statement).await,
        }
    }
}
