//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures GreyMatters on generated publications, and what it can be compared with beside it.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "\
Build the server and this program together, so that every crate is built once:
  cargo build --profile dist -p greymatters -p greymatters-bench
  target/dist/greymatters-bench run

To try it out in a minute or two, without other systems and without the large publications:
  target/dist/greymatters-bench run --parts delivery --passes 1 --seconds 0.5"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill an empty database with a generated publication, the same on every run.
    Generate(GenerateOptions),
    /// Measure: how answers get dearer as a publication grows, what delivering 10,000 articles costs,
    /// and what it costs other systems.
    ///
    /// Generates what is missing, starts everyone who is asked, and for PostgreSQL a throw-away cluster,
    /// all on the loopback interface; ends them, however it ends itself. The figure to go by is the
    /// processor time of the server per request: it holds on a machine that does something else as
    /// well, where rates and latencies do not. Everyone is asked in turns, one of them twice: what
    /// differs between those two differs by chance.
    ///
    /// Prints tables and writes `report.json`, `report.md` and `report.svg` beside the data.
    #[command(after_help = "\
Parts:
  growth    the two queries that a frontend sends most, at every size, with nothing kept
  delivery  reads (GET, POST, 304, nothing kept), writes, readers beside a writer, start and memory,
            beside bare axum, nginx and SQL by hand
  peers     the same of other systems, in the same turns; brings `delivery` with it. Each is installed
            below the work dir the first time, which takes long

Examples:
  greymatters-bench run                                             everything
  greymatters-bench run --parts growth --sizes 10000,100000         how it grows, up to 100,000
  greymatters-bench run --parts delivery --databases sqlite         without PostgreSQL
  greymatters-bench run --parts peers --peers mercurius,directus    beside two systems")]
    Run(RunOptions),
    /// Search for the requests that cost the server and the database most.
    ///
    /// Makes documents and query strings out of the grammar of the running server's own schema, measures the
    /// processor time that each takes, and goes on from the dearest by small changes: hill climbing. Begins with
    /// requests that were dear once. The server keeps no answers, and each document is new to it. Searches for the
    /// dearest that are accepted, and for the dearest that are refused, by their codes. The same seed begins in the
    /// same way; where it leads depends on what is measured.
    ///
    /// Then sends requests of each class that is refused, many in turn, and tells what each costs, what they leave
    /// in memory, and what another client notices of them.
    ///
    /// Prints tables, and writes them and every request that they name below the work dir, to be sent again with
    /// curl. Everything runs on the loopback interface. Ends with status 1 when something cost more than it may:
    /// 50 ms at 10,000 articles, 300 ms beyond, and 10 ms for what is refused.
    #[command(after_help = "\
Examples:
  greymatters-bench worst                                                  both databases, 10,000 articles
  greymatters-bench worst --seed 7 --seconds 600 --requests 20000          longer, and from elsewhere
  greymatters-bench worst --databases sqlite --articles 10000,1000000      a million articles as well
  greymatters-bench worst --parts refusals                                 without the search")]
    Worst(WorstOptions),
    /// Answer with the bytes of a file, and nothing else: what everything else is compared with.
    #[command(hide = true)]
    Bare(BareOptions),
    /// Answer with what one statement makes of the database.
    #[command(hide = true)]
    HandSql(HandSqlOptions),
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
    /// What to measure.
    #[arg(
        long,
        value_name = "PART,…",
        value_enum,
        value_delimiter = ',',
        default_value = "growth,delivery,peers"
    )]
    pub(crate) parts: Vec<Part>,
    /// growth: How many articles, the smallest first.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "10000,100000,1000000",
        value_parser = clap::value_parser!(u32).range(1_000..=10_000_000)
    )]
    pub(crate) sizes: Vec<u32>,
    /// growth: How many times each size has its turn.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,
    /// growth: How many requests of each query are sent in a turn, one after the other.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) requests: u32,
    /// growth: How many requests of each query are sent before anything is measured.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub(crate) warm_up: u32,
    /// delivery: How many times everyone has their turn.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) passes: u32,
    /// delivery: How long a turn lasts at most, per query and way of asking.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// delivery: How many requests a turn has at most.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub(crate) operations: u64,
    /// delivery: From how many connections at once reads are sent.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "1,32",
        value_parser = connections
    )]
    pub(crate) connections: Vec<usize>,
    /// peers: Which other systems; all of them when nothing is said.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = peer)]
    pub(crate) peers: Vec<String>,
    /// peers: Where it stands how to set them up.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/peers"), hide_default_value = true)]
    pub(crate) peers_dir: PathBuf,
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
    /// Generate the databases afresh.
    #[arg(long)]
    pub(crate) regenerate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorstOptions {
    /// What to do.
    #[arg(long, value_name = "PART,…", value_enum, value_delimiter = ',', default_value = "search,refusals")]
    pub(crate) parts: Vec<WorstPart>,
    /// How many articles, one publication after the other.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "10000",
        value_parser = clap::value_parser!(u32).range(1_000..=10_000_000)
    )]
    pub(crate) articles: Vec<u32>,
    /// search: Where it begins.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// search: How many requests are sent at most, for each publication.
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub(crate) requests: u64,
    /// search: How long it takes at most, for each publication.
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub(crate) seconds: u64,
    /// refusals: How many requests of each class are sent.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub(crate) refusals: u64,
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
}

/// What is measured, and where everything is kept.
#[derive(Debug, Args)]
pub(crate) struct PlaceOptions {
    /// Which databases.
    #[arg(long, value_name = "NAME,…", value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) databases: Vec<Database>,
    /// Where databases and reports are kept; `bench` beside the folder of this program when nothing is said.
    #[arg(long, value_name = "DIR")]
    pub(crate) work_dir: Option<PathBuf>,
    /// The server; the one beside this program when nothing is said.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// A PostgreSQL server that is there already, rather than one of our own. Databases are made in it. `worst` does
    /// not measure what it spends.
    #[arg(long, value_name = "URL")]
    pub(crate) postgres_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BareOptions {
    /// Where to listen.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The answers.
    #[arg(long)]
    pub(crate) answers: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct HandSqlOptions {
    /// Where to listen.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The database of GreyMatters.
    #[arg(long)]
    pub(crate) database_url: String,
    /// The article that the third query asks for.
    #[arg(long)]
    pub(crate) slug: String,
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

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// How answers get dearer as a publication grows.
    Growth,
    /// What delivering 10,000 articles costs.
    Delivery,
    /// What it costs other systems.
    Peers,
}

/// What `worst` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorstPart {
    /// Search for the dearest requests.
    Search,
    /// Send requests that are refused, many in turn.
    Refusals,
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

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=600.0).contains(&seconds) { Ok(seconds) } else { Err("between 0.1 and 600".to_owned()) }
}

fn connections(text: &str) -> Result<usize, String> {
    let connections: usize = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1..=512).contains(&connections) { Ok(connections) } else { Err("between 1 and 512".to_owned()) }
}

/// The name of a folder, and not the way to another one.
fn peer(text: &str) -> Result<String, String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err("letters, digits and hyphens".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
