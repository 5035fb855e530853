//! How a page or a count is read, and what that costs: both are decided before it is read, by how many articles there
//! are of each label and each day. Pure.
//!
//! The unit of cost is finding one row by its key. A page is read in its order until it is full, or everything
//! that one part of the filter matches is read and sorted, whichever is expected to cost less. What is expected
//! rests on labels being independent of each other, and they may not be. So a page that is read in its order is given
//! up when it has read much more than was expected, and is then read in the way that is certain to end.

use std::collections::BTreeSet;

use domain::{ArticleOrder, LabelId, OrderField, Predicate, Span};

use crate::page_query::{MAX_RANGES, reads_publication};
use crate::sizes::{Dates, Sizes};

/// Sending a statement, and reading its answer.
const STATEMENT: f64 = 100.0;
/// Going on to the next row of an index.
const NEXT: f64 = 0.2;
/// Reading a row of which a place in an index is known.
const ROW: f64 = 1.0;
/// Making an article of a row.
const ARTICLE: f64 = 4.0;
/// Having the database plan the look-up of a term, of which a few are asked for.
const TERM: f64 = 50.0;
/// How many terms are a few.
const FEW_TERMS: f64 = 8.0;
/// The same for each term beyond those: plans take longer and longer to find.
const MORE_TERMS: f64 = 200.0;
/// Beginning to look up one of a set of labels for one row by itself. Where everything is read, it may be done for all rows
/// at once.
const LOOKUP: f64 = 2.0;
/// Leaving out a row that was met before.
const DISTINCT: f64 = 0.6;
/// Sorting in a row.
const SORT: f64 = 0.5;
/// How many articles in how many are taken to be in a language: nothing is known of that.
const UNKNOWN_SHARE: f64 = 0.3;
/// How many rows a page may read at least, however few are expected.
const FEWEST: f64 = 300.0;
/// How much more often than on average a label is taken to be used within a range of dates, at most.
const UNEVEN: f64 = 1.5;
/// How much more than expected a page may read before it is given up.
const PATIENCE: f64 = 2.0;

/// Where everything that may match is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Driver {
    /// In the ranges of these labels in the listing.
    Labels(BTreeSet<LabelId>),
    /// In the range of dates that the condition names.
    Dates,
}

/// A way to read a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// In the order of the page, until it is full.
    InOrder {
        /// Along the ranges of these labels in the listing; along all publications when there are none.
        labels: Option<BTreeSet<LabelId>>,
        /// Giving up after so many rows.
        at_most: Option<u64>,
    },
    /// Everything that is found there, sorted.
    Sorted(Driver),
}

/// How a page is read.
#[derive(Debug, Clone, PartialEq)]
pub struct PagePlan {
    /// The condition, with what the fewest articles fulfil first.
    pub(crate) predicate: Predicate,
    pub(crate) way: Way,
    cost: f64,
    /// What is done when the first way was given up, and what that costs.
    pub(crate) otherwise: Option<(Way, u64)>,
}

impl PagePlan {
    /// Decides how to read a page.
    #[must_use]
    pub fn of(sizes: &Sizes, predicate: &Predicate, order: ArticleOrder, span: &Span) -> Self {
        let question = Question::new(sizes, predicate);
        let wanted = (span.limit + 1 + span.offset) as f64;
        let made = STATEMENT + ARTICLE * (span.limit + 1) as f64;
        let made = made + question.planned();
        let in_order = question.in_order(order.field, wanted, span.offset as f64);
        let sorted = question.sorted(order.field).map(|(driver, cost)| (Way::Sorted(driver), cost));
        let InOrder { labels, expected, most, per_row, is_exact } = in_order;
        let predicate = question.ordered();
        let all = Way::InOrder { labels: labels.clone(), at_most: None };
        let rows = if is_exact { expected } else { (expected * PATIENCE).max(FEWEST).ceil() };
        let is_certain = is_exact || rows >= most;
        let cost = per_row * rows.min(most);
        let otherwise = match sorted {
            Some((way, certain)) if certain <= cost => {
                return Self { predicate, way, cost: made + certain, otherwise: None };
            }
            Some((way, certain)) if certain < per_row * most => (way, certain),
            _ => (all.clone(), per_row * most),
        };
        if is_certain {
            return Self { predicate, way: all, cost: made + cost, otherwise: None };
        }
        let (way, certain) = otherwise;
        Self {
            predicate,
            way: Way::InOrder { labels, at_most: Some(rows as u64) },
            // The row at which it is given up has to be found first.
            cost: made + STATEMENT + cost + NEXT * rows,
            otherwise: Some((way, units(made + certain))),
        }
    }

