//! The command line. Every flag has an environment variable.

use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::{AuditSubject, Timestamp};

use crate::admission_options::AdmissionOptions;
use crate::backup_options::{BackupOptions, RestoreOptions};
use crate::connection_options::ConnectionOptions;
use crate::database_options::DatabaseOptions;
use crate::delivery_options::DeliveryOptions;
use crate::duration::duration;
use crate::editorial_options::EditorialOptions;
use crate::import_options::ImportCommand;
use crate::key_options::KeyCommand;
use crate::limit_options::LimitOptions;
use crate::listen::ListenAddress;
use crate::memory_options::MemoryOptions;
use crate::node_options::NodeOptions;
use crate::oidc_options::OidcOptions;
use crate::web_address;

/// A headless content API for articles, tags and topics, over GraphQL and REST
///
/// Start with `greymatters dev`: it creates a database, imports a sample publication, and prints the addresses to try.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "\
First steps:
  greymatters dev                                        try it with a sample publication
  greymatters import markdown posts/ --dry-run           show what an import would do

In production:
  export GREYMATTERS_DATABASE_URL=postgres://user:password@host/database
  greymatters key create --name editors --scope content:write --scope content:publish
  greymatters serve --listen 0.0.0.0:8080"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a sample publication from a local database, to try things out
    ///
    /// Creates the database if it does not exist, imports the sample publication if the database is empty, creates a
    /// development API key, and prints the addresses. The database stays for the next time.
    Dev(DevOptions),
    /// Serve a publication
    ///
    /// First migrates the database. Does not start without an API key or an OpenID provider, because nobody could write.
    ///
    /// After SIGTERM, /readyz returns 503, and every answer closes its connection. After the time of --drain, the server
    /// stops listening, finishes open requests, and exits. Ctrl-C does the same without waiting. A second signal exits at
    /// once.
    ///
    /// If a later version has migrated the database, the server answers reads and refuses writes (`UPGRADE_REQUIRED`), so
    /// that nodes can be upgraded one after the other.
    Serve(ServeOptions),
    /// Migrate a database to the schema of this version
    ///
    /// `serve`, `import` and `key` do this as well; use this command if migrating is a separate step of your deployment.
    /// Several nodes can run it at the same time. Nodes of the previous version keep answering reads. Fails if a later
    /// version has migrated the database.
    Migrate(DatabaseOptions),
    /// Back up a database to one file, while the server runs
    ///
    /// The backup contains all rows at one instant. It is an SQLite file with a checksum of every table and digests of
    /// everything that the public sees. It is as secret as the database: it contains drafts, hashes of keys, and the key
    /// that signs preview links.
    ///
    /// Do not copy the database file of a running server instead: the latest writes are in other files next to it.
    #[command(after_help = "\
Examples:
  greymatters backup /backups/monday.gmbackup
  greymatters backup /backups/latest.gmbackup --overwrite")]
    Backup(BackupOptions),
    /// Restore a backup to an empty database
    ///
    /// Refuses a backup in which any byte has changed, and a database that is not empty. Checks that the database contains
    /// every row of the backup, and that the public sees the same content as before. All this is one transaction: if it
    /// fails, the database stays empty. A backup of an older version is migrated.
    ///
    /// The backup can come from SQLite or PostgreSQL, and so can the database. Use this to move from one to the other.
    #[command(after_help = "\
Examples:
  greymatters restore monday.gmbackup --check
  greymatters restore monday.gmbackup --database-url sqlite:restored.db
  greymatters restore monday.gmbackup --database-url postgres://user:password@host/database")]
    Restore(RestoreOptions),
    /// Import content from another system
    #[command(subcommand)]
    Import(ImportCommand),
    /// Create, list, rotate and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Print the audit log: who did what, and when
    ///
    /// Prints one JSON object per line (NDJSON), the oldest entry first. To continue later, pass the `sequence` of the last
    /// line to --after.
    #[command(after_help = "\
Examples:
  greymatters audit > audit.ndjson
  greymatters audit --since 2026-03-01T00:00:00Z --actor cli
  greymatters audit --subject article_01h455vb4pex5vsknk084sn02q")]
    Audit(AuditOptions),
    /// Check whether a running server is ready
    ///
    /// For health checks of containers. Prints the answer of /readyz. Exits with status 1 if the server is not ready or
    /// does not answer in time.
    #[command(after_help = "\
