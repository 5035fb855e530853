//! How a page is read.

use std::collections::BTreeSet;

use domain::{ArticleId, ArticleOrder, LabelId, Predicate, Span};

use super::estimate::{FilterEstimate, InOrderEstimate};
use super::prices::{ABANDON_RATIO, ARTICLE, MIN_ROWS, NEXT, STATEMENT};
use super::{Sizes, units};

/// The part of the filter that drives the read: only the rows that it matches are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Driver {
    /// The ranges of these labels in the listing.
    Labels(BTreeSet<LabelId>),
    /// The publications of these articles.
    Articles(BTreeSet<ArticleId>),
    /// The range of dates of the condition.
    Dates,
}

/// The method of reading a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageMethod {
    /// Reads in the order of the page until it is full.
    InOrder {
        /// The labels whose ranges of the listing are read; all publications if this is `None`.
        labels: Option<BTreeSet<LabelId>>,
        /// The number of rows after which the method is abandoned.
        at_most: Option<u64>,
    },
    /// Reads everything that the driver matches, and sorts it.
    Sorted(Driver),
}

/// The plan for a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PagePlan {
    /// The condition. The part that the fewest articles fulfil comes first.
    pub(crate) predicate: Predicate,
    pub(crate) method: PageMethod,
    cost: f64,
    /// The method and its cost, if the first method is abandoned.
    pub(crate) fallback: Option<(PageMethod, u64)>,
}

impl PagePlan {
    /// Plans a page.
    #[must_use]
    pub fn of(sizes: &Sizes, predicate: &Predicate, order: ArticleOrder, span: &Span) -> Self {
        let filter = FilterEstimate::new(sizes, predicate);
        let wanted = (span.limit + 1 + span.offset) as f64;
        let base = STATEMENT + ARTICLE * (span.limit + 1) as f64 + filter.planning();
        let in_order = filter.in_order(order.field, wanted, span.offset as f64);
        let sorted = filter.sorted(order.field).map(|(driver, cost)| (PageMethod::Sorted(driver), cost));
        let InOrderEstimate { labels, expected, most, per_row, planning, is_exact } = in_order;
        let predicate = filter.ordered();
        let all = PageMethod::InOrder { labels: labels.clone(), at_most: None };
        let rows = if is_exact { expected } else { (expected * ABANDON_RATIO).max(MIN_ROWS).ceil() };
        let is_certain = is_exact || rows >= most;
        let cost = planning + per_row * rows.min(most);
        let (fallback, certain) = match sorted {
            Some((method, certain)) if certain <= cost => {
                return Self { predicate, method, cost: base + certain, fallback: None };
            }
            Some((method, certain)) if certain < planning + per_row * most => (method, certain),
            _ => (all.clone(), planning + per_row * most),
        };
        if is_certain {
            return Self { predicate, method: all, cost: base + cost, fallback: None };
        }
        Self {
            predicate,
            method: PageMethod::InOrder { labels, at_most: Some(rows as u64) },
            // Another statement finds the row at which the method is abandoned.
            cost: base + STATEMENT + cost + NEXT * rows,
            fallback: Some((fallback, units(base + certain))),
        }
    }

    /// The maximum cost of the first method.
    #[must_use]
    pub fn cost(&self) -> u64 {
        units(self.cost)
    }
}