    /// What it costs at most, unless it is given up.
    #[must_use]
    pub fn cost(&self) -> u64 {
        units(self.cost)
    }

    /// What it costs to read it after all, when the first way was given up.
    #[must_use]
    pub fn cost_of_second_way(&self) -> u64 {
        self.otherwise.as_ref().map_or(0, |(_, cost)| *cost)
    }
}

/// How a count is made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Counting {
    /// There are none.
    Nothing,
    /// It is known how many there are in all.
    All,
    /// It is known how many carry a label.
    Label(LabelId),
    /// It is known how many are dated each day.
    Dated,
    /// What the driver finds is counted, as far as it fulfils the rest.
    Over(Driver),
    /// All publications are looked at.
    Scan,
    /// Everything else is counted, and taken from all.
    Complement(Box<CountPlan>),
}

/// How matching articles are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct CountPlan {
    pub(crate) predicate: Predicate,
    pub(crate) counting: Counting,
    cost: f64,
}

impl CountPlan {
    /// Decides how to count.
    #[must_use]
    pub fn of(sizes: &Sizes, predicate: &Predicate) -> Self {
        let question = Question::new(sizes, predicate);
        let (counting, cost) = match predicate {
            Predicate::Any(parts) if parts.is_empty() => (Counting::Nothing, 0.0),
            Predicate::All(parts) if parts.is_empty() => (Counting::All, NEXT * sizes.days() as f64),
            Predicate::Labelled(labels) if labels.len() == 1 => match labels.first() {
                Some(label) => (Counting::Label(*label), 0.0),
                None => (Counting::Nothing, 0.0),
            },
            Predicate::Published(range) => {
                let edges = sizes.dated_at_the_edges(Dates::of(range));
                (Counting::Dated, NEXT * (sizes.days() + edges) as f64)
            }
            Predicate::Not(inner) => {
                let inner = Self::of(sizes, inner);
                let scanned = question.scanned();
                if inner.cost < scanned {
                    let cost = inner.cost + NEXT * sizes.days() as f64 + STATEMENT;
                    (Counting::Complement(Box::new(inner)), cost)
                } else {
                    (Counting::Scan, scanned + question.planned())
                }
            }
            _ => {
                let (counting, cost) = question.counted();
                (counting, cost + question.planned())
            }
        };
        Self { predicate: question.ordered(), counting, cost: STATEMENT + cost }
    }

    /// What it costs at most.
    #[must_use]
    pub fn cost(&self) -> u64 {
        units(self.cost)
    }
}

fn units(cost: f64) -> u64 {
    cost.ceil() as u64
}

/// What is asked, and how much there is of it.
struct Question<'a> {
    sizes: &'a Sizes,
    parts: Vec<&'a Predicate>,
    dates: Dates,
    has_dates: bool,
}

/// What reading in order takes.
struct InOrder {
    labels: Option<BTreeSet<LabelId>>,
    /// How many rows are expected to be read.
    expected: f64,
    /// How many rows there are.
    most: f64,
    per_row: f64,
    /// Whether every row that is read is one of the page, or skipped.
    is_exact: bool,
}

impl<'a> Question<'a> {
    fn new(sizes: &'a Sizes, predicate: &'a Predicate) -> Self {
        let mut parts: Vec<&Predicate> = Vec::new();
        for part in predicate.conjuncts() {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        // Those that the fewest articles fulfil come first, so that the others are seldom looked at.
        parts.sort_by(|a, b| share(sizes, a).total_cmp(&share(sizes, b)));
        let ranges = parts.iter().filter_map(|part| match part {
            Predicate::Published(range) => Some(Dates::of(range)),
            _ => None,
        });
        let dates = ranges.fold(Dates::ALL, Dates::and);
        Self { sizes, has_dates: dates != Dates::ALL, dates, parts }
    }

    /// What it takes to plan a statement with all these terms.
    fn planned(&self) -> f64 {
        let terms: f64 = self.parts.iter().map(|part| terms(part)).sum();
        TERM * (terms - 1.0).max(0.0) + MORE_TERMS * (terms - FEW_TERMS).max(0.0)
    }

    /// The condition in the order in which it is looked at.
    fn ordered(&self) -> Predicate {
        match self.parts.as_slice() {
            [part] => (*part).clone(),
            parts => Predicate::All(parts.iter().map(|part| (*part).clone()).collect()),
        }
    }

    fn dated(&self) -> f64 {
        self.sizes.dated(self.dates) as f64
    }

    /// How many rows of the listing these labels have within the dates: a label may have been used half as much
    /// again then as at other times.
    fn listed(&self, labels: &BTreeSet<LabelId>) -> f64 {
        let dated = self.dated();
        let share = dated / (self.sizes.all() as f64).max(1.0);
        let of = |label: &LabelId| {
            let all = self.sizes.labelled(*label) as f64;
            (all * share * UNEVEN + FEWEST).min(all).min(dated)
        };
        labels.iter().map(of).sum()
    }

    /// The sets of labels of which an article must carry one each.
    fn labels(&self) -> impl Iterator<Item = &'a BTreeSet<LabelId>> {
        self.parts.iter().filter_map(|part| match part {
            Predicate::Labelled(labels) => Some(labels),
            _ => None,
        })
    }

