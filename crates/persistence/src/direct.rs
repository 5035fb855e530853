//! Where statements go that belong to no transaction.
//!
//! Whenever a connection to PostgreSQL is given back, sqlx asks the server whether it still works: a second way
//! there and back for every such statement, in a task of its own. So a few connections are kept here instead.
//! Only those are whose last statement succeeded; any other goes back to sqlx, which looks after it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sea_query::Values;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgPool, Postgres};
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, query::Query};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::async_trait;
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::sqlite_connections::{Begin, SqliteConnections};
use crate::{StoreError, Transaction};

/// How many connections are kept of each sort; the others are for transactions.
const KEPT: usize = 8;
/// How long one is kept: what it has planned is made for the tables as they were then.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Has PostgreSQL plan each statement once, for whatever is bound to it, and as what it is: a range of an index,
/// in its order. Planned so, how long a page is it cannot know: it guesses a tenth of all there is, for which
/// other plans look better once that is much.
const SHORT_PAGES: &str = "SET plan_cache_mode = force_generic_plan; \
     SET enable_sort = off; \
     SET max_parallel_workers_per_gather = 0";
/// How long a page waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one may have lain idle to be used without a look.
const FRESH: Duration = Duration::from_secs(30);

/// Where statements go that belong to no transaction. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Direct {
    to: To,
    kept: Option<Arc<Kept>>,
    short_pages: Option<Arc<Kept>>,
}

/// Where they go in the end.
#[derive(Debug, Clone)]
enum To {
    Postgres(DatabaseConnection),
    Sqlite(Arc<SqliteConnections>),
}

/// Sends a statement over a connection that is not kept here.
macro_rules! other {
    ($direct:ident, $other:ident => $sent:expr) => {
        match &$direct.to {
            To::Postgres($other) => $sent,
            To::Sqlite($other) => $sent,
        }
    };
}

#[derive(Debug)]
struct Kept {
    pool: PgPool,
    /// What is set on a connection before it is used; there are no more of these than are kept, as none can
    /// be given back.
    setting: Option<&'static str>,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: PoolConnection<Postgres>,
    taken: Instant,
    since: Instant,
}

/// A connection in use.
struct Taken<'a> {
    connection: PoolConnection<Postgres>,
    /// When it was taken from sqlx.
    at: Instant,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Direct {
    /// To PostgreSQL.
    pub(crate) fn to_postgres(pool: DatabaseConnection) -> Self {
        let kept = |setting| {
            let pool = pool.get_postgres_connection_pool().clone();
            let permits = Semaphore::new(KEPT);
            Some(Arc::new(Kept { pool, setting, permits, idle: Mutex::default() }))
        };
        Self { kept: kept(None), short_pages: kept(Some(SHORT_PAGES)), to: To::Postgres(pool) }
    }

    /// To an SQLite file.
    pub(crate) fn to_sqlite(connections: Arc<SqliteConnections>) -> Self {
        Self { to: To::Sqlite(connections), kept: None, short_pages: None }
    }

    /// The same, for pages whose best plan is the same whatever is bound: they are planned once. Otherwise
    /// PostgreSQL plans them anew each time, which costs more than reading them.
    pub(crate) fn for_short_pages(&self) -> Self {
        Self { kept: self.short_pages.clone(), ..self.clone() }
    }

    /// SeaORM's connections to PostgreSQL.
    pub(crate) fn postgres(&self) -> Option<&DatabaseConnection> {
        match &self.to {
            To::Postgres(pool) => Some(pool),
            To::Sqlite(_) => None,
        }
    }

    /// Begins a transaction: on SQLite one that begins so, on PostgreSQL one with these options.
    pub(crate) async fn begin(
        &self,
        begin: Begin,
        options: TransactionOptions,
    ) -> Result<Transaction, StoreError> {
        match &self.to {
            To::Sqlite(connections) => Ok(connections.begin(begin).await?.into()),
            To::Postgres(pool) => {
                let pool = pool.clone();
                // In a task of its own: were it given up half-way, as happens to a request whose client goes away,
                // sqlx would put the connection back with the transaction still open. A transaction that nobody
                // takes is rolled back.
                match tokio::spawn(async move { pool.begin_with_options(options).await }).await {
                    Ok(begun) => Ok(begun?.into()),
                    Err(error) => Err(StoreError::Unavailable(error.to_string())),
                }
            }
        }
    }
}

impl Kept {
    /// A connection.
    async fn take(&self) -> Result<Taken<'_>, DbErr> {
        let permit = match self.setting {
            Some(_) => Some(self.permit().await?),
            None => None,
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(Idle { connection, taken, since }) = idle
            && since.elapsed() < FRESH
            && taken.elapsed() < LIFETIME
        {
            return Ok(Taken { connection, at: taken, _permit: permit });
        }
        let mut connection = self.pool.acquire().await.map_err(not_acquired)?;
        if let Some(setting) = self.setting {
            connection.close_on_drop();
            connection.execute(setting).await.map_err(not_acquired)?;
        }
        Ok(Taken { connection, at: Instant::now(), _permit: permit })
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, DbErr> {
        match timeout(PATIENCE, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    fn keep(&self, taken: Taken<'_>) {
        let Taken { connection, at, _permit } = taken;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(Idle { connection, taken: at, since: Instant::now() });
        }
    }
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}

/// A statement with what is bound to it.
fn bound(sql: &str, values: Option<Values>) -> Query<'_, Postgres, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}

#[async_trait::async_trait]
impl ConnectionTrait for Direct {
    fn get_database_backend(&self) -> DbBackend {
        match &self.to {
            To::Postgres(_) => DbBackend::Postgres,
            To::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some(kept) = &self.kept else { return other!(self, other => other.execute_raw(statement).await) };
        let Statement { sql, values, db_backend: _ } = statement;
        let mut taken = kept.take().await?;
        let done = taken
            .connection
            .execute(bound(&sql, values))
            .await
            .map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())))?;
        kept.keep(taken);
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        other!(self, other => other.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.kept.is_none() {
            return other!(self, other => other.query_one_raw(statement).await);
        }
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(kept) = &self.kept else {
            return other!(self, other => other.query_all_raw(statement).await);
        };
        let Statement { sql, values, db_backend: _ } = statement;
        let mut taken = kept.take().await?;
        // All of it, so that nothing is left on the way when the connection is used next.
        let rows = taken
            .connection
            .fetch_all(bound(&sql, values))
            .await
            .map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
        kept.keep(taken);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}
