//! What the parts of a document count towards its cost.

use domain::PageRequest;

/// Far more than a document may cost, and far from what a number can hold.
const TOO_COMPLEX: usize = 1 << 32;
/// What a statement to the database counts, for the cost of a document.
pub(crate) const STATEMENT: usize = 100;

/// How many entries a list is taken to have, for the cost of a document.
pub(crate) fn size(first: Option<i32>, last: Option<i32>) -> usize {
    let asked = first.or(last).and_then(|size| usize::try_from(size).ok());
    asked.unwrap_or(PageRequest::DEFAULT).clamp(1, PageRequest::MAX as usize)
}

/// What a list counts, for the cost of a document: its fields as often as it can be long. Cut off, as
/// what is nested deep enough would leave the range of numbers.
pub(crate) fn times(count: usize, fields: usize) -> usize {
    count.saturating_mul(fields).min(TOO_COMPLEX)
}