    /// The parts besides one set of labels; and the dates, where they are a range of what is read anyway.
    fn rest(&self, labels: Option<&BTreeSet<LabelId>>, without_dates: bool) -> Vec<&'a Predicate> {
        let mut is_left_out = false;
        let rest = self.parts.iter().filter(|part| match part {
            Predicate::Labelled(own) if Some(own) == labels && !is_left_out => {
                is_left_out = true;
                false
            }
            Predicate::Published(_) => !without_dates,
            _ => true,
        });
        rest.copied().collect()
    }

    fn in_order(&self, field: OrderField, wanted: f64, skipped: f64) -> InOrder {
        let by_date = field == OrderField::PublishedAt;
        let few = self.labels().filter(|labels| labels.len() <= MAX_RANGES);
        let driver = few.min_by(|a, b| self.listed(a).total_cmp(&self.listed(b))).filter(|_| by_date);
        let rest = self.rest(driver, by_date);
        let fulfilled = together(self.sizes, &rest).max(1e-9);
        let looked_at = lookups(self.sizes, &rest, LOOKUP);
        if let Some(labels) = driver {
            let most = self.listed(labels);
            // Each range is read until it alone could fill the page.
            let expected = (wanted / fulfilled * labels.len() as f64).min(most);
            let joined = if rest.iter().any(|part| reads_publication(part)) { ROW } else { 0.0 };
            let merged = if labels.len() > 1 { DISTINCT } else { 0.0 };
            // Where every row of a range matches, those that are skipped are found in the index alone.
            let is_range = rest.is_empty() && labels.len() == 1;
            let skipped = if is_range { 0.0 } else { ROW * skipped / expected.max(1.0) };
            let per_row = NEXT + looked_at + joined + merged + skipped;
            return InOrder {
                labels: Some(labels.clone()),
                expected,
                most,
                per_row,
                is_exact: rest.is_empty(),
            };
        }
        let most = if by_date { self.dated() } else { self.sizes.all() as f64 };
        let row = if rest.is_empty() { NEXT } else { ROW };
        InOrder {
            labels: None,
            expected: (wanted / fulfilled).min(most),
            most,
            per_row: NEXT + row + looked_at,
            is_exact: rest.is_empty(),
        }
    }

    /// The cheapest way to read everything that matches and to sort it.
    fn sorted(&self, field: OrderField) -> Option<(Driver, f64)> {
        let by_dates = (self.has_dates && field != OrderField::PublishedAt).then(|| {
            let rest = self.rest(None, true);
            (Driver::Dates, self.dated() * (NEXT + ROW + SORT + lookups(self.sizes, &rest, 0.0)))
        });
        let by_labels = self.labels().map(|labels| {
            let rest = self.rest(Some(labels), true);
            let matching = together(self.sizes, &rest);
            let first = if labels.len() > 1 { DISTINCT + ROW } else { 0.0 };
            let per_row = NEXT + first + lookups(self.sizes, &rest, 0.0) + (ROW + SORT) * matching;
            (Driver::Labels(labels.clone()), self.listed(labels) * per_row)
        });
        by_labels.chain(by_dates).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The cheapest way to count.
    fn counted(&self) -> (Counting, f64) {
        let by_dates = self.has_dates.then(|| {
            let rest = self.rest(None, true);
            let row = if rest.is_empty() { 0.0 } else { ROW };
            let cost = self.dated() * (NEXT + row + lookups(self.sizes, &rest, 0.0));
            (Counting::Over(Driver::Dates), cost)
        });
        let by_labels = self.labels().map(|labels| {
            let rest = self.rest(Some(labels), true);
            let distinct = if labels.len() > 1 { DISTINCT } else { 0.0 };
            let joined = if rest.iter().any(|part| reads_publication(part)) { ROW } else { 0.0 };
            let rows = self.listed(labels);
            let cost = rows * (NEXT + distinct + joined + lookups(self.sizes, &rest, 0.0));
            (Counting::Over(Driver::Labels(labels.clone())), cost)
        });
        let cheapest = by_labels.chain(by_dates).min_by(|a, b| a.1.total_cmp(&b.1));
        let scanned = self.scanned();
        cheapest.filter(|(_, cost)| *cost < scanned).unwrap_or((Counting::Scan, scanned))
    }

    fn scanned(&self) -> f64 {
        self.sizes.all() as f64 * (NEXT + ROW + lookups(self.sizes, &self.parts, 0.0))
    }
}

