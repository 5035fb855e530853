//! Sends the queries of the growth part, and measures them.

use std::time::{Duration, Instant};

use crate::cpu::Meter;
use crate::failure::Result;
use crate::http::Connection;
use crate::query::Query;
use crate::server::Server;

/// One server on one size of publication. The lanes are measured in turns.
pub(crate) struct Lane {
    pub(crate) articles: u32,
    pub(crate) server: Server,
    /// The measured turns, by query.
    pub(crate) turns: Vec<Vec<Turn>>,
    connection: Connection,
}

/// The measurements of one turn.
pub(crate) struct Turn {
    pub(crate) latencies: Vec<Duration>,
    pub(crate) server_cpu: Duration,
    pub(crate) database_cpu: Option<Duration>,
}

impl Lane {
    pub(crate) fn new(articles: u32, server: Server, queries: &[Query]) -> Result<Self> {
        let connection = Connection::open(server.address)?;
        let turns = queries.iter().map(|_| Vec::new()).collect();
        Ok(Self { articles, server, turns, connection })
    }

    /// Checks the answers, and sends each query `requests` times, so that all caches are warm.
    pub(crate) fn warm_up(&mut self, queries: &[Query], requests: u32) -> Result<()> {
        for query in queries {
            query.check(&self.connection.ask(&query.request)?.body)?;
            for _ in 1..requests {
                self.connection.send(&query.request)?;
            }
        }
        Ok(())
    }

    /// Sends each query `requests` times, one request after the other. `database` is the main process of our own
    /// database server.
    pub(crate) fn turn(&mut self, queries: &[Query], requests: u32, database: Option<u32>) -> Result<()> {
        let server = self.server.pid();
        for (query, turns) in queries.iter().zip(&mut self.turns) {
            let mut latencies = Vec::with_capacity(requests as usize);
            let database = database.map(Meter::start).transpose()?;
            let server = Meter::start(server)?;
            for _ in 0..requests {
                let start = Instant::now();
                self.connection.send(&query.request)?;
                latencies.push(start.elapsed());
            }
            let server_cpu = server.spent()?;
            let database_cpu = database.as_ref().map(Meter::spent).transpose()?;
            turns.push(Turn { latencies, server_cpu, database_cpu });
        }
        Ok(())
    }
}
