//! The flags of `greymatters key`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use domain::Scope;

use crate::database_options::DatabaseOptions;
use crate::duration::{When, duration, when};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create an API key and print it
    ///
    /// The key is printed only once, because the database stores only its hash. Requests send it as
    /// `Authorization: Bearer gmk_…`. Secret scanners find keys by the pattern `gmk_[A-Za-z0-9_-]{43}`.
    #[command(after_help = "\
Examples:
  export KEY=$(greymatters key create --name editors --scope content:write --scope content:publish)
  greymatters key create --name ci --scope content:write --expires 90d")]
    Create(KeyOptions),
    /// List all API keys, also expired and revoked ones, the newest first
    ///
    /// The list shows the first characters of each key. The rest is not stored.
    #[command(after_help = "\
Examples:
  greymatters key list
  greymatters key list --format json")]
    List(KeyListOptions),
    /// Revoke an API key at once
    #[command(after_help = "\
Examples:
  greymatters key revoke key_01h455vb4pex5vsknk084sn02q
  greymatters key revoke gmk_Ab3dEf7h")]
    Revoke(KeyNameOptions),
    /// Replace an API key by a new one with the same name, scopes and expiry, and print it
    #[command(after_help = "\
Example:
  export KEY=$(greymatters key rotate gmk_Ab3dEf7h --overlap 24h)")]
    Rotate(KeyRotateOptions),
}

#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    /// What the key may do; can be repeated
    ///
    /// `content:write` (create and edit working copies), `content:publish` (review, publish, and everything else that
    /// changes what the public sees), `content:read-drafts` (read drafts, create previews), or `admin` (create, rotate and
    /// revoke keys, read the audit log).
    #[arg(
        long = "scope",
        env = "GREYMATTERS_KEY_SCOPE",
        value_name = "SCOPE",
        required = true,
        value_delimiter = ',',
        value_parser = scope
    )]
    pub(crate) scopes: Vec<Scope>,
    /// What the key is for
    #[arg(long, env = "GREYMATTERS_KEY_NAME", value_name = "NAME", default_value = "unnamed")]
    pub(crate) name: String,
    /// When the key expires: an instant like 2027-01-01T00:00:00Z, or a duration from now like `90d` or `12h`
    /// (default: never)
    #[arg(long, env = "GREYMATTERS_KEY_EXPIRES", value_name = "WHEN", value_parser = when)]
    pub(crate) expires: Option<When>,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct KeyListOptions {
    /// Output format
    #[arg(
        long = "format",
        env = "GREYMATTERS_KEY_FORMAT",
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub(crate) list_format: ListFormat,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// For programs: one JSON object per line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct KeyNameOptions {
    /// Id of the key, or its first characters, as `key list` shows them
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRotateOptions {
    #[command(flatten)]
    pub(crate) key: KeyNameOptions,
    /// How long the old key keeps working, for example `24h` or `7d`; at most 30 days (default: it is revoked at once)
    #[arg(long, env = "GREYMATTERS_KEY_OVERLAP", value_name = "DURATION", value_parser = duration)]
    pub(crate) overlap: Option<Duration>,
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: domain::UnknownScope| error.to_string())
}
