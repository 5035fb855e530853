//! The tables of the delivery part.

use super::graphql_query::{ABOUT, READS};
use super::lane::{Kind, Way};
use super::pass::Cell;
use super::report::{DeliveryReport, LaneReport, ReadReport};
use super::writes::CONNECTIONS;
use super::{beside, report};
use crate::figures::{Summary, digits};
use crate::grid::Grid;

/// The columns of the tables of reads.
const HEADS: [&str; 10] = [
    "lane",
    "CPU µs",
    "least–most",
    "database",
    "to bare axum",
    "least–most",
    "per second",
    "p50 µs",
    "p99 µs",
    "bytes",
];

impl DeliveryReport {
    pub(crate) fn grids(&self) -> Vec<Grid> {
        let mut grids = Vec::new();
        let mut connections: Vec<usize> = self.reads.iter().map(|row| row.connections).collect();
        connections.sort_unstable();
        connections.dedup();
        for (query, about) in READS.into_iter().zip(ABOUT) {
            for &connections in &connections {
                grids.push(self.read_grid(query, about, connections));
            }
        }
        for connections in CONNECTIONS {
            grids.push(self.write_grid(connections));
        }
        grids.push(self.beside_grid());
        grids.push(self.lane_grid());
        grids
    }

    fn read_grid(&self, query: &str, about: &str, connections: usize) -> Grid {
        let words = plural(connections);
        let mut grid = Grid::new(format!("{query}: {about}; {words}"), &HEADS);
        let rows = || self.reads.iter().filter(|row| row.query == query && row.connections == connections);
        for row in rows() {
            let ReadReport { missing, cell, to_bare, .. } = row;
            let name = name(row);
            match (missing, cell) {
                (Some(why), _) => grid.missing(&name, why),
                (None, None) => grid.missing(&name, "not measured"),
                (None, Some(cell)) => grid.row(cells(name, cell, *to_bare)),
            }
        }
        let control = rows().find(|row| row.kind == Kind::Control).and_then(|row| row.to_bare);
        if let Some(Summary { least, most, .. }) = control {
            grid.note(format!(
                "null control: the ratio of bare axum to itself is {least:.2} to {most:.2}; smaller differences are noise"
            ));
        }
        grid
    }

    fn write_grid(&self, connections: usize) -> Grid {
        let title = format!("Q4: an article is created, then published; {}", plural(connections));
        let heads =
            ["lane", "CPU µs", "least–most", "database", "both", "per second", "p50 µs", "p99 µs", "errors"];
        let mut grid = Grid::new(title, &heads);
        for written in &self.writes {
            if let Some(why) = &written.missing {
                grid.missing(&written.lane, why);
            } else if let Some(cell) = written.cell(connections) {
                let database = cell.database_cpu_us.map_or("-".to_owned(), |seen| digits(seen.median));
                grid.row([
                    written.lane.clone(),
                    digits(cell.cpu_us.median),
                    range(cell.cpu_us),
                    database,
                    digits(cell.whole_cpu_us()),
                    digits(cell.rate.median),
                    digits(cell.p50_us.median),
                    digits(cell.p99_us.median),
                    cell.errors.to_string(),
                ]);
            }
        }
        grid.note("one operation is two requests; the PostgreSQL of the bench does not wait for the disk (fsync=off), for everyone alike");
        grid
    }

    fn beside_grid(&self) -> Grid {
        let title = format!(
            "readers beside a writer: Q1 from {} connections, alone and while 10 articles a second are published",
            beside::READERS
        );
        let heads = [
            "lane",
            "p50 alone",
            "beside",
            "ratio",
            "p99 alone",
            "beside",
            "ratio",
            "least–most",
            "null control",
            "published/s",
            "write p50 µs",
            "errors",
        ];
        let mut grid = Grid::new(title, &heads);
        for row in &self.beside {
            let ratio = |of: Summary, to: Summary| format!("{:.2}", of.median / to.median);
            grid.row([
                format!("{}, {}", row.database, row.way),
                digits(row.p50_alone_us.median),
                digits(row.p50_beside_us.median),
                ratio(row.p50_beside_us, row.p50_alone_us),
                digits(row.p99_alone_us.median),
                digits(row.p99_beside_us.median),
                format!("{:.2}", row.p99_ratio.median),
                bounds(row.p99_ratio),
                bounds(row.p99_chance),
                digits(row.written_per_second),
                digits(row.write_p50_us),
                row.errors.to_string(),
            ]);
        }
        grid.note(
            "µs; null control: the ratio of the readers alone to themselves; a ratio within it is noise",
        );
        grid
    }

    fn lane_grid(&self) -> Grid {
        let mut grid = Grid::ending_in_words(
            "start and memory",
            &["lane", "start ms", "idle MB", "loaded MB", "what it is"],
        );
        for lane in &self.lanes {
            let LaneReport { lane, about, missing, start_ms, idle_bytes, loaded_bytes, .. } = lane;
            if let Some(why) = missing {
                grid.missing(lane, why);
                continue;
            }
            let megabytes =
                |bytes: &Option<u64>| bytes.map_or("-".to_owned(), |bytes| digits(bytes as f64 / 1e6));
            grid.row([
                lane.clone(),
                start_ms.map_or("-".to_owned(), digits),
                megabytes(idle_bytes),
                megabytes(loaded_bytes),
                about.clone(),
            ]);
        }
        for (database, seen) in &self.starts {
            let Summary { median, least, most } = seen;
            grid.note(format!(
                "GreyMatters on {database}, from its start to its first answer: {median:.0} ms ({least:.0} to {most:.0})"
            ));
        }
        grid.note("memory is resident, of a server and all processes that it started");
        grid
    }
}

/// Returns the name of the lane, and how its requests were sent.
pub(crate) fn name(row: &report::ReadReport) -> String {
    let ReadReport { lane, kind, way, .. } = row;
    match (kind, way) {
        (Kind::Ours, Way::Get) => format!("{lane}, GET"),
        (Kind::Ours | Kind::Bare, Way::Post) => format!("{lane}, POST"),
        (_, Way::Unchanged) => format!("{lane}, 304"),
        _ => lane.clone(),
    }
}

fn cells(name: String, cell: &Cell, to_bare: Option<Summary>) -> Vec<String> {
    let Cell { cpu_us, database_cpu_us, rate, p50_us, p99_us, bytes, errors, .. } = cell;
    let name = if *errors > 0 { format!("{name} ({errors} errors)") } else { name };
    vec![
        name,
        digits(cpu_us.median),
        range(*cpu_us),
        database_cpu_us.map_or("-".to_owned(), |seen| digits(seen.median)),
        to_bare.map_or("-".to_owned(), |seen| ratio(seen.median)),
        to_bare.map_or(String::new(), bounds),
        digits(rate.median),
        digits(p50_us.median),
        digits(p99_us.median),
        format!("{bytes:.0}"),
    ]
}

fn range(seen: Summary) -> String {
    format!("{}–{}", digits(seen.least), digits(seen.most))
}

/// Formats the range of ratios.
fn bounds(seen: Summary) -> String {
    format!("{}–{}", ratio(seen.least), ratio(seen.most))
}

fn ratio(value: f64) -> String {
    if value < 9.95 { format!("{value:.2}") } else { digits(value) }
}

fn plural(connections: usize) -> String {
    if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") }
}