/// How many articles in how many are expected to fulfil a condition.
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
        Predicate::Published(range) => sizes.dated(Dates::of(range)) as f64 / all,
        Predicate::InLocale(_) | Predicate::Updated(_) => UNKNOWN_SHARE,
        Predicate::NotEnded(_) => 1.0,
    }
}

fn together(sizes: &Sizes, parts: &[&Predicate]) -> f64 {
    parts.iter().map(|part| share(sizes, part)).product()
}

/// How many rows are expected to be looked up to see whether one article fulfils all of these, and what each look-up costs
/// besides.
fn lookups(sizes: &Sizes, parts: &[&Predicate], each: f64) -> f64 {
    let mut reached = 1.0;
    let mut lookups = 0.0;
    for part in parts {
        lookups += reached * lookups_of(sizes, part, each);
        reached *= share(sizes, part);
    }
    lookups
}

fn lookups_of(sizes: &Sizes, predicate: &Predicate, each: f64) -> f64 {
    match predicate {
        Predicate::All(parts) => lookups(sizes, &parts.iter().collect::<Vec<_>>(), each),
        Predicate::Any(parts) => parts.iter().map(|part| lookups_of(sizes, part, each)).sum(),
        Predicate::Not(inner) => lookups_of(sizes, inner, each),
        Predicate::Labelled(labels) => labels.len() as f64 * ROW + each,
        Predicate::Published(_) | Predicate::Updated(_) | Predicate::InLocale(_) => 0.05,
        Predicate::NotEnded(_) => 0.3,
    }
}

