//! The report of the growth part.

use std::time::Duration;

use serde::Serialize;

use crate::figures::{micros, quantile};
use crate::grid::Grid;
use crate::measure::{Lane, Turn};
use crate::plan::Work;
use crate::query::Query;
use crate::storage::Stored;

#[derive(Debug, Serialize)]
pub(crate) struct DatabaseReport {
    pub(crate) database: &'static str,
    publications: Vec<Stored>,
    queries: Vec<QueryReport>,
    pub(crate) memory: Vec<Memory>,
}

/// The memory of a server.
#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) articles: u32,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
struct QueryReport {
    query: &'static str,
    about: &'static str,
    document: String,
    sizes: Vec<Figures>,
    /// The null control: the smallest size a second time, on its own server.
    control: Figures,
    /// The ratios of the largest size to the smallest.
    growth: Option<Ratios>,
    /// The ratios of the null control to the smallest size. A ratio within this range is noise.
    chance: Ratios,
}

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    articles: u32,
    requests: usize,
    median_us: f64,
    p99_us: f64,
    /// CPU time of the server per request.
    pub(crate) server_cpu_us: f64,
    /// CPU time of our own database server per request.
    database_cpu_us: Option<f64>,
    /// The `server_cpu_us` of each round.
    rounds_server_cpu_us: Vec<f64>,
    /// The `median_us` of each round.
    rounds_median_us: Vec<f64>,
    pub(crate) work: Option<Work>,
}

#[derive(Debug, Serialize)]
struct Ratios {
    median: f64,
    p99: f64,
    server_cpu: f64,
    database_cpu: Option<f64>,
    work: Option<f64>,
    /// The spread of the server CPU ratios of the rounds.
    rounds_server_cpu: Spread,
    rounds_median: Spread,
}

/// The spread of the ratios of the rounds: `low` and `high` are the 10th and the 90th percentile.
#[derive(Debug, Serialize)]
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl DatabaseReport {
    pub(crate) fn new(
        database: &'static str,
        publications: Vec<Stored>,
        queries: &[Query],
        lanes: &[Lane],
        works: Vec<Vec<Option<Work>>>,
        memory: Vec<Memory>,
    ) -> Self {
        let queries = queries.iter().enumerate().map(|(index, query)| {
            let mut sizes: Vec<Figures> = lanes.iter().map(|lane| Figures::new(lane, index)).collect();
            // The control comes last.
            let control = sizes.pop().unwrap_or_else(|| Figures::of(0, &[]));
            for (figures, works) in sizes.iter_mut().zip(&works) {
                figures.work.clone_from(&works[index]);
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
        Self { database, queries: queries.collect(), publications, memory }
    }

    /// Returns the figures of a query at a size.
    pub(crate) fn of(&self, query: &str, articles: u32) -> Option<&Figures> {
        let query = self.queries.iter().find(|known| known.query == query)?;
        query.sizes.iter().find(|figures| figures.articles == articles)
    }

    /// Returns the tables of the report.
    pub(crate) fn grids(&self) -> Vec<Grid> {
        let Self { database, publications, queries, memory } = self;
        let mut grids: Vec<Grid> = queries.iter().map(|query| query.grid(database)).collect();
        let mut stored = Grid::new(
            format!("{database}: the publications"),
            &["articles", "GB", "generated in, s", "server, MB"],
        );
        for Stored { articles, generated_in_seconds, bytes } in publications {
            let server_memory = memory.iter().find(|memory| memory.articles == *articles);
            stored.row([
                articles.to_string(),
                format!("{:.2}", *bytes as f64 / 1e9),
                format!("{generated_in_seconds:.0}"),
                server_memory.map_or("-".to_owned(), |memory| format!("{:.0}", memory.bytes as f64 / 1e6)),
            ]);
        }
        stored.note("server: its resident memory, with the default cache, after some thousand requests");
        grids.push(stored);
        grids
    }
}

impl QueryReport {
    fn grid(&self, database: &str) -> Grid {
        let Self { query, about, document: _, sizes, control, growth, chance } = self;
        let mut heads = vec!["growth".to_owned()];
        heads.extend(sizes.iter().map(|figures| format!("{} articles", figures.articles)));
        heads.extend(["ratio".to_owned(), format!("{} again", control.articles), "null control".to_owned()]);
        let mut grid = Grid::new(format!("{database}, {query}: {about}, no cache"), &heads);
        let mut line =
            |name: &str, value: &dyn Fn(&Figures) -> Option<f64>, ratio: &dyn Fn(&Ratios) -> Option<f64>| {
                if sizes.iter().all(|figures| value(figures).is_none()) {
                    return;
                }
                let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.0}"));
                let ratios = [growth.as_ref().and_then(ratio), ratio(chance)];
                let [growth, chance] =
                    ratios.map(|ratio| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")));
                let mut cells = vec![name.to_owned()];
                cells.extend(sizes.iter().map(|figures| number(value(figures))));
                cells.extend([growth, number(value(control)), chance]);
                grid.row(cells);
            };
        line("median latency, µs", &|f| Some(f.median_us), &|r| Some(r.median));
        line("p99 latency, µs", &|f| Some(f.p99_us), &|r| Some(r.p99));
        line("server CPU/request, µs", &|f| Some(f.server_cpu_us), &|r| Some(r.server_cpu));
        line("database CPU/request, µs", &|f| f.database_cpu_us, &|r| r.database_cpu);
        let unit = sizes.iter().find_map(|figures| figures.work.as_ref()).map_or("", |work| work.unit);
        line(&format!("{unit} of the statement"), &|f| f.work.as_ref().map(|w| w.count as f64), &|r| r.work);
        for (name, ratios) in growth.iter().map(|growth| ("ratio", growth)).chain([("null control", chance)])
        {
            let Ratios { rounds_median, rounds_server_cpu, .. } = ratios;
            let words = |of: &Spread| format!("{:.2} ({:.2} to {:.2})", of.median, of.low, of.high);
            let (median, cpu) = (words(rounds_median), words(rounds_server_cpu));
            grid.note(format!("{name}, by round: median latency {median}, server CPU {cpu}"));
        }
        grid
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
    /// Computes the spread of the ratios of corresponding rounds.
    fn new(of: &[f64], to: &[f64]) -> Self {
        let mut ratios: Vec<f64> =
            of.iter().zip(to).map(|(of, to)| of / to).filter(|ratio| ratio.is_finite()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let at = |part| quantile(&ratios, part).unwrap_or(f64::NAN);
        Self { low: at(0.1), median: at(0.5), high: at(0.9) }
    }
}

fn each(sum: Duration, count: usize) -> f64 {
    micros(sum) / count.max(1) as f64
}
