//! The connections to one database.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnection, PgQueryResult, PgRow};
use sea_orm::{DbErr, RuntimeErr, Statement};
use tokio::time::{Instant as Until, sleep, timeout_at};

use super::connect::{Connector, Reach, is_crowded};
use super::connection::{Lease, Purpose};
use super::permits::Permits;
use crate::PoolUsage;
use crate::availability::Availability;
use crate::error::{gave_up, lost_connection};

/// How long one is kept: what it has planned is made for the tables as they were then.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long one is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(60);
/// How long a read waits for a connection.
const READ_PATIENCE: Duration = Duration::from_millis(1900);
/// How long a write waits for a connection.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long somebody waits before asking again a server that has no connection left.
const CROWDED: Duration = Duration::from_millis(50);

/// The connections to one database. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<Shared>);

/// What connections in use share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) connector: Arc<Connector>,
    pub(super) availability: Arc<Availability>,
    permits: Permits,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    idle: Vec<Idle>,
    /// How often connections broke off.
    generation: u64,
}

/// A connection that nobody uses.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) connection: PgConnection,
    pub(super) purpose: Purpose,
    pub(super) opened: Instant,
    pub(super) generation: u64,
    pub(super) since: Instant,
}

impl Pool {
    pub(crate) fn new(connector: Arc<Connector>, availability: Arc<Availability>, limit: usize) -> Self {
        let permits = Permits::new(limit);
        Self(Arc::new(Shared { connector, availability, permits, kept: Mutex::default() }))
    }

    pub(crate) fn connector(&self) -> &Arc<Connector> {
        &self.0.connector
    }

    pub(crate) fn availability(&self) -> &Availability {
        &self.0.availability
    }

    /// How many of its connections are in use.
    pub(crate) fn usage(&self) -> PoolUsage {
        let permits = &self.0.permits;
        PoolUsage { in_use: permits.taken(), most: permits.limit(), waiting: permits.waiting() }
    }

    /// Opens a connection, and keeps it.
    pub(crate) async fn open_one(&self, until: Until) -> Result<(), sqlx::Error> {
        let connected = timeout_at(until, self.0.connector.connect()).await;
        let connection = connected.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let now = Instant::now();
        self.0.keep(Idle { connection, purpose: Purpose::Read, opened: now, generation: 0, since: now });
        Ok(())
    }

    /// A connection that is set up for this purpose.
    pub(super) async fn lease(&self, purpose: Purpose) -> Result<Lease, DbErr> {
        let patience = if purpose == Purpose::Write { WRITE_PATIENCE } else { READ_PATIENCE };
        let until = crate::deadline::or(Until::now() + patience);
        let shared = &self.0;
        match shared.availability.unless_away(until, self.taken(purpose, until)).await {
            Ok(lease) => lease,
            Err(why) => Err(gave_up(why)),
        }
    }

    async fn taken(&self, purpose: Purpose, until: Until) -> Result<Lease, DbErr> {
        let shared = &self.0;
        loop {
            let permit = shared.permits.take(purpose.sort()).await;
            if let Some(idle) = shared.idle(purpose) {
                let Idle { connection, purpose: was, opened, generation, since: _ } = idle;
                let mut lease = Lease::new(connection, Arc::clone(shared), was, opened, generation, permit);
                lease.set_up(purpose, until).await?;
                return Ok(lease);
            }
            let generation = shared.lock().generation;
            // In a box: seldom needed, and large in every future that may have to connect.
            match Box::pin(shared.connector.connect()).await {
                Ok(connection) => {
                    let shared = Arc::clone(shared);
                    let opened = Instant::now();
                    let mut lease = Lease::new(connection, shared, Purpose::Read, opened, generation, permit);
                    lease.set_up(purpose, until).await?;
                    return Ok(lease);
                }
                Err(error) if is_crowded(&error) => {
                    shared.permits.lower(shared.open());
                    log::debug!("the database has no connection left: using fewer for a while");
                    drop(permit);
                    sleep(CROWDED).await;
                }
                Err(error) => {
                    shared.availability.doubt();
                    return Err(DbErr::Conn(RuntimeErr::SqlxError(error.into())));
                }
            }
        }
    }

    /// The rows that a statement by itself answers. A read whose connection has broken off is begun again once.
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
        self.alone(purpose, async |lease, until| lease.rows(statement, until).await).await
    }

    /// How many rows a statement by itself has changed.
    pub(crate) async fn execute(
        &self,
        purpose: Purpose,
        statement: Statement,
    ) -> Result<PgQueryResult, DbErr> {
        self.alone(purpose, async |lease, until| lease.execute(statement, until).await).await
    }

    /// Runs a statement by itself; behind a pooler in a transaction, which sets what a session has set elsewhere.
    async fn alone<T>(
        &self,
        purpose: Purpose,
        run: impl AsyncFnOnce(&mut Lease, Until) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut lease = self.lease(purpose).await?;
        let (begun, until) = (Until::now(), lease.until(purpose));
        let run = async |lease: &mut Lease, until| {
            run(lease, until).await.map_err(|error| lease.explained(purpose, error, begun))
        };
        match lease.reach() {
            Reach::Session => run(&mut lease, until).await,
            Reach::Transaction => {
                begin(&mut lease, purpose, until).await?;
                let done = run(&mut lease, until).await;
                end(&mut lease, done, until).await
            }
        }
    }
}

async fn begin(lease: &mut Lease, purpose: Purpose, until: Until) -> Result<(), DbErr> {
    let begin = lease.begin("", purpose);
    let begun = lease.run(&begin, until).await;
    if begun.is_err() {
        lease.spoil();
    }
    begun
}

/// Ends the transaction around a statement by itself.
async fn end<T>(lease: &mut Lease, done: Result<T, DbErr>, until: Until) -> Result<T, DbErr> {
    let ended = match &done {
        Ok(_) => lease.run("COMMIT", until).await,
        Err(_) if lease.is_clean() => lease.run("ROLLBACK", until).await,
        Err(_) => Ok(()),
    };
    if ended.is_err() {
        lease.spoil();
    }
    let done = done?;
    ended.map(|()| done)
}

impl Shared {
    /// One that is kept, the best for this purpose; `None` when another one may be opened, or none is kept.
    fn idle(&self, purpose: Purpose) -> Option<Idle> {
        let mut kept = self.lock();
        let Kept { idle, generation } = &mut *kept;
        idle.retain(|idle| {
            idle.generation == *generation && idle.opened.elapsed() < LIFETIME && idle.since.elapsed() < IDLE
        });
        // Where a transaction sets what it needs, each is as good as another.
        let is_set_up = |idle: &Idle| idle.purpose == purpose || self.connector.reach() == Reach::Transaction;
        if let Some(place) = idle.iter().rposition(is_set_up) {
            return Some(idle.swap_remove(place));
        }
        if idle.len() + self.permits.taken() <= self.permits.limit() {
            return None;
        }
        idle.pop()
    }

    /// How many connections there are, for whoever has a permit and none.
    fn open(&self) -> usize {
        self.lock().idle.len() + self.permits.taken().saturating_sub(1)
    }

    /// Keeps a connection for whoever comes next.
    pub(super) fn keep(&self, connection: Idle) {
        let mut kept = self.lock();
        if connection.generation == kept.generation && connection.opened.elapsed() < LIFETIME {
            kept.idle.push(connection);
        }
    }

    /// A connection broke off: those that are kept may have as well.
    pub(super) fn broke_off(&self) {
        let mut kept = self.lock();
        kept.generation += 1;
        kept.idle.clear();
        self.availability.doubt();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
