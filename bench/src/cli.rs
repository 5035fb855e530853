//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Benchmarks GreyMatters on generated publications, and compares it with other servers.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "\
Build the server and this program together, so that every crate is compiled once:
  cargo build --profile dist -p greymatters -p greymatters-bench
  target/dist/greymatters-bench run

For a quick trial in a minute or two, without other systems and large publications:
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
    /// Measure how the cost of answers grows with a publication, what delivering 10,000 articles costs, and what it costs
    /// other systems.
    ///
    /// Generates missing databases, and starts all measured servers and a temporary PostgreSQL cluster, on the loopback
    /// interface. They end when this program ends, even if it is killed. The most reliable figure is the CPU time of
    /// the server per request: it is valid even on a busy machine, while rates and latencies are not. All servers are
    /// measured in turns. One of them is measured twice: the difference between its two results is noise.
    ///
    /// Prints tables, and writes `report.json`, `report.md` and `report.svg` to the work folder.
    #[command(after_help = "\
Parts:
  growth    the two most frequent queries of a frontend, at every size, without the answer cache
  delivery  reads (GET, POST, 304, no cache), writes, readers beside a writer, start and memory,
            compared with bare axum, nginx and hand-written SQL
  peers     the same for other systems, in the same turns; includes `delivery`. Each is installed
            below the work folder the first time, which takes long

Examples:
  greymatters-bench run                                             all parts
  greymatters-bench run --parts growth --sizes 10000,100000         growth up to 100,000 articles
  greymatters-bench run --parts delivery --databases sqlite         without PostgreSQL
  greymatters-bench run --parts peers --peers mercurius,directus    compared with two systems")]
    Run(RunOptions),
    /// Search for the requests that cost the server and the database most.
    ///
    /// The first part generates documents and query strings from the server's own schema, and measures the CPU time of
    /// each. It makes small changes to the most expensive ones, and measures again (hill climbing). It begins with
    /// requests that were expensive in the past. The server caches no answers, and each document is new to it. The
    /// search covers accepted requests, and refused requests by their error code. With the same seed, it begins in the
    /// same way; how it continues depends on the measurements.
    ///
    /// The second part sends many refused requests of each class. It measures their CPU time, the memory of the server,
    /// and the latencies of another client.
    ///
    /// The third part publishes articles alone, beside readers, and beside previews, which give way to writers. It
    /// measures how long a publish takes.
    ///
    /// Prints tables. Writes the tables and their requests to the work folder, to be sent again with curl. Everything
    /// runs on the loopback interface. Ends with status 1 if an accepted request took more than 50 ms (300 ms with more
    /// than 10,000 articles), or a refused one more than 10 ms.
    #[command(after_help = "\
Examples:
  greymatters-bench worst                                                  both databases, 10,000 articles
  greymatters-bench worst --seed 7 --seconds 600 --requests 20000          longer, with another start
  greymatters-bench worst --databases sqlite --articles 10000,1000000      a million articles as well
  greymatters-bench worst --parts refusals                                 without the search")]
    Worst(WorstOptions),
    /// Serve the bytes of a file: the baseline for comparisons.
    #[command(hide = true)]
    Bare(BareOptions),
    /// Serve the result of one SQL statement per request.
    #[command(hide = true)]
    HandSql(HandSqlOptions),
    /// Start a program, and end it when standard input ends.
    #[command(hide = true)]
    Hold(HoldOptions),
}

