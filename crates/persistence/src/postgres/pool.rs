//! A pool of connections to one PostgreSQL server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnection, PgQueryResult, PgRow};
use sea_orm::{DbErr, RuntimeErr, Statement};
use tokio::time::{Instant as Until, sleep, timeout_at};

use super::connect::{Connector, SettingsScope, is_out_of_connections};
use super::lease::Lease;
use super::permits::Permits;
use super::purpose::Purpose;
use crate::connection::{Availability, PoolUsage, deadline};
use crate::error::{lost_connection, no_connection};

/// How long a connection is used. Its prepared plans were made for the tables as they were at that time.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);
/// How long an idle connection is kept.
const MAX_IDLE: Duration = Duration::from_secs(60);
/// How long a read waits for a connection.
const READ_POOL_TIMEOUT: Duration = Duration::from_millis(1900);
/// How long a write waits for a connection.
const WRITE_POOL_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause before the next attempt when the server has no connection left.
const OUT_OF_CONNECTIONS_PAUSE: Duration = Duration::from_millis(50);

/// A pool of connections to one server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<Shared>);

/// The state that the pool and its leases share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) connector: Arc<Connector>,
    pub(super) availability: Arc<Availability>,
    permits: Permits,
    idle: Mutex<IdleConnections>,
}

#[derive(Debug, Default)]
struct IdleConnections {
    connections: Vec<IdleConnection>,
    /// The number of times that a connection has broken off. Connections of earlier generations are closed.
    generation: u64,
}

#[derive(Debug)]
pub(super) struct IdleConnection {
    pub(super) connection: PgConnection,
    pub(super) purpose: Purpose,
    pub(super) opened: Instant,
    pub(super) generation: u64,
    pub(super) since: Instant,
}

impl Pool {
    pub(crate) fn new(connector: Arc<Connector>, availability: Arc<Availability>, limit: usize) -> Self {
        let permits = Permits::new(limit);
        Self(Arc::new(Shared { connector, availability, permits, idle: Mutex::default() }))
    }

    pub(crate) fn connector(&self) -> &Arc<Connector> {
        &self.0.connector
    }

    pub(crate) fn availability(&self) -> &Availability {
        &self.0.availability
    }

    /// How many connections are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        let permits = &self.0.permits;
        PoolUsage { in_use: permits.taken(), most: permits.limit(), waiting: permits.waiting() }
    }

    /// Opens the first connection.
    pub(crate) async fn open_one(&self, until: Until) -> Result<(), sqlx::Error> {
        let connected = timeout_at(until, self.0.connector.connect()).await;
        let connection = connected.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let now = Instant::now();
        self.0.put_back(IdleConnection {
            connection,
            purpose: Purpose::Read,
            opened: now,
            generation: 0,
            since: now,
        });
        Ok(())
    }

    /// A connection with the settings for this purpose.
    pub(super) async fn lease(&self, purpose: Purpose) -> Result<Lease, DbErr> {
        let timeout = if purpose == Purpose::Write { WRITE_POOL_TIMEOUT } else { READ_POOL_TIMEOUT };
        let until = deadline::earliest(Until::now() + timeout);
        let shared = &self.0;
        match shared.availability.unless_away(until, self.take(purpose, until)).await {
            Ok(lease) => lease,
            Err(why) => Err(no_connection(why)),
        }
    }

    async fn take(&self, purpose: Purpose, until: Until) -> Result<Lease, DbErr> {
        let shared = &self.0;
        loop {
            let permit = shared.permits.take(purpose.permit_kind()).await;
            if let Some(idle) = shared.take_idle(purpose) {
                let IdleConnection { connection, purpose: was, opened, generation, since: _ } = idle;
                let mut lease = Lease::new(connection, Arc::clone(shared), was, opened, generation, permit);
                lease.set_up(purpose, until).await?;
                return Ok(lease);
            }
            let generation = shared.lock().generation;
            // Boxed, because this large future is seldom needed.
            match Box::pin(shared.connector.connect()).await {
                Ok(connection) => {
                    let shared = Arc::clone(shared);
                    let opened = Instant::now();
                    let mut lease = Lease::new(connection, shared, Purpose::Read, opened, generation, permit);
                    lease.set_up(purpose, until).await?;
                    return Ok(lease);
                }
                Err(error) if is_out_of_connections(&error) => {
                    shared.permits.lower(shared.open());
                    log::debug!("the database has no connection left: this node uses fewer for a while");
                    drop(permit);
                    sleep(OUT_OF_CONNECTIONS_PAUSE).await;
                }
                Err(error) => {
                    shared.availability.probe_now();
                    return Err(DbErr::Conn(RuntimeErr::SqlxError(error.into())));
                }
            }
        }
    }

    /// Runs a statement outside of a transaction, and returns its rows. A `SELECT` whose connection breaks off is tried
    /// once more.
    pub(crate) async fn rows(&self, purpose: Purpose, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        if !statement.sql.starts_with("SELECT") {
            return self.rows_once(purpose, statement).await;
        }
        match self.rows_once(purpose, statement.clone()).await {
            Err(error) if lost_connection(&error) => self.rows_once(purpose, statement).await,
            done => done,
        }
    }

    async fn rows_once(&self, purpose: Purpose, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        self.run_alone(purpose, async |lease, until| lease.rows(statement, until).await).await
    }

    /// Runs a statement outside of a transaction, and returns the number of rows that it has changed.
    pub(crate) async fn execute(
        &self,
        purpose: Purpose,
        statement: Statement,
    ) -> Result<PgQueryResult, DbErr> {
        self.run_alone(purpose, async |lease, until| lease.execute(statement, until).await).await
    }

    /// Runs one statement. Behind a pooler it runs in a transaction, which has the settings that sessions have
    /// otherwise.
    async fn run_alone<T>(
        &self,
        purpose: Purpose,
        run: impl AsyncFnOnce(&mut Lease, Until) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut lease = self.lease(purpose).await?;
        let (started, until) = (Until::now(), lease.until(purpose));
        let run = async |lease: &mut Lease, until| {
            run(lease, until).await.map_err(|error| lease.explain(purpose, error, started))
        };
        match lease.settings_scope() {
            SettingsScope::Session => run(&mut lease, until).await,
            SettingsScope::Transaction => {
                begin(&mut lease, purpose, until).await?;
                let done = run(&mut lease, until).await;
                end(&mut lease, done, until).await
            }
        }
    }
}

