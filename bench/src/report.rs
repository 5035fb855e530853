//! What was measured, as a table and as JSON.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cli::RunOptions;
use crate::failure::{Result, While};
use crate::measure::{Lane, Turn};
use crate::plan::Work;
use crate::query::Query;

/// Everything about one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    date: String,
    command: String,
    processors: usize,
    /// How many processes wanted a processor, on average over a minute, before and after.
    load: (String, String),
    server: String,
    rounds: u32,
    requests_per_round: u32,
    pub(crate) databases: Vec<DatabaseReport>,
}

/// A publication in a database.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) articles: u32,
    pub(crate) generated_in_seconds: f64,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct DatabaseReport {
    database: &'static str,
    publications: Vec<Stored>,
    queries: Vec<QueryReport>,
}

#[derive(Debug, Serialize)]
struct QueryReport {
    query: &'static str,
    about: &'static str,
    document: String,
    sizes: Vec<Figures>,
    /// The smallest size once more, on a server of its own.
    control: Figures,
    /// The largest size to the smallest.
    growth: Option<Ratios>,
    /// The control to the smallest size: what is no more than this is chance.
    chance: Ratios,
}

#[derive(Debug, Serialize)]
struct Figures {
    articles: u32,
    requests: usize,
    median_us: f64,
    p99_us: f64,
    /// Processor time of the server, per request.
    server_cpu_us: f64,
    /// The same of the database server, where it is another process of our own.
    database_cpu_us: Option<f64>,
    /// `server_cpu_us` of each round.
    rounds_server_cpu_us: Vec<f64>,
    /// `median_us` of each round.
    rounds_median_us: Vec<f64>,
    work: Option<Work>,
}

#[derive(Debug, Serialize)]
struct Ratios {
    median: f64,
    p99: f64,
    server_cpu: f64,
    database_cpu: Option<f64>,
    work: Option<f64>,
    /// The same, of the two turns of each round.
    rounds_server_cpu: Spread,
    rounds_median: Spread,
}

/// How the ratios of the rounds lie: a tenth of them is below `low`, and a tenth above `high`.
#[derive(Debug, Serialize)]
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl Report {
    pub(crate) fn begin(options: &RunOptions, server: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a report tells its date")]
        let now = Timestamp::now();
        let profile = server.parent().map(name).unwrap_or_default();
        Self {
            date: now.to_string().chars().take(10).collect(),
            command: command(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load: (load(), String::new()),
            server: format!("{profile}/{}", name(server)),
            rounds: options.rounds,
            requests_per_round: options.requests,
            databases: Vec::new(),
        }
    }

    pub(crate) fn end(&mut self) {
        self.load.1 = load();
    }

    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).during("the report")
    }

    /// The table for people.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let Self { date, command, processors, load, server, rounds, requests_per_round, databases } = self;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{date}, {processors} processors, load {} before and {} after, server {server}\n\
             {rounds} rounds of {requests_per_round} requests, one after the other on one connection\n{command}",
            load.0, load.1
        );
        for database in databases {
            database.table(&mut text);
        }
        text
    }
}

impl DatabaseReport {
    pub(crate) fn new(
        database: &'static str,
        publications: Vec<Stored>,
        queries: &[Query],
        lanes: &[Lane],
        works: Vec<Vec<Option<Work>>>,
    ) -> Self {
        let queries = queries.iter().enumerate().map(|(place, query)| {
            let mut sizes: Vec<Figures> = lanes.iter().map(|lane| Figures::new(lane, place)).collect();
            // The control comes last.
            let control = sizes.pop().unwrap_or_else(|| Figures::of(0, &[]));
            for (figures, works) in sizes.iter_mut().zip(&works) {
                figures.work.clone_from(&works[place]);
            }
            QueryReport {
                query: query.name,
                about: query.about,
                document: query.document.clone(),
                growth: (sizes.len() > 1).then(|| Ratios::new(&sizes[sizes.len() - 1], &sizes[0])),
                chance: Ratios::new(&control, &sizes[0]),
                sizes,
                control,
            }
        });
        Self { database, queries: queries.collect(), publications }
    }

    fn table(&self, text: &mut String) {
        let Self { database, publications, queries } = self;
        let _ = writeln!(text, "\n{database}");
        for Stored { articles, generated_in_seconds, bytes } in publications {
            let gigabytes = *bytes as f64 / 1e9;
            let _ = writeln!(
                text,
                "  {articles} articles: {gigabytes:.2} GB, generated in {generated_in_seconds:.0} s"
            );
        }
        for query in queries {
            query.table(text);
        }
    }
}

