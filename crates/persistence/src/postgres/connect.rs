//! Opening a connection.

use std::sync::OnceLock;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::connection::{Timeouts, lock_timeout};
use crate::availability::Pulse;
use crate::connection_memory::KeptByConnection;

/// What only a session that is ours has set.
const MARK: &str = "greymatters.session";
/// What every connection has set for planning.
const PLANNING: [(&str, &str); 3] = [
    // Compiling a statement takes longer than running it.
    ("jit", "off"),
    // Statements name their tables in the order in which they are best read. Trying out others takes seconds where
    // dozens of labels are looked up.
    ("join_collapse_limit", "1"),
    ("from_collapse_limit", "1"),
];
/// Has the server look, four times a second, whether whoever asked is still there.
const LOOK_FOR_THE_CLIENT: &str = "client_connection_check_interval = 250";
/// The first version that can look.
const CAN_LOOK_FOR_THE_CLIENT: u32 = 140_000;

/// How far what is set on a connection reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The connection is a session of the server.
    Session,
    /// A pooler such as PgBouncer gives each transaction whichever session is free: what is set ends with the
    /// transaction, a prepared statement may be gone afterwards, and notifications do not arrive.
    Transaction,
}

/// Opens connections to one database.
#[derive(Debug)]
pub(crate) struct Connector {
    session: PgConnectOptions,
    pooled: PgConnectOptions,
    /// Known from the first connection on.
    reach: OnceLock<Reach>,
    pub(crate) timeouts: Timeouts,
}

impl Connector {
    pub(crate) fn new(url: &str, timeouts: Timeouts, kept: KeptByConnection) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        let options = options
            .application_name("greymatters")
            .statement_cache_capacity(kept.statements)
            .log_statements(log::LevelFilter::Debug)
            .log_slow_statements(log::LevelFilter::Warn, std::time::Duration::from_secs(2));
        // Poolers refuse settings that they do not know.
        let pooled = options.clone().extra_float_digits(None).statement_cache_capacity(0);
        let read = timeouts.read.as_millis().to_string();
        let lock = lock_timeout(timeouts.read).as_millis().to_string();
        let times = [("statement_timeout", read.as_str()), ("lock_timeout", lock.as_str())];
        let session = options.options(PLANNING).options(times).options([(MARK, "on")]);
        Ok(Self { session, pooled, reach: OnceLock::new(), timeouts })
    }

    /// How far settings reach; as far as the connection, until one was opened.
    pub(crate) fn reach(&self) -> Reach {
        self.reach.get().copied().unwrap_or(Reach::Session)
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        match self.reach.get() {
            Some(Reach::Session) => self.session().await,
            Some(Reach::Transaction) => PgConnection::connect_with(&self.pooled).await,
            None => self.find_out().await,
        }
    }

    /// The options of a connection that is opened by others: with no limit to how long a statement takes.
    pub(crate) fn unlimited(&self) -> PgConnectOptions {
        match self.reach() {
            Reach::Session => {
                self.session.clone().options([("statement_timeout", "0"), ("lock_timeout", "0")])
            }
            Reach::Transaction => self.pooled.clone(),
        }
    }

    async fn session(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.session).await?;
        if looks_for_the_client(&connection) {
            match connection.execute(AssertSqlSafe(format!("SET {LOOK_FOR_THE_CLIENT}"))).await {
                // Not every system can.
                Ok(_) | Err(sqlx::Error::Database(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(connection)
    }

    /// Opens the first connection, and sees whether what it sets arrives.
    async fn find_out(&self) -> Result<PgConnection, sqlx::Error> {
        let arrived = match self.session().await {
            Ok(mut connection) => {
                let mark = format!("SELECT current_setting('{MARK}', true)");
                let row = connection.fetch_one(AssertSqlSafe(mark)).await?;
                if row.try_get::<Option<String>, _>(0)?.is_some_and(|mark| mark == "on") {
                    Some(connection)
                } else {
                    None
                }
            }
            Err(sqlx::Error::Database(refusal)) if refusal.message().contains("startup parameter") => None,
            Err(error) => return Err(error),
        };
        if let Some(connection) = arrived {
            let _ = self.reach.set(Reach::Session);
            return Ok(connection);
        }
        if self.reach.set(Reach::Transaction).is_ok() {
            log::info!(
                "the database is reached through a pooler: statements are not kept prepared, and editions of \
                 other nodes are found by looking"
            );
        }
        PgConnection::connect_with(&self.pooled).await
    }
}

fn looks_for_the_client(connection: &PgConnection) -> bool {
    connection.server_version_num().is_some_and(|version| version >= CAN_LOOK_FOR_THE_CLIENT)
}

/// What a transaction sets for itself behind a pooler, as sessions have it set elsewhere.
pub(super) fn local_settings(connection: &PgConnection) -> String {
    let planning = PLANNING.iter().map(|(name, value)| format!("SET LOCAL {name} = {value}; "));
    let looks = looks_for_the_client(connection).then(|| format!("SET LOCAL {LOOK_FOR_THE_CLIENT}; "));
    planning.chain(looks).collect()
}

/// SQLSTATE class of a server that is there and has no connection left.
const NO_CONNECTION_LEFT: &str = "53300";

/// Whether a connection was refused only because there are too many.
pub(super) fn is_crowded(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|refusal| refusal.code())
        .is_some_and(|code| code == NO_CONNECTION_LEFT)
}

impl Pulse for Connector {
    type Connection = PgConnection;

    async fn ask(&self, connection: Option<PgConnection>) -> Result<Option<PgConnection>, String> {
        let connection = match connection {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            // It answers, after all.
            Err(error) if is_crowded(&error) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        match connection.execute("SELECT 1").await {
            Ok(_) => Ok(Some(connection)),
            // Its connection was ended. Whether the server is there shows when the next one is opened.
            Err(_) => match self.connect().await {
                Ok(connection) => Ok(Some(connection)),
                Err(error) if is_crowded(&error) => Ok(None),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}
