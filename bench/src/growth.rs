//! The growth part: measures the two most frequent queries of a frontend on publications of different sizes,
//! one request after the other, without the answer cache.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::cpu;
use crate::failure::{Result, While};
use crate::growth_report::{DatabaseReport, Memory};
use crate::http::Connection;
use crate::measure::Lane;
use crate::plan::{self, Work};
use crate::query::Query;
use crate::server::{Server, Setting};
use crate::storage::{Storage, name};

/// The number of requests of each query before the memory is measured.
const MEMORY_REQUESTS: u32 = 2_000;

pub(crate) struct Growth<'a> {
    pub(crate) program: &'a Path,
    pub(crate) work_dir: &'a Path,
    /// The numbers of articles, the smallest first.
    pub(crate) sizes: &'a [u32],
    pub(crate) rounds: u32,
    pub(crate) requests: u32,
    pub(crate) warm_up: u32,
    pub(crate) regenerate: bool,
}

impl Growth<'_> {
    pub(crate) fn run(&self, storage: &Storage) -> Result<DatabaseReport> {
        let mut stored = Vec::new();
        for &articles in self.sizes {
            stored.push(storage.stored(self.program, articles, self.regenerate)?);
        }
        let queries = Query::all();
        let lanes = self.measure(storage, &queries)?;
        let works = self.works(storage, &queries)?;
        let memory = self.memory(storage, &queries)?;
        Ok(DatabaseReport::new(storage.database.name(), stored, &queries, &lanes, works, memory))
    }

    fn measure(&self, storage: &Storage, queries: &[Query]) -> Result<Vec<Lane>> {
        // The null control is the smallest size a second time, on its own server. Differences there are noise.
        let controlled = self.sizes.iter().copied().chain(self.sizes.first().copied());
        let mut lanes = Vec::new();
        for articles in controlled {
            let log = self.work_dir.join(format!("server-{}.log", lanes.len()));
            let server = Server::start(self.program, &storage.url(articles), &log, Setting::UNCACHED)?;
            let mut lane = Lane::new(articles, server, queries)?;
            lane.warm_up(queries, self.warm_up)?;
            lanes.push(lane);
        }
        let database = storage.cluster().map(|cluster| cluster.pid());
        eprintln!("growth: measuring ({})", storage.name());
        for round in 0..self.rounds as usize {
            // The order rotates, so that no lane always follows the same one.
            for step in 0..lanes.len() {
                let turn = (round + step) % lanes.len();
                lanes[turn].turn(queries, self.requests, database)?;
            }
        }
        Ok(lanes)
    }

    /// Measures the work of the databases, by size and query, and writes the plans to files.
    fn works(&self, storage: &Storage, queries: &[Query]) -> Result<Vec<Vec<Option<Work>>>> {
        let mut all = Vec::new();
        for &articles in self.sizes {
            let works = match (storage.file(articles), storage.cluster()) {
                (Some(file), _) => plan::sqlite(self.program, &file, queries)?,
                (None, Some(cluster)) => {
                    let log = self.work_dir.join("server-explained.log");
                    plan::postgres(self.program, cluster, &name(articles), &log, queries)?
                }
                (None, None) => queries.iter().map(|_| None).collect(),
            };
            for (query, work) in queries.iter().zip(&works) {
                if let Some(work) = work {
                    let path =
                        self.work_dir.join(format!("plan-{}-{articles}-{}.txt", storage.name(), query.name));
                    fs::write(&path, &work.plan).during(path.display())?;
                }
            }
            all.push(works);
        }
        Ok(all)
    }

    /// Measures the memory of a server with the default cache, after many requests.
    fn memory(&self, storage: &Storage, queries: &[Query]) -> Result<Vec<Memory>> {
        let log = self.work_dir.join("server-memory.log");
        let setting = Setting { cache: true, ..Setting::UNCACHED };
        let of_size = |&articles: &u32| {
            let server = Server::start(self.program, &storage.url(articles), &log, setting)?;
            send_many(server.address, queries)?;
            Ok(Memory { articles, bytes: cpu::resident(server.pid())? })
        };
        self.sizes.iter().map(of_size).collect()
    }
}

fn send_many(address: SocketAddr, queries: &[Query]) -> Result<()> {
    let mut connection = Connection::open(address)?;
    for query in queries {
        for _ in 0..MEMORY_REQUESTS {
            connection.send(&query.request)?;
        }
    }
    Ok(())
}
