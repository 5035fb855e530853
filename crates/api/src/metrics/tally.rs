//! Counts answers in atomic integers, without any look-up, because even the cheapest answer is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use super::CacheState;

/// The statuses with a count of their own. Any other status counts as the first of its hundred.
const STATUSES: [u16; 31] = [
    100, 200, 201, 202, 204, 206, 300, 301, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410,
    412, 413, 415, 422, 429, 431, 500, 501, 503, 504,
];

/// The number of answers by cache state and status.
#[derive(Debug)]
pub(super) struct Tally([[AtomicU64; STATUSES.len()]; CacheState::ALL.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self(std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))))
    }
}

impl Tally {
    pub(super) fn count(&self, status: StatusCode, cache: CacheState) {
        let status = status.as_u16();
        let place = STATUSES.binary_search(&status);
        let place = place.or_else(|_| STATUSES.binary_search(&(status / 100 * 100))).unwrap_or_default();
        self.0[cache as usize][place].fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the counts that are not zero.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u16, CacheState, u64)> {
        self.0
            .iter()
            .zip(CacheState::ALL)
            .flat_map(|(counts, cache)| {
                let counts = counts.iter().zip(STATUSES);
                counts.map(move |(count, status)| (status, cache, count.load(Ordering::Relaxed)))
            })
            .filter(|(_, _, count)| *count > 0)
    }
}

/// The upper bounds of the duration buckets in microseconds, from the time of a cached answer to the maximum.
const BOUNDS: [u64; 15] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// A histogram of durations.
#[derive(Debug)]
pub(super) struct Durations {
    /// One count for each bound, and one for longer durations.
    counts: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: std::array::from_fn(|_| AtomicU64::new(0)), microseconds: AtomicU64::new(0) }
    }
}

impl Durations {
    pub(super) fn count(&self, duration: Duration) {
        let microseconds = micros(duration);
        let place = BOUNDS.partition_point(|bound| *bound < microseconds);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Returns the sum in seconds, the count, and the counts by upper bound in seconds.
    pub(super) fn totals(&self) -> (f64, u64, Vec<(f64, u64)>) {
        let bounds = BOUNDS.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        (seconds(self.microseconds.load(Ordering::Relaxed)), count, buckets)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of durations need not be exact to the microsecond")]
fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

/// Returns a duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_counted_by_cache_state() {
        let tally = Tally::default();
        for (status, cache) in [
            (200, CacheState::Hit),
            (200, CacheState::Hit),
            (200, CacheState::Miss),
            (418, CacheState::Bypass),
        ] {
            tally.count(StatusCode::from_u16(status).unwrap(), cache);
        }
        let counts: Vec<_> = tally.counts().collect();
        assert_eq!(
            counts,
            [(200, CacheState::Hit, 2), (200, CacheState::Miss, 1), (400, CacheState::Bypass, 1)]
        );
        assert!(STATUSES.is_sorted());
    }

    #[test]
    fn durations_count_in_the_bucket_of_their_bound() {
        let durations = Durations::default();
        for micros in [10, 50, 51, 40_000_000] {
            durations.count(Duration::from_micros(micros));
        }
        let (sum, count, buckets) = durations.totals();
        assert!((sum - 40.000_111).abs() < 1e-9 && count == 4);
        assert_eq!((buckets[0].1, buckets[1].1, buckets[BOUNDS.len()].1), (2, 1, 1));
    }
}
