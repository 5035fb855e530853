//! The report of the delivery part.

use serde::Serialize;

use super::beside::Beside;
use super::graphql_query::READS;
use super::lane::{Kind, Lane, Row, Way};
use super::pass::Cell;
use super::writes::{CONNECTIONS, Written};
use crate::affinity::Affinity;
use crate::cli::RunOptions;
use crate::figures::Summary;

/// The report of the delivery part.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveryReport {
    pub(crate) articles: u32,
    pub(crate) passes: u32,
    pub(crate) seconds: f64,
    pub(crate) operations: u64,
    pub(crate) processors: &'static str,
    /// The milliseconds from the start of GreyMatters to its first answer, by database.
    pub(crate) starts: Vec<(&'static str, Summary)>,
    pub(crate) lanes: Vec<LaneReport>,
    pub(crate) reads: Vec<ReadReport>,
    #[serde(serialize_with = "write_reports")]
    pub(crate) writes: Vec<Written>,
    pub(crate) beside: Vec<Beside>,
}

/// The report of a lane.
#[derive(Debug, Serialize)]
pub(crate) struct LaneReport {
    #[serde(skip)]
    pub(crate) kind: Kind,
    pub(crate) lane: String,
    pub(crate) about: String,
    pub(crate) database: Option<&'static str>,
    pub(crate) missing: Option<String>,
    /// The milliseconds from the start to the first answer.
    pub(crate) start_ms: Option<f64>,
    /// The resident memory after the first answer, in bytes.
    pub(crate) idle_bytes: Option<u64>,
    /// The resident memory after the load, in bytes.
    pub(crate) loaded_bytes: Option<u64>,
}

/// The report of one read of one lane, sent in one way, from one number of connections.
#[derive(Debug, Serialize)]
pub(crate) struct ReadReport {
    pub(crate) query: &'static str,
    pub(crate) lane: String,
    #[serde(skip)]
    pub(crate) kind: Kind,
    pub(crate) database: Option<&'static str>,
    #[serde(serialize_with = "way_name")]
    pub(crate) way: Way,
    pub(crate) connections: usize,
    pub(crate) missing: Option<String>,
    pub(crate) cell: Option<Cell>,
    /// The ratio of the CPU time to that of a GET of bare axum, by pass.
    pub(crate) to_bare: Option<Summary>,
}

/// The report of the writes of one lane, from one number of connections.
#[derive(Debug, Serialize)]
struct WriteReport<'a> {
    lane: &'a str,
    connections: usize,
    missing: Option<&'a str>,
    cell: Option<Cell>,
}

impl DeliveryReport {
    pub(crate) fn new(
        options: &RunOptions,
        affinity: Affinity,
        starts: Vec<(&'static str, Summary)>,
        lanes: &[Lane],
    ) -> Self {
        let mut reads = Vec::new();
        for (read, query) in READS.into_iter().enumerate() {
            for (index, &connections) in options.connections.iter().enumerate() {
                let rows = lanes.iter().flat_map(|lane| {
                    let rows = lane.rows.iter().filter(|row| row.read == read);
                    rows.map(move |row| ReadReport::new(query, lane, row, index, connections))
                });
                let first = reads.len();
                reads.extend(rows);
                let of_one = &mut reads[first..];
                let bare = of_one.iter().find(|row| row.kind == Kind::Bare && row.way == Way::Get);
                let bare = bare.and_then(|row| row.cell.as_ref()).map(Cell::cpus).unwrap_or_default();
                for row in of_one {
                    row.to_bare = row.cell.as_ref().and_then(|cell| Summary::of_ratios(&cell.cpus(), &bare));
                }
            }
        }
        Self {
            articles: super::ARTICLES,
            passes: options.passes,
            seconds: options.seconds,
            operations: options.operations,
            processors: affinity.words(),
            starts,
            lanes: lanes.iter().map(LaneReport::of).collect(),
            reads,
            writes: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// Returns the report of a read for a kind of lane, and for a database if one is named.
    pub(crate) fn read(
        &self,
        kind: Kind,
        database: Option<&str>,
        query: &str,
        way: Way,
        connections: usize,
    ) -> Option<&ReadReport> {
        self.reads.iter().find(|row| {
            row.kind == kind
                && (database.is_none() || row.database == database)
                && (row.query, row.way, row.connections) == (query, way, connections)
                && row.cell.is_some()
        })
    }

    /// Returns the report of a read for a peer.
    pub(crate) fn peer(&self, name: &str, query: &str, connections: usize) -> Option<&ReadReport> {
        self.reads.iter().find(|row| {
            row.kind == Kind::Peer
                && row.lane == name
                && (row.query, row.connections) == (query, connections)
                && row.cell.is_some()
        })
    }
}

impl LaneReport {
    fn of(lane: &Lane) -> Self {
        Self {
            kind: lane.kind,
            lane: lane.name.clone(),
            about: lane.about.clone(),
            database: lane.database,
            missing: lane.process.as_ref().err().cloned(),
            start_ms: lane.start.map(|start| start.as_secs_f64() * 1e3),
            idle_bytes: lane.idle,
            loaded_bytes: lane.loaded,
        }
    }
}

impl ReadReport {
    fn new(query: &'static str, lane: &Lane, row: &Row, index: usize, connections: usize) -> Self {
        let missing = lane.process.as_ref().err().or(row.missing.as_ref()).cloned();
        let passes = row.passes.get(index).map(Vec::as_slice).unwrap_or_default();
        Self {
            query,
            lane: lane.name.clone(),
            kind: lane.kind,
            database: lane.database,
            way: row.way,
            connections,
            cell: if missing.is_none() { Cell::of(passes) } else { None },
            missing,
            to_bare: None,
        }
    }
}

impl Written {
    /// Returns the summary for a number of connections.
    pub(crate) fn cell(&self, connections: usize) -> Option<Cell> {
        let index = CONNECTIONS.iter().position(|known| *known == connections)?;
        if self.missing.is_some() { None } else { Cell::of(self.passes.get(index)?) }
    }
}

fn write_reports<S: serde::Serializer>(written: &[Written], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(written.iter().flat_map(|written| {
        CONNECTIONS.map(|connections| WriteReport {
            lane: &written.lane,
            connections,
            missing: written.missing.as_deref(),
            cell: written.cell(connections),
        })
    }))
}

fn way_name<S: serde::Serializer>(way: &Way, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(way.name())
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lane)
    }
}
