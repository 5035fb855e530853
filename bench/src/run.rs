//! `run`: generate what is missing, start servers, measure in turns, report.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cli::{Database, RunOptions};
use crate::cluster::Cluster;
use crate::dataset::{self, Dataset};
use crate::failure::{Result, While, failed};
use crate::generate::{generate, server_beside};
use crate::measure::Lane;
use crate::plan::{self, Work};
use crate::postgres::ask;
use crate::query::Query;
use crate::report::{DatabaseReport, Report, Stored};
use crate::server::{Server, make_key};

/// `run`.
pub(crate) fn run(options: &RunOptions) -> Result<()> {
    let mut sizes = options.sizes.clone();
    sizes.sort_unstable();
    sizes.dedup();
    let work_dir = work_dir(options.work_dir.as_deref())?;
    let bench = Bench { program: server_beside(options.server.as_deref())?, work_dir, options, sizes };
    let mut report = Report::begin(options, &bench.program);
    for database in &options.databases {
        report.databases.push(bench.database(*database)?);
    }
    report.end();
    let path = bench.work_dir.join("report.json");
    fs::write(&path, report.json()?).during(path.display())?;
    // Whoever reads only the beginning has closed the pipe; the file has everything.
    let _ = writeln!(std::io::stdout(), "{}Written to {}.", report.table(), path.display());
    Ok(())
}

struct Bench<'a> {
    program: PathBuf,
    work_dir: PathBuf,
    options: &'a RunOptions,
    sizes: Vec<u32>,
}

/// Where the publications of one database are.
enum Place {
    Files,
    Own(Cluster),
    /// The address of a server that is not ours.
    Given(String),
}

impl Bench<'_> {
    fn database(&self, database: Database) -> Result<DatabaseReport> {
        let place = match (database, &self.options.postgres_url) {
            (Database::Sqlite, _) => Place::Files,
            (Database::Postgres, Some(url)) => Place::Given(url.clone()),
            (Database::Postgres, None) => Place::Own(Cluster::start(&self.work_dir.join("postgres"))?),
        };
        let mut stored = Vec::new();
        for &articles in &self.sizes {
            stored.push(self.stored(&place, articles)?);
        }
        let queries = Query::all();
        let lanes = self.measure(&place, &queries)?;
        let works = self.works(&place, &queries)?;
        Ok(DatabaseReport::new(database.name(), stored, &queries, &lanes, works))
    }

    /// Makes sure that the publication of this size is there.
    fn stored(&self, place: &Place, articles: u32) -> Result<Stored> {
        let note = self.work_dir.join(format!("{}-{}.json", place.kind(), name(articles)));
        if self.options.regenerate && note.exists() {
            fs::remove_file(&note).during(note.display())?;
        }
        if let Ok(text) = fs::read_to_string(&note)
            && let Ok(stored) = serde_json::from_str(&text)
            && place.has(&self.work_dir, articles)
        {
            return Ok(stored);
        }
        eprintln!("generating {articles} articles ({})", place.kind());
        let start = Instant::now();
        place.make(&self.work_dir, articles)?;
        let url = place.url(&self.work_dir, articles);
        generate(&self.program, &url, &Dataset::new(articles as usize))?;
        let seconds = start.elapsed().as_secs_f64();
        make_key(&self.program, &url)?;
        let stored =
            Stored { articles, generated_in_seconds: seconds, bytes: place.bytes(&self.work_dir, articles)? };
        fs::write(&note, serde_json::to_string(&stored).during("a note")?).during(note.display())?;
        Ok(stored)
    }

    fn measure(&self, place: &Place, queries: &[Query]) -> Result<Vec<Lane>> {
        // The smallest size once more, on a server of its own: what differs there differs by chance.
        let controlled = self.sizes.iter().copied().chain([self.sizes[0]]);
        let mut lanes = Vec::new();
        for articles in controlled {
            let log = self.work_dir.join(format!("server-{}.log", lanes.len()));
            let server = Server::start(&self.program, &place.url(&self.work_dir, articles), &log, "warn")?;
            let mut lane = Lane::new(articles, server, queries)?;
            lane.warm_up(queries, self.options.warm_up)?;
            lanes.push(lane);
        }
        let database = match place {
            Place::Own(cluster) => Some(cluster.pid()),
            Place::Files | Place::Given(_) => None,
        };
        eprintln!("measuring ({})", place.kind());
        for round in 0..self.options.rounds as usize {
            // Each begins in turn, so that none always comes after the same one.
            for step in 0..lanes.len() {
                let turn = (round + step) % lanes.len();
                lanes[turn].turn(queries, self.options.requests, database)?;
            }
        }
        Ok(lanes)
    }

    /// What the databases do, by size and query; also kept as text, to be read.
    fn works(&self, place: &Place, queries: &[Query]) -> Result<Vec<Vec<Option<Work>>>> {
        let mut all = Vec::new();
        for &articles in &self.sizes {
            let works = match place {
                Place::Files => plan::sqlite(&self.program, &file(&self.work_dir, articles), queries)?,
                Place::Own(cluster) => {
                    let log = self.work_dir.join("server-explained.log");
                    plan::postgres(&self.program, cluster, &name(articles), &log, queries)?
                }
                Place::Given(_) => queries.iter().map(|_| None).collect(),
            };
            for (query, work) in queries.iter().zip(&works) {
                if let Some(work) = work {
                    let path =
                        self.work_dir.join(format!("plan-{}-{articles}-{}.txt", place.kind(), query.name));
                    fs::write(&path, &work.plan).during(path.display())?;
                }
            }
            all.push(works);
        }
        Ok(all)
    }
}

