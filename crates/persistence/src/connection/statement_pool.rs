//! Runs statements outside of transactions, and begins transactions.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;

use super::{PoolUsage, Transaction, TransactionMode};
use crate::postgres::{PgTransaction, Pool, Purpose};
use crate::sqlite::SqlitePool;
use crate::{Publications, StoreError};

/// Runs each statement on a free connection of a pool, outside of transactions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StatementPool(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Postgres(Pool, Purpose),
    Sqlite(Arc<SqlitePool>),
}

impl StatementPool {
    pub(crate) fn postgres(pool: Pool, purpose: Purpose) -> Self {
        Self(Backend::Postgres(pool, purpose))
    }

    pub(crate) fn sqlite(pool: Arc<SqlitePool>) -> Self {
        Self(Backend::Sqlite(pool))
    }

    /// What the public sees.
    #[must_use]
    pub fn publications(&self) -> Publications<'_, Self> {
        Publications(self)
    }

    /// How many connections of the pool are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        match &self.0 {
            Backend::Postgres(pool, _) => pool.usage(),
            Backend::Sqlite(pool) => pool.usage(),
        }
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, mode: TransactionMode) -> Result<Transaction, StoreError> {
        match &self.0 {
            Backend::Postgres(pool, _) => Ok(PgTransaction::begin(pool, mode).await?.into()),
            Backend::Sqlite(pool) => Ok(pool.begin(mode).await?.into()),
        }
    }

    /// The same pool for short pages, which PostgreSQL plans only once per connection: see [`Purpose::ShortPage`].
    pub(crate) fn for_short_pages(&self) -> Self {
        match &self.0 {
            Backend::Postgres(pool, _) => Self::postgres(pool.clone(), Purpose::ShortPage),
            Backend::Sqlite(_) => self.clone(),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for StatementPool {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Backend::Postgres(..) => DbBackend::Postgres,
            Backend::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Backend::Postgres(pool, purpose) => Ok(pool.execute(*purpose, statement).await?.into()),
            Backend::Sqlite(pool) => pool.execute_raw(statement).await,
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
            Backend::Postgres(pool, purpose) => {
                Ok(pool.rows(*purpose, statement).await?.into_iter().map(QueryResult::from).collect())
            }
            Backend::Sqlite(pool) => pool.query_all_raw(statement).await,
        }
    }
}
