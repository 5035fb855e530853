//! Estimates of how many rows a filter reads.

use std::collections::BTreeSet;

use domain::{ArticleId, LabelId, OrderField, Predicate};

use super::prices::{
    DISTINCT, FEW_LOOKUPS, IDS_PER_LABEL, JOINED, LABEL, LOOKUP, MAX_LABEL_SKEW, MAX_REPEATED_LABELS,
    MIN_ROWS, MIN_UPDATED_SHARE, NEXT, PLANNED, PLANNED_FURTHER_LOOKUP, ROW, SORT, SORTED_LOOKUP,
    UNKNOWN_SHARE,
};
use super::{CountMethod, Dates, Driver, Sizes};
use crate::page::{MAX_RANGES, reads_publication, split_lookups};

/// A filter, and estimates of the number of rows for it.
pub(super) struct FilterEstimate<'a> {
    sizes: &'a Sizes,
    parts: Vec<&'a Predicate>,
    dates: Dates,
    has_dates: bool,
}

/// The estimate for reading a page in its order.
pub(super) struct InOrderEstimate {
    pub(super) labels: Option<BTreeSet<LabelId>>,
    /// The expected number of rows until the page is full.
    pub(super) expected: f64,
    /// The number of all rows.
    pub(super) most: f64,
    /// The cost of each row.
    pub(super) per_row: f64,
    /// The additional cost of planning a statement that repeats the filter for each range.
    pub(super) planning: f64,
    /// Whether every row belongs to the page or is skipped by its offset.
    pub(super) is_exact: bool,
}

impl<'a> FilterEstimate<'a> {
    pub(super) fn new(sizes: &'a Sizes, predicate: &'a Predicate) -> Self {
        let mut parts: Vec<&Predicate> = Vec::new();
        for part in predicate.conjuncts() {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        // The parts that the fewest articles fulfil come first, so that the others are seldom checked.
        parts.sort_by(|a, b| share(sizes, a).total_cmp(&share(sizes, b)));
        let ranges = parts.iter().filter_map(|part| match part {
            Predicate::Published(range) => Some(Dates::of(range)),
            _ => None,
        });
        let dates = ranges.fold(Dates::ALL, Dates::and);
        Self { sizes, has_dates: dates != Dates::ALL, dates, parts }
    }

    /// The cost of planning a statement with all look-ups of the filter.
    pub(super) fn planning(&self) -> f64 {
        let Terms { lookups, labels } = Terms::of_all(self.parts.iter().copied());
        PLANNED * (lookups - 1.0).max(0.0)
            + PLANNED_FURTHER_LOOKUP * (lookups - FEW_LOOKUPS).max(0.0)
            + LABEL * labels as f64
    }

    /// The condition, with its parts in the order in which they are checked.
    pub(super) fn ordered(&self) -> Predicate {
        match self.parts.as_slice() {
            [part] => (*part).clone(),
            parts => Predicate::All(parts.iter().map(|part| (*part).clone()).collect()),
        }
    }

    fn dated(&self) -> f64 {
        self.sizes.dated(self.dates) as f64
    }

    /// The number of rows in the listing for these labels within the dates. A label may be used more often in these
    /// dates than on average.
    fn listed(&self, labels: &BTreeSet<LabelId>) -> f64 {
        let dated = self.dated();
        let share = dated / (self.sizes.all() as f64).max(1.0);
        let of = |label: &LabelId| {
            let all = self.sizes.labelled(*label) as f64;
            (all * share * MAX_LABEL_SKEW + MIN_ROWS).min(all).min(dated)
        };
        labels.iter().map(of).sum()
    }

    /// The sets of labels. An article must have a label of each set.
    fn labels(&self) -> impl Iterator<Item = &'a BTreeSet<LabelId>> {
        self.parts.iter().filter_map(|part| match part {
            Predicate::Labelled(labels) => Some(labels),
            _ => None,
        })
    }