impl Place {
    fn kind(&self) -> &'static str {
        match self {
            Self::Files => Database::Sqlite.name(),
            Self::Own(_) => Database::Postgres.name(),
            Self::Given(_) => "given-postgres",
        }
    }

    fn url(&self, work_dir: &Path, articles: u32) -> String {
        match self {
            Self::Files => format!("sqlite:{}", file(work_dir, articles).display()),
            Self::Own(cluster) => cluster.url(&name(articles)),
            Self::Given(url) => with_database(url, &name(articles)),
        }
    }

    fn has(&self, work_dir: &Path, articles: u32) -> bool {
        match self {
            Self::Files => file(work_dir, articles).exists(),
            Self::Own(_) | Self::Given(_) => ask(&self.url(work_dir, articles), "SELECT 1").is_ok(),
        }
    }

    /// Makes room for a publication, in place of an unfinished one.
    fn make(&self, work_dir: &Path, articles: u32) -> Result<()> {
        let url = match self {
            Self::Files => {
                let file = file(work_dir, articles);
                for path in [file.clone(), file.with_extension("db-wal"), file.with_extension("db-shm")] {
                    if path.exists() {
                        fs::remove_file(&path).during(path.display())?;
                    }
                }
                return Ok(());
            }
            Self::Own(cluster) => cluster.url("postgres"),
            Self::Given(url) => url.clone(),
        };
        let name = name(articles);
        ask(&url, &format!("DROP DATABASE IF EXISTS {name}"))?;
        ask(&url, &format!("CREATE DATABASE {name}"))?;
        Ok(())
    }

    fn bytes(&self, work_dir: &Path, articles: u32) -> Result<u64> {
        match self {
            Self::Files => {
                let file = file(work_dir, articles);
                Ok(fs::metadata(&file).during(file.display())?.len())
            }
            Self::Own(_) | Self::Given(_) => {
                let size = ask(&self.url(work_dir, articles), "SELECT pg_database_size(current_database())")?;
                size.parse().during("the size of the database")
            }
        }
    }
}

/// What the database of a publication is called.
fn name(articles: u32) -> String {
    format!("greymatters_bench_v{}_{articles}", dataset::VERSION)
}

fn file(work_dir: &Path, articles: u32) -> PathBuf {
    work_dir.join(name(articles)).with_extension("db")
}

/// The same address with another database.
fn with_database(url: &str, database: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let after_scheme = address.find("://").map_or(0, |place| place + 3);
    let server = address[after_scheme..].find('/').map_or(address, |slash| &address[..after_scheme + slash]);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{server}/{database}{query}")
}

/// The folder that was named, or `bench` beside the folder of this program: `target/bench`.
fn work_dir(named: Option<&Path>) -> Result<PathBuf> {
    let dir = match named {
        Some(dir) => dir.to_owned(),
        None => {
            let own = std::env::current_exe().during("finding this program")?;
            match own.parent().and_then(Path::parent) {
                Some(target) => target.join("bench"),
                None => return failed("name a folder with `--work-dir`"),
            }
        }
    };
    fs::create_dir_all(&dir).during(dir.display())?;
    dir.canonicalize().during(dir.display())
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_database_is_put_into_an_address() {
        for (url, expected) in [
            ("postgres://a:b@host", "postgres://a:b@host/x"),
            ("postgres://host:5432/old?sslmode=disable", "postgres://host:5432/x?sslmode=disable"),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
