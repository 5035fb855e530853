//! The delivery part: measures the same requests for the same articles on GreyMatters with both databases, on
//! baselines (bare axum, nginx, hand-written SQL), and on other systems.

pub(crate) mod bare;
mod beside;
mod graphql_query;
pub(crate) mod hand_sql;
mod lane;
mod lanes;
mod nginx;
mod pass;
mod peers;
mod picture;
mod reach;
mod reads;
mod report;
mod tables;
mod writes;

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use self::picture::picture;
pub(crate) use self::reach::{Bound, grid as reach_grid, reach};
pub(crate) use self::report::DeliveryReport;
use crate::affinity::Affinity;
use crate::cli::RunOptions;
use crate::failure::Result;
use crate::load::{Generator, Limits};
use crate::storage::Storage;

/// The number of articles.
pub(crate) const ARTICLES: u32 = 10_000;

/// The delivery part.
pub(crate) struct Delivery<'a> {
    pub(crate) program: &'a Path,
    pub(crate) work_dir: &'a Path,
    pub(crate) storages: &'a [Storage],
    pub(crate) options: &'a RunOptions,
    /// Whether other systems are measured as well.
    pub(crate) with_peers: bool,
    /// A text that makes the slugs of the articles written in this run unique.
    pub(crate) run: &'a str,
}

/// The common state of all steps.
struct Bench<'a> {
    program: &'a Path,
    /// The folder for logs and configurations.
    dir: PathBuf,
    storages: &'a [Storage],
    options: &'a RunOptions,
    affinity: Affinity,
    generator: Generator,
    run: &'a str,
}

impl Delivery<'_> {
    pub(crate) fn run(&self) -> Result<DeliveryReport> {
        let Self { program, work_dir, storages, options, with_peers, run } = self;
        for storage in *storages {
            storage.stored(program, ARTICLES, options.regenerate)?;
        }
        let peers = with_peers.then(|| lanes::set_up_peers(work_dir, storages, options, run));
        let dir = work_dir.join("delivery");
        std::fs::create_dir_all(&dir)
            .map_err(|error| crate::failure::Failure(format!("{}: {error}", dir.display())))?;
        let database = storages.iter().find_map(Storage::cluster).map(|cluster| cluster.pid());
        let affinity = Affinity::pin(database);
        let generator = Generator::new()?;
        let bench = Bench { program, dir, storages, options, affinity, generator, run };
        let starts = bench.starts()?;
        let (mut lanes, expected, cleanup) = bench.lanes(peers)?;
        bench.reads(&mut lanes, &expected);
        let mut report = DeliveryReport::new(options, affinity, starts, &lanes);
        // The writes need copies of the databases, which must not be in use during the copy.
        lanes.retain(|lane| lane.kind == lane::Kind::Peer);
        report.writes = bench.writes(&mut lanes)?;
        for (peers, command) in &cleanup {
            if let Err(failure) = peers.clean(command) {
                eprintln!("{failure}");
            }
        }
        drop(lanes);
        report.beside = bench.beside()?;
        Ok(report)
    }
}

impl Bench<'_> {
    /// Returns the main process of our own database server.
    fn cluster(&self) -> Option<u32> {
        self.storages.iter().find_map(Storage::cluster).map(|cluster| cluster.pid())
    }

    fn limits(&self, operations: u64) -> Limits {
        Limits { operations, time: Duration::from_secs_f64(self.options.seconds) }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.join(name).with_extension("log")
    }
}

/// Makes a progress bar for a long step.
fn progress(what: &'static str, steps: usize) -> ProgressBar {
    eprintln!("delivery: {what}");
    let bar = ProgressBar::new(steps as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} to go  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