/// How many labels a condition names.
fn terms(predicate: &Predicate) -> f64 {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().map(terms).sum(),
        Predicate::Not(inner) => terms(inner),
        Predicate::Labelled(labels) => labels.len() as f64,
        Predicate::Published(_) | Predicate::Updated(_) | Predicate::InLocale(_) | Predicate::NotEnded(_) => {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Direction, InstantRange, Locale, Timestamp};
    use uuid::Uuid;

    use super::*;

    /// How much a request may cost when nothing else is said.
    const MAXIMUM: u64 = 200_000;
    const DAY: i64 = 86_400_000_000;

    fn label(n: u128) -> LabelId {
        LabelId(Uuid::from_u128(n))
    }

    fn set(labels: impl IntoIterator<Item = u128>) -> Predicate {
        Predicate::Labelled(labels.into_iter().map(label).collect())
    }

    /// A million articles over five years. The n-th of two hundred tags is carried by one article in n + 1; topics and
    /// authors from 1000 on have 120,000 and 30,000 each.
    fn million() -> Sizes {
        let tags = (1..=200).map(|n| (label(n), 1_000_000 / (n as i64 + 1)));
        let others =
            (1_000..1_012).map(|n| (label(n), 120_000)).chain((2_000..2_050).map(|n| (label(n), 30_000)));
        Sizes::new(tags.chain(others), (18_900..20_726).map(|day| (day, 548)))
    }

    fn dates(days: i64) -> Predicate {
        let at = |day: i64| Timestamp::from_microsecond(day * DAY + 1_000).unwrap();
        let range =
            InstantRange { gte: Some(at(19_500)), lt: Some(at(19_500 + days)), ..InstantRange::default() };
        Predicate::Published(range)
    }

    fn orders() -> impl Iterator<Item = ArticleOrder> {
        [OrderField::PublishedAt, OrderField::UpdatedAt, OrderField::Title].into_iter().flat_map(|field| {
            [Direction::Asc, Direction::Desc].map(|direction| ArticleOrder { field, direction })
        })
    }

    fn page(limit: usize) -> Span {
        Span { after: None, before: None, limit, backward: false, offset: 0 }
    }

    #[test]
    fn pages_of_three_labels_and_a_range_of_dates_are_affordable_at_a_million() {
        let sizes = million();
        let candidates = [1, 2, 5, 8, 20, 200, 1_000, 2_000];
        let ranges = [None, Some(1), Some(30), Some(365), Some(1_200)];
        let mut dearest = 0;
        let pairs = candidates.iter().flat_map(|a| candidates.map(|b| (*a, b)));
        for ((a, b), c) in pairs.flat_map(|pair| candidates.map(|c| (pair, c))) {
            for range in ranges {
                let within = || range.map(dates).into_iter();
                let all =
                    Predicate::All(vec![set([a]), set([b]), set([c])].into_iter().chain(within()).collect());
                let any = Predicate::All([set([a, b, c])].into_iter().chain(within()).collect());
                let none = Predicate::Not(Box::new(set([a, b, c])));
                let none = Predicate::All([none].into_iter().chain(within()).collect());
                for predicate in [all.simplify(), any.simplify(), none.simplify()] {
                    for order in orders() {
                        let plan = PagePlan::of(&sizes, &predicate, order, &page(100));
                        dearest = dearest.max(plan.cost());
                        assert!(plan.cost() <= MAXIMUM, "{a} {b} {c} {range:?} {order:?}: {plan:?}");
                    }
                }
            }
        }
        assert!(dearest > 10_000, "{dearest}");
    }

    #[test]
    fn known_counts_are_affordable_two_dozen_times_at_a_million() {
        let sizes = million();
        for predicate in
            [Predicate::TRUE, Predicate::FALSE, set([1]), set([1_000]), dates(1), dates(365), dates(1_800)]
        {
            let plan = CountPlan::of(&sizes, &predicate);
            assert!(24 * plan.cost() <= MAXIMUM, "{plan:?}");
            let complement = CountPlan::of(&sizes, &Predicate::Not(Box::new(predicate)));
            assert!(24 * complement.cost() <= MAXIMUM, "{complement:?}");
        }
    }

    #[test]
    fn counts_of_many_terms_are_not_affordable_at_a_million() {
        let sizes = million();
        let locale = || Predicate::InLocale("de".parse::<Locale>().unwrap());
        let tags = || Predicate::Not(Box::new(set(1..=60)));
        for predicate in [
            tags(),
            Predicate::Any(vec![set([1, 2]), dates(9), locale()]),
            Predicate::All(vec![tags(), locale()]),
        ] {
            let plan = CountPlan::of(&sizes, &predicate);
            assert!(plan.cost() > MAXIMUM, "{plan:?}");
        }
    }

    #[test]
    fn a_page_of_dozens_of_terms_has_its_price() {
        let sizes = Sizes::new((1..=200).map(|n| (label(n), 10_000 / (n as i64 + 1))), [(19_500, 10_000)]);
        let all = |terms: u128| Predicate::All((1..=terms).map(|n| set([n])).collect());
        let order = ArticleOrder { field: OrderField::PublishedAt, direction: Direction::Desc };
        assert!(PagePlan::of(&sizes, &all(8), order, &page(100)).cost() < 5_000);
        assert!(PagePlan::of(&sizes, &all(90), order, &page(100)).cost() > 15_000);
    }

    #[test]
    fn a_page_is_given_up_for_what_is_certain_to_end() {
        let sizes = million();
        let order = ArticleOrder { field: OrderField::Title, direction: Direction::Asc };
        let plan = PagePlan::of(&sizes, &Predicate::All(vec![set([1]), set([2])]), order, &page(20));
        assert!(matches!(plan.way, Way::InOrder { labels: None, at_most: Some(_) }), "{plan:?}");
        let rare = PagePlan::of(&sizes, &Predicate::All(vec![set([1]), set([200])]), order, &page(20));
        assert_eq!(rare.way, Way::Sorted(Driver::Labels([label(200)].into())), "{rare:?}");
        let locale = Predicate::InLocale("de".parse::<Locale>().unwrap());
        let day = PagePlan::of(&sizes, &Predicate::All(vec![locale, dates(1)]), order, &page(20));
        assert_eq!(day.way, Way::Sorted(Driver::Dates), "{day:?}");
        let all = PagePlan::of(&sizes, &Predicate::TRUE, order, &page(100));
        assert!(all.otherwise.is_none() && all.cost() < 1_000, "{all:?}");
    }

    #[test]
    fn what_the_fewest_articles_fulfil_is_looked_at_first() {
        let sizes = million();
        let predicate = Predicate::All(vec![set([1]), dates(1_800), set([200])]);
        let Predicate::All(parts) = CountPlan::of(&sizes, &predicate).predicate else { panic!() };
        assert_eq!(parts[0], set([200]));
    }
}
