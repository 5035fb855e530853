//! Opens connections to PostgreSQL.

use std::sync::OnceLock;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::purpose::{Timeouts, lock_timeout};
use crate::connection::{ConnectionMemory, Probe};

/// A setting that only our own sessions have. Behind a pooler it is missing.
const SESSION_MARK: &str = "greymatters.session";
/// The planner settings of every connection.
const PLANNER_SETTINGS: [(&str, &str); 4] = [
    // By default, PostgreSQL takes a random page to be four times as expensive as the next one, as on a hard disk. It
    // then reads all publications to find a few hundred of them.
    ("random_page_cost", "1.1"),
    // Compiling a statement takes longer than running it.
    ("jit", "off"),
    // Our statements name their tables in the best order. With dozens of label look-ups, PostgreSQL would need seconds
    // to try other orders.
    ("join_collapse_limit", "1"),
    ("from_collapse_limit", "1"),
];
/// Makes the server check four times a second whether the client is still connected.
const CHECK_CLIENT: &str = "client_connection_check_interval = 250";
/// The first version of PostgreSQL that can check the client.
const CHECK_CLIENT_SINCE: u32 = 140_000;

/// How long settings on a connection last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingsScope {
    /// As long as the connection, which is a session of the server.
    Session,
    /// Until the end of the transaction. A pooler such as PgBouncer runs each transaction in any free session. Prepared
    /// statements can be missing in the next transaction, and notifications do not arrive.
    Transaction,
}

/// Opens connections to one database.
#[derive(Debug)]
pub(crate) struct Connector {
    session: PgConnectOptions,
    pooled: PgConnectOptions,
    /// Set when the first connection is opened.
    settings_scope: OnceLock<SettingsScope>,
    pub(crate) timeouts: Timeouts,
}

impl Connector {
    pub(crate) fn new(url: &str, timeouts: Timeouts, memory: ConnectionMemory) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        let options = options
            .application_name("greymatters")
            .statement_cache_capacity(memory.statements)
            .log_statements(log::LevelFilter::Debug)
            .log_slow_statements(log::LevelFilter::Warn, std::time::Duration::from_secs(2));
        // Poolers refuse settings that they do not know.
        let pooled = options.clone().extra_float_digits(None).statement_cache_capacity(0);
        let read = timeouts.read.as_millis().to_string();
        let lock = lock_timeout(timeouts.read).as_millis().to_string();
        let limits = [("statement_timeout", read.as_str()), ("lock_timeout", lock.as_str())];
        let session = options.options(PLANNER_SETTINGS).options(limits).options([(SESSION_MARK, "on")]);
        Ok(Self { session, pooled, settings_scope: OnceLock::new(), timeouts })
    }

    /// How long settings last. Before the first connection was opened, this is [`SettingsScope::Session`].
    pub(crate) fn settings_scope(&self) -> SettingsScope {
        self.settings_scope.get().copied().unwrap_or(SettingsScope::Session)
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        match self.settings_scope.get() {
            Some(SettingsScope::Session) => self.open_session().await,
            Some(SettingsScope::Transaction) => PgConnection::connect_with(&self.pooled).await,
            None => self.open_first().await,
        }
    }

    /// Options for a connection without time limits, which the caller opens.
    pub(crate) fn unlimited(&self) -> PgConnectOptions {
        match self.settings_scope() {
            SettingsScope::Session => {
                self.session.clone().options([("statement_timeout", "0"), ("lock_timeout", "0")])
            }
            SettingsScope::Transaction => self.pooled.clone(),
        }
    }

    async fn open_session(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.session).await?;
        if can_check_client(&connection) {
            match connection.execute(AssertSqlSafe(format!("SET {CHECK_CLIENT}"))).await {
                // Some operating systems do not support it.
                Ok(_) | Err(sqlx::Error::Database(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(connection)
    }

    /// Opens the first connection, and finds out whether its settings reach the session.
    async fn open_first(&self) -> Result<PgConnection, sqlx::Error> {
        let session = match self.open_session().await {
            Ok(mut connection) => {
                let mark = format!("SELECT current_setting('{SESSION_MARK}', true)");
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
        if let Some(connection) = session {
            let _ = self.settings_scope.set(SettingsScope::Session);
            return Ok(connection);
        }
        if self.settings_scope.set(SettingsScope::Transaction).is_ok() {
            log::info!(
                "the database is behind a connection pooler: statements are not prepared, and this node polls for \
                 the editions of other nodes"
            );
        }
        PgConnection::connect_with(&self.pooled).await
    }
}

fn can_check_client(connection: &PgConnection) -> bool {
    connection.server_version_num().is_some_and(|version| version >= CHECK_CLIENT_SINCE)
}

/// The settings for a transaction behind a pooler. Without a pooler, sessions have them.
pub(super) fn local_settings(connection: &PgConnection) -> String {
    let planner = PLANNER_SETTINGS.iter().map(|(name, value)| format!("SET LOCAL {name} = {value}; "));
    let check_client = can_check_client(connection).then(|| format!("SET LOCAL {CHECK_CLIENT}; "));
    planner.chain(check_client).collect()
}

/// The SQLSTATE of a server that has no connection left.
const TOO_MANY_CONNECTIONS: &str = "53300";

/// Whether the server refused a connection because it has none left.
pub(super) fn is_out_of_connections(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|refusal| refusal.code())
        .is_some_and(|code| code == TOO_MANY_CONNECTIONS)
}

impl Probe for Connector {
    type Connection = PgConnection;

    async fn probe(&self, connection: Option<PgConnection>) -> Result<Option<PgConnection>, String> {
        let connection = match connection {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            // A refusal is an answer.
            Err(error) if is_out_of_connections(&error) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        match connection.execute("SELECT 1").await {
            Ok(_) => Ok(Some(connection)),
            // This connection was closed. A new one shows whether the server answers.
            Err(_) => match self.connect().await {
                Ok(connection) => Ok(Some(connection)),
                Err(error) if is_out_of_connections(&error) => Ok(None),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}
