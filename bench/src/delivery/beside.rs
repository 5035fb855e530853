//! Measures readers while a writer publishes ten articles a second.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::graphql_query::GraphqlQuery;
use super::lane::{Row, Way, first_answer};
use super::lanes::title;
use super::pass::Pass;
use super::{ARTICLES, Bench, progress};
use crate::cpu::Meter;
use crate::failure::{Failure, Result};
use crate::figures::Summary;
use crate::load::{Limits, Operation};

/// The number of reading connections.
pub(crate) const READERS: usize = 8;
/// The interval at which an article is created and published.
const EVERY: Duration = Duration::from_millis(100);
const START: Duration = Duration::from_secs(60);

/// The latencies of readers with and without a writer.
#[derive(Debug, Serialize)]
pub(crate) struct Beside {
    pub(crate) database: &'static str,
    /// Describes how the first query was sent.
    pub(crate) way: String,
    pub(crate) p50_alone_us: Summary,
    pub(crate) p50_beside_us: Summary,
    pub(crate) p99_alone_us: Summary,
    pub(crate) p99_beside_us: Summary,
    /// The ratio of the p99 with the writer to the p99 without it, by pass.
    pub(crate) p99_ratio: Summary,
    /// The null control: the ratio of a second p99 without the writer to the first one. A ratio in this range is noise.
    pub(crate) p99_chance: Summary,
    /// The number of articles that were published per second.
    pub(crate) written_per_second: f64,
    /// The median latency of a write, which is two requests.
    pub(crate) write_p50_us: f64,
    pub(crate) errors: u64,
}

impl Bench<'_> {
    /// Measures readers with and without a writer in turns, on a copy of each database.
    pub(crate) fn beside(&self) -> Result<Vec<Beside>> {
        let passes = self.options.passes;
        let bar = progress("measuring readers beside a writer", self.storages.len() * 6 * passes as usize);
        let mut all = Vec::new();
        for storage in self.storages {
            for cache in [true, false] {
                let copy = storage.copy(ARTICLES)?;
                let url = copy.url();
                let writes = Operation::Write(Arc::new(self.writer(&url)?));
                let query = &GraphqlQuery::reads("")[0];
                let row = if cache {
                    Row::new(0, Way::Get, query.get(&[]))
                } else {
                    Row::new(0, Way::Post, query.post())
                };
                let mut process = self.spawn(&url, &format!("beside-{}", storage.name()), cache)?;
                first_answer(&mut process, &row.request, START)?;
                let limits = Limits {
                    operations: u64::MAX,
                    // Each pass must be long enough to include some writes.
                    time: Duration::from_secs_f64(self.options.seconds),
                };
                let mut found = Found::default();
                for _ in 0..passes {
                    for turn in [Turn::Alone, Turn::Beside, Turn::Again] {
                        bar.set_message(title(storage.database));
                        let operation = row.operation();
                        let clients = self.generator.open(process.address, &operation, READERS)?;
                        let meter = Meter::start(process.held.pid)?;
                        if turn == Turn::Beside {
                            let mut writer = self.generator.open(process.address, &writes, 1)?;
                            let Some(writer) = writer.pop() else { continue };
                            let (reads, write) = self
                                .generator
                                .run_beside(clients, &operation, limits, writer, &writes, EVERY);
                            found.beside.push(Pass::of(reads, meter.spent()?, None)?);
                            found.written.push(Pass::of(write, Duration::ZERO, None)?);
                        } else {
                            let reads = self.generator.run(clients, &operation, limits);
                            let passes =
                                if turn == Turn::Alone { &mut found.alone } else { &mut found.again };
                            passes.push(Pass::of(reads, meter.spent()?, None)?);
                        }
                        bar.inc(1);
                    }
                }
                drop(process);
                let way = if cache { "Q1 GET, default settings" } else { "Q1 POST, no cache" };
                all.push(Beside::of(storage.database.name(), way, &found)?);
            }
        }
        bar.finish_and_clear();
        Ok(all)
    }
}

/// The turns of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Alone,
    Beside,
    /// Alone a second time: the null control.
    Again,
}

/// The measurements, by pass.
#[derive(Default)]
struct Found {
    alone: Vec<Pass>,
    beside: Vec<Pass>,
    again: Vec<Pass>,
    written: Vec<Pass>,
}

impl Beside {
    fn of(database: &'static str, way: &str, found: &Found) -> Result<Self> {
        let Found { alone, beside, again, written } = found;
        let nothing = || Failure("nothing was measured".to_owned());
        let seen = |passes: &[Pass], value: &dyn Fn(&Pass) -> f64| {
            Summary::of(passes.iter().map(value)).ok_or_else(nothing)
        };
        let p99s = |passes: &[Pass]| passes.iter().map(|pass| pass.p99_us).collect::<Vec<f64>>();
        let ratio = |of: &[Pass]| Summary::of_ratios(&p99s(of), &p99s(alone)).ok_or_else(nothing);
        Ok(Self {
            database,
            way: way.to_owned(),
            p50_alone_us: seen(alone, &|pass| pass.p50_us)?,
            p50_beside_us: seen(beside, &|pass| pass.p50_us)?,
            p99_alone_us: seen(alone, &|pass| pass.p99_us)?,
            p99_beside_us: seen(beside, &|pass| pass.p99_us)?,
            p99_ratio: ratio(beside)?,
            p99_chance: ratio(again)?,
            written_per_second: seen(written, &Pass::rate)?.median,
            write_p50_us: seen(written, &|pass| pass.p50_us)?.median,
            errors: alone.iter().chain(beside).chain(again).chain(written).map(|pass| pass.errors).sum(),
        })
    }
}
