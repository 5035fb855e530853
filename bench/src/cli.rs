//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures GreyMatters on generated publications.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "\
Build the server and this program together, so that every crate is built once:
  cargo build --release -p greymatters -p greymatters-bench
  target/release/greymatters-bench run"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill an empty database with a generated publication, the same on every run.
    Generate(GenerateOptions),
    /// Measure the two queries that a frontend sends most, as the publication grows.
    ///
    /// Generates what is missing, starts the server, and for PostgreSQL a throw-away cluster on the
    /// loopback interface; ends both, however it ends itself. Prints a table and writes
    /// `report.json` beside the data.
    Run(RunOptions),
    /// Start a program, and end it when standard input ends.
    #[command(hide = true)]
    Hold(HoldOptions),
}

#[derive(Debug, Args)]
pub(crate) struct GenerateOptions {
    /// How many articles.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) articles: u32,
    /// A new database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: String,
    /// The server, which makes the tables; the one beside this program when nothing is said.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// How many articles, the smallest first.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "10000,1000000",
        value_parser = clap::value_parser!(u32).range(1_000..=10_000_000)
    )]
    pub(crate) sizes: Vec<u32>,
    /// Which databases.
    #[arg(long, value_name = "NAME,…", value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) databases: Vec<Database>,
    /// How many times each size has its turn.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,
    /// How many requests of each query are sent in a turn, one after the other.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) requests: u32,
    /// How many requests of each query are sent before anything is measured.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub(crate) warm_up: u32,
    /// Where databases and reports are kept; `bench` beside the folder of this program when nothing is
    /// said.
    #[arg(long, value_name = "DIR")]
    pub(crate) work_dir: Option<PathBuf>,
    /// The server; the one beside this program when nothing is said.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// A PostgreSQL server that is there already, rather than one of our own. Databases are made in it.
    #[arg(long, value_name = "URL")]
    pub(crate) postgres_url: Option<String>,
    /// Generate the databases afresh.
    #[arg(long)]
    pub(crate) regenerate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HoldOptions {
    /// What to end it with.
    #[arg(long, default_value = "TERM")]
    pub(crate) signal: String,
    /// Where its output goes.
    #[arg(long)]
    pub(crate) log: PathBuf,
    /// Who it runs as, as `UID:GID`.
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) program: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Database {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
