//! The command line. Every flag has its environment variable.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::{AuditSubject, Scope, Timestamp};

use crate::admission_options::AdmissionOptions;
use crate::backup_options::{BackupOptions, RestoreOptions};
use crate::connection_options::ConnectionOptions;
use crate::delivery_options::DeliveryOptions;
use crate::editorial_options::EditorialOptions;
use crate::limit_options::LimitOptions;
use crate::listen::ListenAddress;
use crate::memory_options::MemoryOptions;
use crate::node_options::NodeOptions;
use crate::oidc_options::OidcOptions;
use crate::span::{When, span, when};
use crate::web_address;

/// A headless content API: GraphQL over articles, tags and topics.
///
/// Begin with `greymatters dev`: it makes a database, fills it with a sample publication and tells
/// you where to look.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "\
First steps:
  greymatters dev                                        try it, with a sample publication
  greymatters import markdown posts/ --dry-run           see what an import would do

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
    /// Serve a sample publication from a local database, to try things out.
    ///
    /// Makes the database if it is not there, imports the sample publication into an empty one, makes
    /// a development API key and prints where everything is. What you write stays for the next time.
    Dev(DevOptions),
    /// Serve a publication.
    ///
    /// Brings the database up to date first. Refuses to start while there is neither an API key nor an
    /// OpenID provider, for then nobody could write.
    ///
    /// On SIGTERM, /readyz says 503 and answers end their connections; after `--drain` the server listens
    /// no more, finishes the requests under way, and ends. Ctrl-C does the same without the wait. A second
    /// signal ends it at once.
    ///
    /// On a database that a later version has brought up to date, it answers reads and refuses writes
    /// (`UPGRADE_REQUIRED`), so that nodes can be upgraded one after the other.
    Serve(ServeOptions),
    /// Bring a database up to date, and do nothing else.
    ///
    /// `serve`, `import` and `key` do it by themselves; this is for deployments that want it as a step
    /// of its own. Safe to run on several nodes at once, and beside nodes of the version before: those go on
    /// answering reads. Fails when the database is newer than this program.
    Migrate(DatabaseOptions),
    /// Write all that a database holds to one file, while the server runs.
    ///
    /// The backup is of one instant, whichever database it is of. It is an SQLite file with a checksum of every
    /// table and digests of everything that the public sees, and it is as secret as the database: it holds
    /// drafts, hashes of keys and the key that preview links are signed with.
    ///
    /// Do not copy the file of a running server instead: what was written last is in the files beside it.
    #[command(after_help = "\
Examples:
  greymatters backup /backups/monday.gmbackup
  greymatters backup /backups/latest.gmbackup --overwrite")]
    Backup(BackupOptions),
    /// Take a backup into an empty database, of either kind.
    ///
    /// Refuses a backup of which a single byte has changed, and a database that holds something. Everything is
    /// one transaction: when it does not end well, the database is as it was. Then it is verified that the
    /// database holds every row of the backup and that the public sees what it saw. This is also the way from
    /// SQLite to PostgreSQL, and back. A backup of an older version is brought up to date.
    #[command(after_help = "\
Examples:
  greymatters restore monday.gmbackup --check
  greymatters restore monday.gmbackup --database-url sqlite:restored.db
  greymatters restore monday.gmbackup --database-url postgres://user:password@host/database")]
    Restore(RestoreOptions),
    /// Take over what another system published.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Make, list, replace and revoke API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Print the audit log: who did what, and when, the oldest entries first.
    ///
    /// One JSON object a line (NDJSON), on standard output. The log is only ever added to; what was
    /// printed before is found by `--after`, the `sequence` of the last line.
    #[command(after_help = "\
Examples:
  greymatters audit > audit.ndjson
  greymatters audit --since 2026-03-01T00:00:00Z --actor cli
  greymatters audit --subject article_01h455vb4pex5vsknk084sn02q")]
    Audit(AuditOptions),
    /// Ask a running server whether it is ready; fail when it is not.
    ///
    /// For health checks of containers. Prints what /readyz answers. Fails with status 1 when the server
    /// does not answer in time, or says that it is not ready.
    #[command(after_help = "\
Examples:
  greymatters health
  greymatters health --url http://127.0.0.1:8080 --timeout 1s")]
    Health(HealthOptions),
    /// Print the completions of a shell.
    #[command(after_help = "\
