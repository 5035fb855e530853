//! The cost of pages and counts, and the way in which they are read. Both are decided before anything is read, from the
//! number of articles of each label and each day. Apart from loading these numbers, this module is pure.
//!
//! One unit of cost is the cost of answering one field (`prices.rs`). A page is either read in its order until it is
//! full, or everything that one part of the filter matches is read and sorted, whichever should cost less. The
//! estimates assume that labels are independent of each other, which may be wrong. Therefore a page that is read in
//! its order is abandoned when it has read many more rows than expected, and is then read by the method that certainly
//! ends.

mod budget;
mod count_plan;
mod estimate;
mod page_plan;
mod prices;
mod sizes;
#[cfg(test)]
mod tests;

pub use budget::Budget;
pub(crate) use count_plan::CountMethod;
pub use count_plan::CountPlan;
pub use page_plan::PagePlan;
pub(crate) use page_plan::{Driver, PageMethod};
pub use sizes::Sizes;
pub(crate) use sizes::{DAY, Dates, day, start_of_day};

/// A cost in whole units.
fn units(cost: f64) -> u64 {
    cost.ceil() as u64
}