async fn begin(lease: &mut Lease, purpose: Purpose, until: Until) -> Result<(), DbErr> {
    let begin = lease.begin_sql("", purpose);
    let begun = lease.run(&begin, until).await;
    if begun.is_err() {
        lease.close_on_drop();
    }
    begun
}

/// Ends the transaction around a single statement.
async fn end<T>(lease: &mut Lease, done: Result<T, DbErr>, until: Until) -> Result<T, DbErr> {
    let ended = match &done {
        Ok(_) => lease.run("COMMIT", until).await,
        Err(_) if lease.is_clean() => lease.run("ROLLBACK", until).await,
        Err(_) => Ok(()),
    };
    if ended.is_err() {
        lease.close_on_drop();
    }
    let done = done?;
    ended.map(|()| done)
}

impl Shared {
    /// An idle connection, preferably one with the settings for this purpose. Returns `None` when there is no idle one,
    /// or when none has the settings and another connection may be opened.
    fn take_idle(&self, purpose: Purpose) -> Option<IdleConnection> {
        let mut idle = self.lock();
        let IdleConnections { connections, generation } = &mut *idle;
        connections.retain(|idle| {
            idle.generation == *generation
                && idle.opened.elapsed() < MAX_AGE
                && idle.since.elapsed() < MAX_IDLE
        });
        // Where transactions have their own settings, all connections are alike.
        let is_set_up = |idle: &IdleConnection| {
            idle.purpose == purpose || self.connector.settings_scope() == SettingsScope::Transaction
        };
        if let Some(place) = connections.iter().rposition(is_set_up) {
            return Some(connections.swap_remove(place));
        }
        if connections.len() + self.permits.taken() <= self.permits.limit() {
            return None;
        }
        connections.pop()
    }

    /// The number of open connections, for a caller that has a permit but no connection.
    fn open(&self) -> usize {
        self.lock().connections.len() + self.permits.taken().saturating_sub(1)
    }

    /// Makes a connection available to the next caller.
    pub(super) fn put_back(&self, connection: IdleConnection) {
        let mut idle = self.lock();
        if connection.generation == idle.generation && connection.opened.elapsed() < MAX_AGE {
            idle.connections.push(connection);
        }
    }

    /// Closes all idle connections, because a connection broke off and the others may have as well.
    pub(super) fn note_lost_connection(&self) {
        let mut idle = self.lock();
        idle.generation += 1;
        idle.connections.clear();
        self.availability.probe_now();
    }

    fn lock(&self) -> MutexGuard<'_, IdleConnections> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
