//! The flags for nodes that serve one publication together.

use std::time::Duration;

use api::AnswerBasis;
use app::{Settings, StoreOptions};
use clap::Args;

use crate::memory_options::Shares;

/// A node, its database, and other nodes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several nodes")]
pub(crate) struct NodeOptions {
    /// Streaming replica of the database for public reads: `postgres://…`
    ///
    /// A read goes to the replica if the replica has the edition that the read needs, and otherwise to the primary.
    #[arg(long, env = "GREYMATTERS_DATABASE_READ_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_read_url: Option<String>,
    /// Maximum number of connections of this node to PostgreSQL. A replica gets the same number in addition
    #[arg(
        long,
        env = "GREYMATTERS_DATABASE_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = 24,
        value_parser = clap::value_parser!(u16).range(StoreOptions::MIN_CONNECTIONS as i64..)
    )]
    database_connections: u16,
    /// How many seconds the database may take for one read. A longer read is cancelled and refused
    #[arg(
        long,
        env = "GREYMATTERS_READ_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    read_timeout: u32,
    /// How many seconds this node may answer without news from its database before it marks its answers as stale
    ///
    /// Stale answers have the headers `Stale` and `Cache-Control: no-store`, and /readyz returns 503.
    #[arg(long, env = "GREYMATTERS_MAX_STALENESS", value_name = "SECONDS", default_value_t = 10)]
    max_staleness: u32,
}

impl NodeOptions {
    /// Adds the flags that affect answers to the answer basis.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // A replica answers like the primary, and a 304 answer carries the header `Stale` too.
        let Self { database_read_url: _, database_connections: _, read_timeout: _, max_staleness: _ } = self;
        basis
    }

    /// Returns the maximum number of connections to the database.
    pub(crate) fn connections(&self) -> usize {
        self.database_connections.into()
    }

    /// Returns the options for opening the database.
    pub(crate) fn store_options(&self, memory: Shares) -> StoreOptions {
        // The replica has its own connections, which need the same amount of memory.
        let databases = if self.database_read_url.is_some() { 2 } else { 1 };
        StoreOptions {
            connections: self.connections(),
            read_timeout: Duration::from_secs(self.read_timeout.into()),
            kept_bytes: memory.database / databases,
        }
    }

    /// Applies these flags to the settings.
    pub(crate) fn applied(&self, settings: Settings) -> Settings {
        Settings { max_staleness: Duration::from_secs(self.max_staleness.into()), ..settings }
    }
}
