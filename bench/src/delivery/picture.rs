//! The bars of the chart: the CPU time of the reads.

use super::DeliveryReport;
use super::graphql_query::{ABOUT, READS};
use super::lane::{Kind, Way};
use super::tables::name;
use crate::svg::{Bar, Group, Paint};

/// Returns the bars of each read, for the largest number of connections.
pub(crate) fn picture(report: &DeliveryReport) -> Vec<Group> {
    let most = report.reads.iter().map(|row| row.connections).max().unwrap_or_default();
    let group = |(query, about): (&str, &str)| {
        let rows = report.reads.iter().filter(|row| row.query == query && row.connections == most);
        let bars = rows.filter(|row| row.way != Way::Post || row.kind != Kind::Bare).filter_map(|row| {
            let cell = row.cell.as_ref()?;
            Some(Bar {
                label: name(row),
                value: cell.cpu_us.median,
                low: cell.cpu_us.least,
                high: cell.cpu_us.most,
                paint: match row.kind {
                    Kind::Ours | Kind::Uncached => Paint::Ours,
                    Kind::Bare | Kind::Control | Kind::Nginx | Kind::HandSql => Paint::Floor,
                    Kind::Peer => Paint::Peer,
                },
            })
        });
        Group { title: format!("{query}: {about}; {most} connections"), bars: bars.collect() }
    };
    READS.into_iter().zip(ABOUT).map(group).filter(|group| !group.bars.is_empty()).collect()
}