    /// The sets of articles. An article must be in each set.
    fn articles(&self) -> impl Iterator<Item = &'a BTreeSet<ArticleId>> {
        self.parts.iter().filter_map(|part| match part {
            Predicate::Articles(ids) => Some(ids),
            _ => None,
        })
    }

    /// The cost of reading everything that one set of articles finds and checking the rest of the condition, without
    /// what is done with the rows afterwards.
    fn articles_cost(&self, ids: &BTreeSet<ArticleId>, rows: Rows) -> f64 {
        ids.len() as f64 * (ROW + lookups(self.sizes, &self.parts, rows))
    }

    /// The parts without one set of labels, and without the range of an instant by which the rows are read.
    fn rest(&self, labels: Option<&BTreeSet<LabelId>>, read_by: OrderField) -> Vec<&'a Predicate> {
        let mut is_removed = false;
        let rest = self.parts.iter().filter(|part| match part {
            Predicate::Labelled(own) if Some(own) == labels && !is_removed => {
                is_removed = true;
                false
            }
            Predicate::Published(_) => read_by != OrderField::PublishedAt,
            Predicate::Updated(_) => read_by != OrderField::UpdatedAt,
            _ => true,
        });
        rest.copied().collect()
    }

    /// Estimates reading a page in its order until `wanted` rows are found, of which `skipped` ones are skipped.
    pub(super) fn in_order(&self, field: OrderField, wanted: f64, skipped: f64) -> InOrderEstimate {
        let by_date = field == OrderField::PublishedAt;
        // Each range of the labels repeats the rest of the filter.
        let named = |labels: &BTreeSet<LabelId>| Terms::of_all(self.rest(Some(labels), field)).labels;
        let few = self.labels().filter(|labels| labels.len() <= MAX_RANGES);
        let few =
            few.filter(|labels| labels.len() == 1 || labels.len() * named(labels) <= MAX_REPEATED_LABELS);
        let driver = few.min_by(|a, b| self.listed(a).total_cmp(&self.listed(b))).filter(|_| by_date);
        let rest = self.rest(driver, field);
        let fulfilled = share_of_all(self.sizes, &rest).max(1e-9);
        let checked = lookups(self.sizes, &rest, Rows::Few);
        if let Some(labels) = driver {
            let most = self.listed(labels);
            // Each range is read until it could fill the page alone.
            let expected = (wanted / fulfilled * labels.len() as f64).min(most);
            let joined = if rest.iter().any(|part| reads_publication(part)) { JOINED } else { 0.0 };
            let merged = if labels.len() > 1 { DISTINCT } else { 0.0 };
            // If every row of a range matches, the skipped rows are read only in the index.
            let is_range = rest.is_empty() && labels.len() == 1;
            let skipped = if is_range { 0.0 } else { ROW * skipped / expected.max(1.0) };
            let per_row = NEXT + checked + joined + merged + skipped;
            return InOrderEstimate {
                labels: Some(labels.clone()),
                expected,
                most,
                per_row,
                planning: LABEL * ((labels.len() - 1) * named(labels)) as f64,
                is_exact: rest.is_empty(),
            };
        }
        let most = if by_date { self.dated() } else { self.sizes.all() as f64 };
        let row = if rest.is_empty() { NEXT } else { ROW };
        InOrderEstimate {
            labels: None,
            expected: (wanted / fulfilled).min(most),
            most,
            per_row: NEXT + row + checked,
            planning: 0.0,
            is_exact: rest.is_empty(),
        }
    }

    /// The cheapest driver for reading everything that matches and sorting it, with its cost.
    pub(super) fn sorted(&self, field: OrderField) -> Option<(Driver, f64)> {
        let by_dates = (self.has_dates && field != OrderField::PublishedAt).then(|| {
            let rest = self.rest(None, OrderField::PublishedAt);
            (Driver::Dates, self.dated() * (NEXT + ROW + SORT + lookups(self.sizes, &rest, Rows::Sorted)))
        });
        let by_labels = self.labels().map(|labels| {
            let rest = self.rest(Some(labels), OrderField::PublishedAt);
            let matching = share_of_all(self.sizes, &rest);
            let first = if labels.len() > 1 { DISTINCT + ROW } else { 0.0 };
            let per_row = NEXT + first + lookups(self.sizes, &rest, Rows::Sorted) + (ROW + SORT) * matching;
            (Driver::Labels(labels.clone()), self.listed(labels) * per_row)
        });
        let by_articles = self.articles().map(|ids| {
            let cost = self.articles_cost(ids, Rows::Sorted) + SORT * ids.len() as f64;
            (Driver::Articles(ids.clone()), cost)
        });
        by_labels.chain(by_articles).chain(by_dates).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The cheapest method of counting, with its cost.
    pub(super) fn count_method(&self) -> (CountMethod, f64) {
        let by_dates = self.has_dates.then(|| {
            let rest = self.rest(None, OrderField::PublishedAt);
            let row = if rest.is_empty() { 0.0 } else { ROW };
            let cost = self.dated() * (NEXT + row + lookups(self.sizes, &rest, Rows::Counted));
            (CountMethod::Over(Driver::Dates), cost)
        });
        let by_labels = self.labels().map(|labels| {
            let rest = self.rest(Some(labels), OrderField::PublishedAt);
            let distinct = if labels.len() > 1 { DISTINCT } else { 0.0 };
            let joined = if rest.iter().any(|part| reads_publication(part)) { JOINED } else { 0.0 };
            let rows = self.listed(labels);
            let cost = rows * (NEXT + distinct + joined + lookups(self.sizes, &rest, Rows::Counted));
            (CountMethod::Over(Driver::Labels(labels.clone())), cost)
        });
        let by_articles = self.articles().map(|ids| {
            let cost = self.articles_cost(ids, Rows::Counted);
            (CountMethod::Over(Driver::Articles(ids.clone())), cost)
        });
        let cheapest = by_labels.chain(by_articles).chain(by_dates).min_by(|a, b| a.1.total_cmp(&b.1));
        let scan = self.scan_cost();
        cheapest.filter(|(_, cost)| *cost < scan).unwrap_or((CountMethod::Scan, scan))
    }

    /// The cost of reading all publications.
    pub(super) fn scan_cost(&self) -> f64 {
        self.sizes.all() as f64 * (NEXT + ROW + lookups(self.sizes, &self.parts, Rows::Counted))
    }
}