Examples:
  greymatters health
  greymatters health --url http://127.0.0.1:8080 --timeout 1s")]
    Health(HealthOptions),
    /// Print the completion script for a shell
    #[command(after_help = "\
Examples:
  greymatters completions bash > /etc/bash_completion.d/greymatters
  greymatters completions zsh > \"${fpath[1]}/_greymatters\"
  greymatters completions fish > ~/.config/fish/completions/greymatters.fish")]
    Completions {
        /// Shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the GraphQL schema (SDL)
    Schema,
    /// Print the description of the REST API (`OpenAPI` 3.1)
    Openapi,
}

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// Log level, or levels by module, for example `info,sqlx=debug`
    #[arg(
        long = "log",
        env = "GREYMATTERS_LOG",
        global = true,
        value_name = "LEVELS",
        default_value = "info"
    )]
    pub(crate) levels: String,
    /// Log format
    #[arg(
        long = "log-format",
        env = "GREYMATTERS_LOG_FORMAT",
        global = true,
        value_enum,
        default_value = "pretty"
    )]
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Pretty,
    /// For programs: one JSON object per line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Address and port to listen on. A host name stands for all its addresses
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
    #[command(flatten)]
    pub(crate) serving: ServingOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DevOptions {
    /// Address and port to listen on. A host name stands for all its addresses
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    /// Database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`
    #[arg(
        long,
        env = "GREYMATTERS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = "sqlite:greymatters-dev.db"
    )]
    pub(crate) database_url: String,
    #[command(flatten)]
    pub(crate) serving: ServingOptions,
}

/// The flags that `serve` and `dev` share.
#[derive(Debug, Args)]
pub(crate) struct ServingOptions {
    #[command(flatten)]
    pub(crate) editorial: EditorialOptions,
    #[command(flatten)]
    pub(crate) oidc: OidcOptions,
    #[command(flatten)]
    pub(crate) delivery: DeliveryOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) memory: MemoryOptions,
    #[command(flatten)]
    pub(crate) admission: AdmissionOptions,
    #[command(flatten)]
    pub(crate) node: NodeOptions,
    #[command(flatten)]
    pub(crate) connections: ConnectionOptions,
}

#[derive(Debug, Args)]
pub(crate) struct HealthOptions {
    /// URL of the server, for example `http://127.0.0.1:8080`; may end with `/readyz` (default: the server on this
    /// machine at --listen)
    #[arg(long, env = "GREYMATTERS_HEALTH_URL", value_name = "URL", value_parser = web_address::site)]
    pub(crate) url: Option<String>,
    /// Address and port at which the server listens
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    /// How long to wait for an answer
    #[arg(
        long,
        env = "GREYMATTERS_HEALTH_TIMEOUT",
        value_name = "DURATION",
        default_value = "3s",
        value_parser = duration
    )]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct AuditOptions {
    /// Only entries at or after this instant, for example 2026-03-01T00:00:00Z
    #[arg(long, env = "GREYMATTERS_AUDIT_SINCE", value_name = "INSTANT")]
    pub(crate) since: Option<Timestamp>,
    /// Only entries before this instant
    #[arg(long, env = "GREYMATTERS_AUDIT_UNTIL", value_name = "INSTANT")]
    pub(crate) until: Option<Timestamp>,
    /// Only actions of this actor: the id of a key, `oidc:` and the subject of a token, `cli`, or `scheduler`
    #[arg(long, env = "GREYMATTERS_AUDIT_ACTOR", value_name = "ACTOR")]
    pub(crate) actor: Option<String>,
    /// Only actions on the article, tag, topic, author, key or preview with this id
    #[arg(long, env = "GREYMATTERS_AUDIT_SUBJECT", value_name = "ID")]
    pub(crate) subject: Option<AuditSubject>,
    /// Only actions of the request with this id: `extensions.requestId` of its answer, or your own `X-Request-Id`
    #[arg(long, env = "GREYMATTERS_AUDIT_REQUEST_ID", value_name = "ID")]
    pub(crate) request_id: Option<String>,
    /// Only entries after the one with this `sequence`
    #[arg(long, env = "GREYMATTERS_AUDIT_AFTER", value_name = "SEQUENCE")]
    pub(crate) after: Option<i64>,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_an_environment_variable() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments().filter(|argument| argument.get_long().is_some()) {
                let built_in = ["help", "version"].contains(&argument.get_id().as_str());
                assert!(built_in || argument.get_env().is_some(), "{argument} of {}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
