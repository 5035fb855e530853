//! The flag that all commands with a database share.

use clap::Args;

/// The flag for the database.
#[derive(Debug, Args)]
pub(crate) struct DatabaseOptions {
    /// Database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`
    #[arg(long, env = "GREYMATTERS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: String,
}