Examples:
  greymatters completions bash > /etc/bash_completion.d/greymatters
  greymatters completions zsh > \"${fpath[1]}/_greymatters\"
  greymatters completions fish > ~/.config/fish/completions/greymatters.fish")]
    Completions {
        /// The shell.
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the GraphQL schema (SDL).
    Schema,
    /// Print the description of the REST API (`OpenAPI` 3.1).
    Openapi,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a folder of Markdown files with front matter, as Jekyll and Hugo keep them.
    ///
    /// Front matter in YAML (---) or TOML (+++): title, date (or a file name like
    /// 2024-02-23-slug.md), slug, tags, topics, authors, excerpt, image with its alternative text,
    /// draft, aliases and more. Tags, topics and authors that do not exist yet are created. A
    /// `taxonomy.yaml` in the folder can list the tree of topics, and authors with their biographies.
    ///
    /// Each file is imported whole or refused with its line and the reason. The same folder again
    /// imports only what has changed. It works beside a running server.
    #[command(after_help = "\
Examples:
  greymatters import markdown posts/ --dry-run
  greymatters import markdown posts/ --map title=headline --map topics=section,category")]
    Markdown(ImportOptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key and print it, alone, on standard output.
    ///
    /// It is shown this once: only a hash of it is kept. Requests carry it as
    /// `Authorization: Bearer gmk_…`. Scanners for secrets find keys by `gmk_[A-Za-z0-9_-]{43}`.
    #[command(after_help = "\
Examples:
  export KEY=$(greymatters key create --name editors --scope content:write --scope content:publish)
  greymatters key create --name ci --scope content:write --expires 90d")]
    Create(KeyOptions),
    /// List the API keys, those that have ended too, the newest first.
    ///
    /// Secrets are not kept, and so not listed: keys are told apart by their first characters.
    #[command(after_help = "\
Examples:
  greymatters key list
  greymatters key list --format json")]
    List(KeyListOptions),
    /// End an API key at once.
    #[command(after_help = "\
Examples:
  greymatters key revoke key_01h455vb4pex5vsknk084sn02q
  greymatters key revoke gmk_Ab3dEf7h")]
    Revoke(KeyNameOptions),
    /// Make an API key of the same name, scopes and end as another one, which ends; print it, alone.
    #[command(after_help = "\
Example:
  export KEY=$(greymatters key rotate gmk_Ab3dEf7h --overlap 24h)")]
    Rotate(KeyRotateOptions),
}

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// What to log: a level, or levels by part, like `info,sqlx=debug`.
    #[arg(
        long = "log",
        env = "GREYMATTERS_LOG",
        global = true,
        value_name = "LEVELS",
        default_value = "info"
    )]
    pub(crate) levels: String,
    /// How to log.
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
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// Where the publication is kept.
#[derive(Debug, Args)]
pub(crate) struct DatabaseOptions {
    /// The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[arg(long, env = "GREYMATTERS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: String,
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Where to listen: an address or a name, and a port. All addresses of a name are taken.
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
    #[command(flatten)]
    pub(crate) serving: ServingOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DevOptions {
    /// Where to listen: an address or a name, and a port. All addresses of a name are taken.
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    /// The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
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

/// How a publication is served, whichever it is and wherever.
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
    /// The server, like `http://127.0.0.1:8080`, with `/readyz` behind it or without. Left out, the one that listens on this machine where
    /// `--listen` says.
    #[arg(long, env = "GREYMATTERS_HEALTH_URL", value_name = "URL", value_parser = web_address::site)]
    pub(crate) url: Option<String>,
    /// Where the server listens.
    #[arg(long, env = "GREYMATTERS_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: ListenAddress,
    /// How long to wait for an answer.
    #[arg(
        long,
        env = "GREYMATTERS_HEALTH_TIMEOUT",
        value_name = "SPAN",
        default_value = "3s",
        value_parser = span
    )]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// The folder. Files ending in .md or .markdown are read, in folders below it too; hidden ones and
    /// README.md are not.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
    /// Tell what would happen, and keep nothing. Holds up other publishing while it runs.
    #[arg(long, env = "GREYMATTERS_IMPORT_DRY_RUN")]
    pub(crate) dry_run: bool,
    /// Feed a field from other front-matter keys: `title=headline` or `topics=section,category`. May be
    /// given several times.
    #[arg(
        long = "map",
        env = "GREYMATTERS_IMPORT_MAP",
        value_name = "FIELD=KEY[,KEY]",
        value_delimiter = ';'
    )]
    pub(crate) map: Vec<String>,
    /// The name of the source, which with a file's path identifies its article. The folder's name when
    /// nothing is said.
    #[arg(long, env = "GREYMATTERS_IMPORT_SOURCE", value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Refuse a file whose picture on top has no alternative text, rather than import it without the
    /// picture. A file with such a picture in its text is refused in any case.
    #[arg(long, env = "GREYMATTERS_IMPORT_REQUIRE_ALT")]
    pub(crate) require_alt: bool,
    /// Replace what was edited here since the last import.
    #[arg(long, env = "GREYMATTERS_IMPORT_OVERWRITE")]
    pub(crate) overwrite: bool,
    /// Exit with status 2 when a file was refused.
    #[arg(long, env = "GREYMATTERS_IMPORT_STRICT")]
    pub(crate) strict: bool,
    /// List every file and every note, not only what was refused.
    #[arg(long, short, env = "GREYMATTERS_IMPORT_VERBOSE")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    /// What the key may do: `content:write` (create and edit working copies), `content:publish` (review,
    /// publish, and everything else that changes what the public sees), `content:read-drafts` (read at
    /// the desk, make previews) or `admin` (make, replace and revoke keys). May be given several times.
    #[arg(
        long = "scope",
        env = "GREYMATTERS_KEY_SCOPE",
        value_name = "SCOPE",
        required = true,
        value_delimiter = ',',
        value_parser = scope
    )]
    pub(crate) scopes: Vec<Scope>,
    /// What the key is for.
    #[arg(long, env = "GREYMATTERS_KEY_NAME", value_name = "NAME", default_value = "unnamed")]
    pub(crate) name: String,
    /// When it ends: an instant like 2027-01-01T00:00:00Z, or a span from now like `90d` or `12h`. Left
    /// out, never.
    #[arg(long, env = "GREYMATTERS_KEY_EXPIRES", value_name = "WHEN", value_parser = when)]
    pub(crate) expires: Option<When>,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct KeyListOptions {
    /// How to list them.
    #[arg(long = "format", env = "GREYMATTERS_KEY_FORMAT", value_enum, default_value = "table")]
    pub(crate) list_format: ListFormat,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Table,
    /// For machines: one JSON object a line.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct KeyNameOptions {
    /// The key: its id, or the first characters of its secret, as `key list` shows them.
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRotateOptions {
    #[command(flatten)]
    pub(crate) key: KeyNameOptions,
    /// How long the old key goes on working, like `24h` or `7d`; at most 30 days. Left out, it ends at
    /// once.
    #[arg(long, env = "GREYMATTERS_KEY_OVERLAP", value_name = "SPAN", value_parser = span)]
    pub(crate) overlap: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditOptions {
    /// Only what happened at this instant or later, like 2026-03-01T00:00:00Z.
    #[arg(long, env = "GREYMATTERS_AUDIT_SINCE", value_name = "INSTANT")]
    pub(crate) since: Option<Timestamp>,
    /// Only what happened before this instant.
    #[arg(long, env = "GREYMATTERS_AUDIT_UNTIL", value_name = "INSTANT")]
    pub(crate) until: Option<Timestamp>,
    /// Only what this actor did: the id of a key, `oidc:` and a subject, `cli` or `scheduler`.
    #[arg(long, env = "GREYMATTERS_AUDIT_ACTOR", value_name = "ACTOR")]
    pub(crate) actor: Option<String>,
    /// Only what was done to this article, tag, topic, author, key or preview, by its id.
    #[arg(long, env = "GREYMATTERS_AUDIT_SUBJECT", value_name = "ID")]
    pub(crate) subject: Option<AuditSubject>,
    /// Only what this request did, by its id: `extensions.requestId` of its answer, or your own `X-Request-Id`.
    #[arg(long, env = "GREYMATTERS_AUDIT_REQUEST_ID", value_name = "ID")]
    pub(crate) request_id: Option<String>,
    /// Only entries after the one of this `sequence`.
    #[arg(long, env = "GREYMATTERS_AUDIT_AFTER", value_name = "SEQUENCE")]
    pub(crate) after: Option<i64>,
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: domain::UnknownScope| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_variable() {
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
