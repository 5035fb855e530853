//! The prices of single operations, in units of answering one field.

/// Sending a statement and reading its answer.
pub(super) const STATEMENT: f64 = 100.0;
/// Reading the next row of an index.
pub(super) const NEXT: f64 = 0.2;
/// Reading a row that an index has found.
pub(super) const ROW: f64 = 1.0;
/// Making an article from a row, in addition to the price of an entry of a list. On SQLite, the rows of planned pages come
/// one by one from another thread.
pub(super) const ARTICLE: f64 = 6.0;
/// Finding the publication of a row of the listing.
pub(super) const JOINED: f64 = 2.0;
/// Planning one look-up of a filter, for the first [`FEW_LOOKUPS`] look-ups.
pub(super) const PLANNED: f64 = 50.0;
/// The number of look-ups up to which [`PLANNED`] applies.
pub(super) const FEW_LOOKUPS: f64 = 8.0;
/// Planning each further look-up, in addition to [`PLANNED`]. The more look-ups, the longer the database plans.
pub(super) const PLANNED_FURTHER_LOOKUP: f64 = 200.0;
/// Naming a label in a statement, each time that it is named.
pub(super) const LABEL: f64 = 20.0;
/// How often a statement may name labels to check each of several ranges. With more, another method is cheaper.
pub(super) const MAX_REPEATED_LABELS: usize = 100;
/// The number of ids of articles that cost as much to name as one label.
pub(super) const IDS_PER_LABEL: usize = 10;
/// Starting a look-up of a set of labels for one row, if few rows are read.
pub(super) const LOOKUP: f64 = 1.5;
/// The same for a set of several labels, if everything is read and sorted. For a single label, the database reads all rows
/// of the label at once.
pub(super) const SORTED_LOOKUP: f64 = 1.0;
/// Removing a row that was already found.
pub(super) const DISTINCT: f64 = 0.8;
/// Sorting one row.
pub(super) const SORT: f64 = 0.6;
/// The assumed share of articles in one language, because the real share is unknown.
pub(super) const UNKNOWN_SHARE: f64 = 0.3;
/// The smallest assumed share of articles that were updated in a range of dates. Articles may have been updated long after
/// they were published.
pub(super) const MIN_UPDATED_SHARE: f64 = 0.02;
/// The number of rows that every page may read, even if fewer are expected.
pub(super) const MIN_ROWS: f64 = 300.0;
/// The assumed maximum ratio of the use of a label in a range of dates to its average use.
pub(super) const MAX_LABEL_SKEW: f64 = 1.5;
/// The ratio of read to expected rows at which reading a page in its order is abandoned.
pub(super) const ABANDON_RATIO: f64 = 2.0;
