//! The flags about nodes that serve one publication together.

use std::time::Duration;

use api::AnswerBasis;
use app::{Settings, StoreOptions};
use clap::Args;

use crate::memory_options::Shares;

/// How a node goes along with others.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several nodes")]
pub(crate) struct NodeOptions {
    /// A copy of the database (a streaming replica) that public reads go to: `postgres://…`. It is trusted
    /// up to the edition that it has reached; what it does not have yet is read from the first.
    #[arg(long, env = "GREYMATTERS_DATABASE_READ_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_read_url: Option<String>,
    /// How many connections this node has to PostgreSQL at most, of all sorts together. A copy that is read from
    /// has as many of its own.
    #[arg(
        long,
        env = "GREYMATTERS_DATABASE_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = 24,
        value_parser = clap::value_parser!(u16).range(StoreOptions::FEWEST as i64..)
    )]
    database_connections: u16,
    /// How many seconds the database may take for one read. What takes longer is given up.
    #[arg(
        long,
        env = "GREYMATTERS_READ_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    read_timeout: u32,
    /// How many seconds this node may answer without having heard from its database before it says so: with
    /// the header `Stale`, `Cache-Control: no-store`, and at /readyz.
    #[arg(long, env = "GREYMATTERS_MAX_STALENESS", value_name = "SECONDS", default_value_t = 10)]
    max_staleness: u32,
}

impl NodeOptions {
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // A copy of the database answers the same, and what a late node says of itself comes with a 304 as well.
        let Self { database_read_url: _, database_connections: _, read_timeout: _, max_staleness: _ } = self;
        basis
    }

    /// How many connections it has to the database at most.
    pub(crate) fn connections(&self) -> usize {
        self.database_connections.into()
    }

    /// How much of the database it takes.
    pub(crate) fn store_options(&self, memory: Shares) -> StoreOptions {
        // A copy that is read from has connections of its own.
        let databases = if self.database_read_url.is_some() { 2 } else { 1 };
        StoreOptions {
            connections: self.connections(),
            read_timeout: Duration::from_secs(self.read_timeout.into()),
            kept_bytes: memory.database / databases,
        }
    }

    /// The settings, with what these flags say.
    pub(crate) fn applied(&self, settings: Settings) -> Settings {
        Settings { max_staleness: Duration::from_secs(self.max_staleness.into()), ..settings }
    }
}