#[derive(Debug, Args)]
pub(crate) struct GenerateOptions {
    /// The number of articles.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) articles: u32,
    /// The URL of a new database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: String,
    /// The path of the server, which creates the tables. Default: the server in the folder of this program.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The parts to measure.
    #[arg(
        long,
        value_name = "PART,…",
        value_enum,
        value_delimiter = ',',
        default_value = "growth,delivery,peers"
    )]
    pub(crate) parts: Vec<Part>,
    /// growth: The numbers of articles.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "10000,100000,1000000",
        value_parser = clap::value_parser!(u32).range(1_000..=10_000_000)
    )]
    pub(crate) sizes: Vec<u32>,
    /// growth: The number of turns of each size.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rounds: u32,
    /// growth: The number of requests of each query in a turn, one after the other.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) requests: u32,
    /// growth: The number of warm-up requests of each query.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub(crate) warm_up: u32,
    /// delivery: The number of turns of each server.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) passes: u32,
    /// delivery: The maximum duration of a turn, for each query and method.
    #[arg(long, value_name = "SECONDS", default_value_t = 4.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// delivery: The maximum number of requests of a turn.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub(crate) operations: u64,
    /// delivery: The numbers of concurrent connections that send reads.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "1,32",
        value_parser = connections
    )]
    pub(crate) connections: Vec<usize>,
    /// peers: The other systems to measure. Default: all.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = peer)]
    pub(crate) peers: Vec<String>,
    /// peers: The folder with the set-up scripts of the other systems.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/peers"), hide_default_value = true)]
    pub(crate) peers_dir: PathBuf,
    #[command(flatten)]
    pub(crate) storage: StorageOptions,
    /// Generate all databases again.
    #[arg(long)]
    pub(crate) regenerate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorstOptions {
    /// The parts to run.
    #[arg(
        long,
        value_name = "PART,…",
        value_enum,
        value_delimiter = ',',
        default_value = "search,refusals,previews"
    )]
    pub(crate) parts: Vec<WorstPart>,
    /// The numbers of articles. Each publication is measured separately.
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "10000",
        value_parser = clap::value_parser!(u32).range(1_000..=10_000_000)
    )]
    pub(crate) articles: Vec<u32>,
    /// search: The seed of the random numbers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// search: The maximum number of requests for each publication.
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub(crate) requests: u64,
    /// search: The maximum duration for each publication.
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub(crate) seconds: u64,
    /// refusals: The number of requests of each class.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub(crate) refusals: u64,
    /// previews: The number of articles to publish in each step.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    pub(crate) publishes: u64,
    #[command(flatten)]
    pub(crate) storage: StorageOptions,
}

/// The databases and the server to measure, and the work folder.
#[derive(Debug, Args)]
pub(crate) struct StorageOptions {
    /// The kinds of databases.
    #[arg(long, value_name = "NAME,…", value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) databases: Vec<Database>,
    /// The work folder, for databases and reports. Default: `target/bench`.
    #[arg(long, value_name = "DIR")]
    pub(crate) work_dir: Option<PathBuf>,
    /// The path of the server. Default: the server in the folder of this program.
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// The URL of an existing PostgreSQL server, to use instead of a temporary cluster. Databases are created in it.
    /// `worst` does not measure its CPU time.
    #[arg(long, value_name = "URL")]
    pub(crate) postgres_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BareOptions {
    /// The address to listen on.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The file with the answers.
    #[arg(long)]
    pub(crate) answers: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct HandSqlOptions {
    /// The address to listen on.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The URL of a GreyMatters database.
    #[arg(long)]
    pub(crate) database_url: String,
    /// The slug of the article for the third query.
    #[arg(long)]
    pub(crate) slug: String,
}

#[derive(Debug, Args)]
pub(crate) struct HoldOptions {
    /// The signal that ends the program.
    #[arg(long, default_value = "TERM")]
    pub(crate) signal: String,
    /// The file for the output of the program.
    #[arg(long)]
    pub(crate) log: PathBuf,
    /// The user and group that the program runs as, in the form `UID:GID`.
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    pub(crate) program: Vec<String>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// How the cost of answers grows with a publication.
    Growth,
    /// What delivering 10,000 articles costs.
    Delivery,
    /// What it costs other systems.
    Peers,
}

/// A part of `worst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorstPart {
    /// Search for the most expensive requests.
    Search,
    /// Send many refused requests.
    Refusals,
    /// Publish while previews run.
    Previews,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// SQLite: a file.
    Sqlite,
    /// PostgreSQL: a server.
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

/// Parses the name of a peer. It is the name of a folder, so path separators are not allowed.
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
    fn the_command_line_definition_is_valid() {
        super::Cli::command().debug_assert();
    }
}
