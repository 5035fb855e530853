//! The targets, and how the measurements compare with them.

use serde::Serialize;

use super::DeliveryReport;
use super::lane::{Kind, Way};
use crate::figures::{Summary, digits, rounded};
use crate::grid::Grid;
use crate::growth_report::DatabaseReport;

const SQLITE: &str = "sqlite";
const POSTGRES: &str = "postgres";
/// The two numbers of articles that the growth targets compare.
const SMALL: u32 = 10_000;
const LARGE: u32 = 1_000_000;

/// A target with its measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Bound {
    pub(crate) what: String,
    pub(crate) at_most: f64,
    /// A more ambitious target.
    pub(crate) aim: Option<f64>,
    unit: &'static str,
    /// The measurement; `None` when this run did not measure it.
    pub(crate) measured: Option<f64>,
    /// The measurements by pass, where they are known.
    pub(crate) seen: Option<Summary>,
    pub(crate) reached: Option<bool>,
}

/// Returns all targets.
pub(crate) fn reach(growth: &[DatabaseReport], delivery: Option<&DeliveryReport>) -> Vec<Bound> {
    let mut bounds = Vec::new();
    let most = delivery.and_then(|report| report.reads.iter().map(|row| row.connections).max()).unwrap_or(32);
    for database in [SQLITE, POSTGRES] {
        let ways =
            [("warm GET", Way::Get, 1.2), ("warm POST", Way::Post, 1.35), ("304", Way::Unchanged, 1.1)];
        for (words, way, at_most) in ways {
            let row = delivery.and_then(|report| report.read(Kind::Ours, Some(database), "Q1", way, most));
            let what = format!("Q1 {words} on {database}, CPU to bare axum");
            bounds.push(Bound::seen(what, at_most, row.and_then(|row| row.to_bare)));
        }
    }
    let peers: [(&str, &str, f64, Option<f64>); 8] = [
        (SQLITE, "mercurius", 5.0, Some(10.0)),
        (POSTGRES, "mercurius", 4.0, Some(8.0)),
        (SQLITE, "directus", 50.0, None),
        (POSTGRES, "directus", 50.0, None),
        (SQLITE, "payload", 50.0, None),
        (POSTGRES, "payload", 50.0, None),
        (SQLITE, "strapi", 300.0, None),
        (POSTGRES, "strapi", 300.0, None),
    ];
    for (database, peer, times, aim) in peers {
        let ratio = delivery.and_then(|report| {
            let ours = report.read(Kind::Uncached, Some(database), "Q1", Way::Post, most)?.cell.as_ref()?;
            let theirs = report.peer(peer, "Q1", most)?.cell.as_ref()?;
            Summary::of_ratios(&ours.cpus(), &theirs.cpus())
        });
        let what = format!("Q1 cold on {database}, server CPU to {peer}");
        bounds.push(Bound { aim: aim.map(|aim| 1.0 / aim), ..Bound::seen(what, 1.0 / times, ratio) });
    }
    for database in [SQLITE, POSTGRES] {
        let report = growth.iter().find(|report| report.database == database);
        let sizes = report.and_then(|report| Some((report.of("Q2", SMALL)?, report.of("Q2", LARGE)?)));
        let work = sizes.and_then(|(small, large)| {
            Some(large.work.as_ref()?.count as f64 / small.work.as_ref()?.count as f64)
        });
        let unit = if database == SQLITE { "steps" } else { "buffers" };
        bounds.push(Bound::of(format!("Q2 cold on {database}, {unit} at 1,000,000 to 10,000"), 1.0, work));
        let cpu = sizes.map(|(small, large)| large.server_cpu_us / small.server_cpu_us);
        bounds.push(Bound::of(format!("Q2 cold on {database}, CPU at 1,000,000 to 10,000"), 1.2, cpu));
    }
    let written = |kind: Kind, name: Option<&str>| {
        let mut all = delivery?.writes.iter();
        let found = all.find(|written| {
            written.kind == kind
                && name.map_or(written.database == Some(POSTGRES), |name| written.lane == name)
        });
        found?.cell(*super::writes::CONNECTIONS.last()?)
    };
    for peer in ["mercurius", "mercurius-history"] {
        let both = written(Kind::Ours, None).zip(written(Kind::Peer, Some(peer)));
        let server = both.as_ref().map(|(ours, theirs)| ours.cpu_us.median / theirs.cpu_us.median);
        let whole = both.as_ref().map(|(ours, theirs)| ours.whole_cpu_us() / theirs.whole_cpu_us());
        bounds.push(Bound::of(format!("Q4 on postgres, server CPU to {peer}"), 1.0, server));
        bounds.push(Bound::of(format!("Q4 on postgres, server and database CPU to {peer}"), 1.0, whole));
    }
    for database in [SQLITE, POSTGRES] {
        for cached in [true, false] {
            let row = delivery.and_then(|report| {
                let mut rows = report.beside.iter();
                rows.find(|row| row.database == database && row.way.contains("GET") == cached)
            });
            let words = if cached { "warm" } else { "cold" };
            let what = format!("Q1 {words} on {database}, p99 beside a writer to alone");
            bounds.push(Bound::seen(what, 2.0, row.map(|row| row.p99_ratio)));
        }
    }
    for database in [SQLITE, POSTGRES] {
        let start = delivery.and_then(|report| report.starts.iter().find(|(name, _)| *name == database));
        let what = format!("start on {database} to the first answer");
        bounds.push(Bound { unit: " ms", ..Bound::seen(what, 150.0, start.map(|(_, seen)| *seen)) });
    }
    for database in [SQLITE, POSTGRES] {
        let lane = delivery.and_then(|report| {
            report.lanes.iter().find(|lane| lane.kind == Kind::Ours && lane.database == Some(database))
        });
        let loaded = lane.and_then(|lane| lane.loaded_bytes);
        let large = growth.iter().find(|report| report.database == database);
        let large = large.and_then(|report| report.memory.iter().find(|memory| memory.articles == LARGE));
        for (articles, at_most, bytes) in
            [("10,000", 60.0, loaded), ("1,000,000", 250.0, large.map(|memory| memory.bytes))]
        {
            let what = format!("memory on {database} after the load, {articles} articles");
            let megabytes = bytes.map(|bytes| bytes as f64 / 1e6);
            bounds.push(Bound { unit: " MB", ..Bound::of(what, at_most, megabytes) });
        }
    }
    bounds
}

