//! Statistics: medians, percentiles and ranges.

use std::time::Duration;

use serde::Serialize;

/// The median, minimum and maximum of several passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Summary {
    /// Summarises one value per pass. `None` when no value is finite.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(Self { median: middle(&values)?, least: *values.first()?, most: *values.last()? })
    }

    /// Summarises the ratios of corresponding values of two series.
    pub(crate) fn of_ratios(of: &[f64], to: &[f64]) -> Option<Self> {
        Self::of(of.iter().zip(to).map(|(of, to)| of / to))
    }
}

/// The median of sorted values. If their number is even, it is the mean of the two in the middle.
fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = sorted.get(half)?;
    let even = sorted.len().is_multiple_of(2);
    Some(if even { f64::midpoint(sorted[half - 1], *upper) } else { *upper })
}

/// Returns a quantile of sorted values: this part of them does not exceed it.
pub(crate) fn quantile<T: Copy>(sorted: &[T], part: f64) -> Option<T> {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Formats a number with about two significant digits.
pub(crate) fn digits(value: f64) -> String {
    match value {
        value if value < 0.95 => format!("{value:.2}"),
        value if value < 9.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// Like [`digits`], without a zero after the decimal point.
pub(crate) fn rounded(value: f64) -> String {
    let digits = digits(value);
    digits.strip_suffix(".0").map(str::to_owned).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        let values: Vec<u32> = (1..=100).collect();
        assert_eq!(quantile(&values, 0.5), Some(50));
        assert_eq!(quantile(&values, 0.99), Some(99));
        assert_eq!(quantile::<u32>(&[], 0.5), None);
    }

    #[test]
    fn passes_are_summarised_by_their_median() {
        assert_eq!(Summary::of([3.0, 1.0, 2.0]), Some(Summary { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(Summary::of([3.0, f64::NAN, 1.0]), Some(Summary { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(Summary::of([]), None);
        assert_eq!(Summary::of_ratios(&[4.0, 9.0], &[2.0, 3.0]).map(|seen| seen.median), Some(2.5));
    }

    #[test]
    fn numbers_have_about_two_significant_digits() {
        assert_eq!([0.123, 1.26, 45.6].map(digits), ["0.12", "1.3", "46"]);
        assert_eq!([5.0, 5.2].map(rounded), ["5", "5.2"]);
    }
}
