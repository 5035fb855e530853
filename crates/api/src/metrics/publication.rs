//! The metrics of the publication, as this node sees it.

use std::fmt;
use std::sync::Arc;

use app::{App, PoolUsage};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::admission::{Admission, QueueCounts, Reason};
use crate::delivery::Delivery;
use crate::graphql::DocumentCache;

/// Collects the metrics of the publication.
pub(crate) struct Publication {
    pub(crate) app: App,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) documents: Arc<DocumentCache>,
    pub(crate) admission: Admission,
}

impl fmt::Debug for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publication").finish_non_exhaustive()
    }
}

impl Collector for Publication {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let number = self.app.latest().edition.number;
        let mark = self.app.latest().edition.id().mark.to_string();
        let help = "The mark of the latest edition that this node knows";
        let mut marks = encoder.encode_descriptor("edition_mark", help, None, MetricType::Info)?;
        marks.encode_info(&[("mark", mark.as_str())])?;
        gauge(&mut encoder, "edition", "The latest edition that this node knows", None, &number)?;
        if let Some(reached) = self.app.replica_edition() {
            let help = "The latest edition of the replica, or -1 while it does not answer";
            gauge(&mut encoder, "replica_edition", help, None, &reached)?;
        }
        let overdue = self.app.overdue_for().map_or(0.0, |overdue| overdue.as_secs_f64());
        let unconfirmed = self.app.unconfirmed_for().as_secs_f64();
        let help = "Time since the database last confirmed which edition is the latest";
        gauge(&mut encoder, "database_unconfirmed", help, Some(&Unit::Seconds), &unconfirmed)?;
        let help = "Time for which the earliest due deadline has not been applied";
        gauge(&mut encoder, "deadline_overdue", help, Some(&Unit::Seconds), &overdue)?;
        let pools = self.app.pool_usage();
        let each = |of: fn(&PoolUsage) -> usize| pools.iter().map(move |(pool, usage)| (*pool, of(usage)));
        let help = "Database connections in use, by pool";
        gauges(&mut encoder, "database_connections_in_use", help, None, "pool", each(|usage| usage.in_use))?;
        let help = "The current maximum number of database connections, by pool";
        gauges(&mut encoder, "database_connections_max", help, None, "pool", each(|usage| usage.most))?;
        let help = "Requests that wait for a database connection, by pool";
        gauges(
            &mut encoder,
            "database_connections_waited_for",
            help,
            None,
            "pool",
            each(|usage| usage.waiting),
        )?;
        let caches = [("answers", self.delivery.size()), ("documents", self.documents.size())];
        let entries = caches.map(|(cache, (entries, _))| (cache, entries));
        gauges(&mut encoder, "cache_entries", "Entries in a cache", None, "cache", entries)?;
        let bytes = caches.map(|(cache, (_, bytes))| (cache, bytes));
        let help = "Estimated memory of a cache";
        gauges(&mut encoder, "cache", help, Some(&Unit::Bytes), "cache", bytes)?;
        admission(&mut encoder, &self.admission)?;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        let help = "The version of the program";
        encoder.encode_descriptor("build", help, None, MetricType::Info)?.encode_info(&version)
    }
}

/// Collects the metrics of uncached reads.
fn admission(encoder: &mut DescriptorEncoder<'_>, admission: &Admission) -> Result<(), fmt::Error> {
    let found: Vec<_> = admission.counts().map(|(work, counts)| (work.as_str(), counts)).collect();
    let each = |of: fn(&QueueCounts) -> usize| found.iter().map(move |(work, counts)| (*work, of(counts)));
    let help = "Uncached reads that run now, by kind of work";
    gauges(encoder, "admission_running", help, None, "work", each(|counts| counts.running))?;
    let help = "The maximum number of uncached reads that run at once, by kind of work";
    gauges(encoder, "admission_running_max", help, None, "work", each(|counts| counts.limit))?;
    let help = "Requests that wait for a place, by kind of work";
    gauges(encoder, "admission_waiting", help, None, "work", each(|counts| counts.waiting))?;
    let help = "Requests that got no place, by kind of work and reason";
    let mut refused = encoder.encode_descriptor("admission_refused", help, None, MetricType::Counter)?;
    for (work, counts) in &found {
        let reasons = Reason::ALL.into_iter().map(Reason::as_str).zip(counts.refused);
        for (reason, count) in reasons.chain([("client_gone", counts.gone)]) {
            let labels = [("work", *work), ("reason", reason)];
            refused.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
    }
    Ok(())
}

fn gauge<T: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: &T,
) -> Result<(), fmt::Error> {
    encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?.encode_gauge(value)
}

/// Writes a gauge with one value for each value of a label.
fn gauges<T: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    label: &str,
    values: impl IntoIterator<Item = (&'static str, T)>,
) -> Result<(), fmt::Error> {
    let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for (value, number) in values {
        family.encode_family(&[(label, value)])?.encode_gauge(&number)?;
    }
    Ok(())
}