impl Bound {
    fn of(what: String, at_most: f64, measured: Option<f64>) -> Self {
        // The comparison uses the precision of the table, which shows two digits.
        let reached = measured.map(|measured| measured <= at_most * 1.004);
        Self { what, at_most, aim: None, unit: "", measured, seen: None, reached }
    }

    fn seen(what: String, at_most: f64, seen: Option<Summary>) -> Self {
        Self { seen, ..Self::of(what, at_most, seen.map(|seen| seen.median)) }
    }
}

/// Formats the targets as a table.
pub(crate) fn grid(bounds: &[Bound]) -> Grid {
    let heads = ["reach", "bound", "aim", "measured", "least–most", "reached"];
    let mut grid = Grid::new("How far it reaches", &heads);
    for Bound { what, at_most, aim, unit, measured, seen, reached } in bounds {
        let number = |value: f64| format!("{}{unit}", shown(value));
        grid.row([
            what.clone(),
            format!("<= {}", number(*at_most)),
            aim.map_or(String::new(), |aim| format!("<= {}", number(aim))),
            measured.map_or("not measured".to_owned(), number),
            seen.map_or(String::new(), |seen| format!("{}–{}", shown(seen.least), shown(seen.most))),
            reached.map_or("-", |reached| if reached { "yes" } else { "no" }).to_owned(),
        ]);
    }
    grid.note(
        "warm means with the default answer cache, cold without a cache; CPU is that of the server process",
    );
    grid
}

/// Formats a value. A small ratio becomes a fraction, for example 1/10.
fn shown(value: f64) -> String {
    match value {
        value if value <= 0.25 && value > 0.0 => format!("1/{}", rounded(1.0 / value)),
        value if value < 9.95 => format!("{value:.2}"),
        value => digits(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_measurements_are_marked() {
        let bounds = reach(&[], None);
        assert!(bounds.iter().all(|bound| bound.measured.is_none() && bound.reached.is_none()));
        assert!(grid(&bounds).text().contains("not measured"));
    }

    #[test]
    fn a_target_is_reached_when_it_is_not_exceeded() {
        let bound = |measured| Bound::of("x".to_owned(), 1.2, Some(measured)).reached;
        assert_eq!([bound(1.2), bound(0.5), bound(1.21)], [Some(true), Some(true), Some(false)]);
        assert_eq!([0.1, 0.02, 0.5, 1.234, 150.0].map(shown), ["1/10", "1/50", "0.50", "1.23", "150"]);
    }

    #[test]
    fn targets_are_formatted_as_a_table() {
        let mut bounds = vec![
            Bound::seen("Q1".to_owned(), 0.2, Summary::of([0.1, 0.125, 0.11])),
            Bound { unit: " ms", ..Bound::of("start".to_owned(), 150.0, Some(180.0)) },
            Bound::of("Q2".to_owned(), 1.0, None),
        ];
        bounds[0].aim = Some(0.1);
        insta::assert_snapshot!(grid(&bounds).text(), @r"
        How far it reaches
          reach      bound      aim      measured  least–most  reached
          Q1        <= 1/5  <= 1/10         1/9.1    1/10–1/8      yes
          start  <= 150 ms                 180 ms                   no
          Q2       <= 1.00           not measured                    -
          warm means with the default answer cache, cold without a cache; CPU is that of the server process
        ");
    }
}