/// The expected share of articles that fulfil a condition, from 0 to 1.
fn share(sizes: &Sizes, predicate: &Predicate) -> f64 {
    let all = (sizes.all() as f64).max(1.0);
    match predicate {
        Predicate::All(parts) => parts.iter().map(|part| share(sizes, part)).product(),
        Predicate::Any(parts) => 1.0 - parts.iter().map(|part| 1.0 - share(sizes, part)).product::<f64>(),
        Predicate::Not(inner) => 1.0 - share(sizes, inner),
        Predicate::Labelled(labels) => {
            let lacks = |label: &LabelId| 1.0 - (sizes.labelled(*label) as f64 / all).min(1.0);
            1.0 - labels.iter().map(lacks).product::<f64>()
        }
        Predicate::Articles(ids) => (ids.len() as f64 / all).min(1.0),
        Predicate::Published(range) => sizes.dated(Dates::of(range)) as f64 / all,
        // Most articles are updated soon after they are published, or never.
        Predicate::Updated(range) => (sizes.dated(Dates::of(range)) as f64 / all).max(MIN_UPDATED_SHARE),
        Predicate::InLocale(_) => UNKNOWN_SHARE,
        Predicate::NotEnded(_) => 1.0,
    }
}

/// The expected share of articles that fulfil all of these conditions.
fn share_of_all(sizes: &Sizes, parts: &[&Predicate]) -> f64 {
    parts.iter().map(|part| share(sizes, part)).product()
}

/// Which rows are read, and so how the database looks up their labels.
#[derive(Debug, Clone, Copy)]
enum Rows {
    /// As few as the page needs: each row by itself.
    Few,
    /// All rows that may match, to sort them.
    Sorted,
    /// All rows that may match, to count them.
    Counted,
}

impl Rows {
    /// The cost of starting a look-up of a set of labels for one row.
    fn lookup(self, labels: &BTreeSet<LabelId>) -> f64 {
        match self {
            Self::Few => LOOKUP,
            Self::Sorted if labels.len() > 1 => SORTED_LOOKUP,
            Self::Sorted | Self::Counted => 0.0,
        }
    }
}

/// The expected cost of checking whether one article fulfils all of these conditions.
fn lookups(sizes: &Sizes, parts: &[&Predicate], rows: Rows) -> f64 {
    let (separate, counted) = split_lookups(parts.iter().copied());
    let mut reached = 1.0;
    let mut lookups = 0.0;
    for part in separate {
        lookups += reached * lookups_of(sizes, part, rows);
        reached *= share(sizes, part);
    }
    lookups + reached * counted.len() as f64 * ROW
}

fn lookups_of(sizes: &Sizes, predicate: &Predicate, rows: Rows) -> f64 {
    match predicate {
        Predicate::All(parts) => lookups(sizes, &parts.iter().collect::<Vec<_>>(), rows),
        Predicate::Any(parts) => parts.iter().map(|part| lookups_of(sizes, part, rows)).sum(),
        Predicate::Not(inner) => lookups_of(sizes, inner, rows),
        Predicate::Labelled(labels) => labels.len() as f64 * ROW + rows.lookup(labels),
        Predicate::Articles(_) | Predicate::Published(_) | Predicate::Updated(_) | Predicate::InLocale(_) => {
            0.05
        }
        Predicate::NotEnded(_) => 0.3,
    }
}

/// What a statement with a condition consists of.
#[derive(Debug, Clone, Copy, Default)]
struct Terms {
    /// The number of look-ups of labels.
    lookups: f64,
    /// The number of labels.
    labels: usize,
}

impl Terms {
    fn of(predicate: &Predicate) -> Self {
        match predicate {
            Predicate::All(parts) => Self::of_all(parts),
            Predicate::Any(parts) => Self::sum(parts.iter().map(Self::of)),
            Predicate::Not(inner) => Self::of(inner),
            Predicate::Labelled(labels) => Self { lookups: 1.0, labels: labels.len() },
            // An id is compared with the row itself, without a look-up.
            Predicate::Articles(ids) => Self { lookups: 0.0, labels: ids.len().div_ceil(IDS_PER_LABEL) },
            Predicate::Published(_)
            | Predicate::Updated(_)
            | Predicate::InLocale(_)
            | Predicate::NotEnded(_) => Self::default(),
        }
    }

    /// The terms of parts that must all hold.
    fn of_all<'a>(parts: impl IntoIterator<Item = &'a Predicate>) -> Self {
        let (separate, counted) = split_lookups(parts);
        let shared = Self { lookups: f64::from(!counted.is_empty()), labels: counted.len() };
        Self::sum(separate.into_iter().map(Self::of).chain([shared]))
    }

    fn sum(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            lookups: sum.lookups + part.lookups,
            labels: sum.labels + part.labels,
        })
    }
}