impl QueryReport {
    fn table(&self, text: &mut String) {
        let Self { query, about, document: _, sizes, control, growth, chance } = self;
        let _ = writeln!(text, "\n  {query}: {about}");
        let _ = write!(text, "  {:<26}", "articles");
        for figures in sizes {
            let _ = write!(text, "{:>12}", figures.articles);
        }
        let _ = writeln!(text, "{:>9}{:>12}{:>9}", "ratio", format!("{} again", control.articles), "ratio");
        let mut line =
            |name: &str, value: &dyn Fn(&Figures) -> Option<f64>, ratio: &dyn Fn(&Ratios) -> Option<f64>| {
                if sizes.iter().all(|figures| value(figures).is_none()) {
                    return;
                }
                let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.0}"));
                let _ = write!(text, "  {name:<26}");
                for figures in sizes {
                    let _ = write!(text, "{:>12}", number(value(figures)));
                }
                let ratios = [growth.as_ref().and_then(ratio), ratio(chance)];
                let [growth, chance] =
                    ratios.map(|ratio| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")));
                let _ = writeln!(text, "{growth:>9}{:>12}{chance:>9}", number(value(control)));
            };
        line("median latency, µs", &|f| Some(f.median_us), &|r| Some(r.median));
        line("p99 latency, µs", &|f| Some(f.p99_us), &|r| Some(r.p99));
        line("server CPU/request, µs", &|f| Some(f.server_cpu_us), &|r| Some(r.server_cpu));
        line("database CPU/request, µs", &|f| f.database_cpu_us, &|r| r.database_cpu);
        let unit = sizes.iter().find_map(|figures| figures.work.as_ref()).map_or("", |work| work.unit);
        line(&format!("{unit} of the statement"), &|f| f.work.as_ref().map(|w| w.count as f64), &|r| r.work);
        let spread = |name: &str, ratios: &Ratios| {
            let Ratios { rounds_median, rounds_server_cpu, .. } = ratios;
            let words = |of: &Spread| format!("{:.2} ({:.2} to {:.2})", of.median, of.low, of.high);
            let (median, cpu) = (words(rounds_median), words(rounds_server_cpu));
            format!("  {name}, by round: median latency {median}, server CPU {cpu}\n")
        };
        if let Some(growth) = growth {
            text.push_str(&spread("growth", growth));
        }
        text.push_str(&spread("chance", chance));
    }
}

impl Figures {
    fn new(lane: &Lane, query: usize) -> Self {
        Self::of(lane.articles, &lane.turns[query])
    }

    fn of(articles: u32, turns: &[Turn]) -> Self {
        let mut latencies: Vec<Duration> =
            turns.iter().flat_map(|turn| turn.latencies.iter().copied()).collect();
        latencies.sort_unstable();
        let requests = latencies.len();
        let cpu: Duration = turns.iter().map(|turn| turn.server_cpu).sum();
        let database_cpu: Option<Duration> = turns.iter().map(|turn| turn.database_cpu).sum();
        Self {
            articles,
            requests,
            median_us: quantile(&latencies, 0.5).map_or(0.0, micros),
            p99_us: quantile(&latencies, 0.99).map_or(0.0, micros),
            server_cpu_us: each(cpu, requests),
            database_cpu_us: database_cpu.map(|cpu| each(cpu, requests)),
            rounds_server_cpu_us: turns
                .iter()
                .map(|turn| each(turn.server_cpu, turn.latencies.len()))
                .collect(),
            rounds_median_us: turns.iter().map(median).collect(),
            work: None,
        }
    }
}

impl Ratios {
    fn new(of: &Figures, to: &Figures) -> Self {
        let work = |figures: &Figures| figures.work.as_ref().map(|work| work.count as f64);
        let both = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a / b);
        Self {
            median: of.median_us / to.median_us,
            p99: of.p99_us / to.p99_us,
            server_cpu: of.server_cpu_us / to.server_cpu_us,
            database_cpu: both(of.database_cpu_us, to.database_cpu_us),
            work: both(work(of), work(to)),
            rounds_server_cpu: Spread::new(&of.rounds_server_cpu_us, &to.rounds_server_cpu_us),
            rounds_median: Spread::new(&of.rounds_median_us, &to.rounds_median_us),
        }
    }
}

fn median(turn: &Turn) -> f64 {
    let mut latencies = turn.latencies.clone();
    latencies.sort_unstable();
    quantile(&latencies, 0.5).map_or(0.0, micros)
}

impl Spread {
    /// Of the ratios of what belongs to one round.
    fn new(of: &[f64], to: &[f64]) -> Self {
        let mut ratios: Vec<f64> =
            of.iter().zip(to).map(|(of, to)| of / to).filter(|ratio| ratio.is_finite()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let at = |part| quantile(&ratios, part).unwrap_or(f64::NAN);
        Self { low: at(0.1), median: at(0.5), high: at(0.9) }
    }
}

/// Of sorted values the one that this part of them does not exceed.
fn quantile<T: Copy>(sorted: &[T], part: f64) -> Option<T> {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn each(sum: Duration, count: usize) -> f64 {
    micros(sum) / count.max(1) as f64
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name().map(|name| name.display().to_string()).unwrap_or_default()
}

/// How to run this again. Addresses may hold a password.
fn command() -> String {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    for word in &mut words {
        if word.contains("://") {
            "URL".clone_into(word);
        }
    }
    let own = std::env::current_exe().ok();
    let profile = own.as_deref().and_then(Path::parent).map(name).unwrap_or_default();
    format!("target/{profile}/greymatters-bench {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        let values: Vec<u32> = (1..=100).collect();
        assert_eq!(quantile(&values, 0.5), Some(50));
        assert_eq!(quantile(&values, 0.99), Some(99));
        assert_eq!(quantile::<u32>(&[], 0.5), None);
    }
}
