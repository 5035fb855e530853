//! The flags about nodes that serve one publication together.

use std::time::Duration;

use api::AnswerBasis;
use app::Settings;
use clap::Args;

/// How a node goes along with others.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several nodes")]
pub(crate) struct NodeOptions {
    /// A copy of the database (a streaming replica) that public reads go to: `postgres://…`. It is trusted
    /// up to the edition that it has reached; what it does not have yet is read from the first.
    #[arg(long, env = "GREYMATTERS_DATABASE_READ_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_read_url: Option<String>,
    /// How many seconds this node may answer without having heard from its database before it says so: with
    /// the header `Stale`, `Cache-Control: no-store`, and at /readyz.
    #[arg(long, env = "GREYMATTERS_MAX_STALENESS", value_name = "SECONDS", default_value_t = 10)]
    max_staleness: u32,
}

impl NodeOptions {
    /// What answers depend on, with those of these flags that shape them.
    pub(crate) fn shape_answers(&self, basis: AnswerBasis) -> AnswerBasis {
        // A copy of the database answers the same, and what a late node says of itself comes with a 304 as well.
        let Self { database_read_url: _, max_staleness: _ } = self;
        basis
    }

    /// The settings, with what these flags say.
    pub(crate) fn applied(&self, settings: Settings) -> Settings {
        Settings { max_staleness: Duration::from_secs(self.max_staleness.into()), ..settings }
    }
}
