//! How matching articles are counted.

use domain::{LabelId, Predicate};

use super::estimate::FilterEstimate;
use super::prices::{NEXT, STATEMENT};
use super::{Dates, Driver, Sizes, units};

/// The method of counting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CountMethod {
    /// No article matches.
    Nothing,
    /// All articles match, and their number is known.
    All,
    /// All articles of one label match, and their number is known.
    Label(LabelId),
    /// All articles of a range of dates match, and the number for each day is known.
    Dated,
    /// Reads what the driver matches, and checks the rest of the condition.
    Over(Driver),
    /// Reads all publications.
    Scan,
    /// Counts the articles that do not match, and subtracts their number from that of all.
    Complement(Box<CountPlan>),
}

/// The plan for a count.
#[derive(Debug, Clone, PartialEq)]
pub struct CountPlan {
    pub(crate) predicate: Predicate,
    pub(crate) method: CountMethod,
    cost: f64,
}

impl CountPlan {
    /// Plans a count.
    #[must_use]
    pub fn of(sizes: &Sizes, predicate: &Predicate) -> Self {
        let filter = FilterEstimate::new(sizes, predicate);
        let (method, cost) = match predicate {
            Predicate::Any(parts) if parts.is_empty() => (CountMethod::Nothing, 0.0),
            Predicate::All(parts) if parts.is_empty() => (CountMethod::All, NEXT * sizes.days() as f64),
            Predicate::Labelled(labels) if labels.len() == 1 => match labels.first() {
                Some(label) => (CountMethod::Label(*label), 0.0),
                None => (CountMethod::Nothing, 0.0),
            },
            Predicate::Published(range) => {
                let edges = sizes.dated_at_the_edges(Dates::of(range));
                (CountMethod::Dated, NEXT * (sizes.days() + edges) as f64)
            }
            Predicate::Not(inner) => {
                let inner = Self::of(sizes, inner);
                let scan = filter.scan_cost();
                if inner.cost < scan {
                    let cost = inner.cost + NEXT * sizes.days() as f64 + STATEMENT;
                    (CountMethod::Complement(Box::new(inner)), cost)
                } else {
                    (CountMethod::Scan, scan + filter.planning())
                }
            }
            _ => {
                let (method, cost) = filter.count_method();
                (method, cost + filter.planning())
            }
        };
        Self { predicate: filter.ordered(), method, cost: STATEMENT + cost }
    }

    /// The maximum cost.
    #[must_use]
    pub fn cost(&self) -> u64 {
        units(self.cost)
    }
}
