//! The number of articles of each label and each day. The cost of a read is estimated from them before it is executed.

use std::collections::HashMap;

use domain::{InstantRange, LabelId};
use sea_orm::ConnectionTrait;
use sea_orm::EntityTrait;

use crate::convert::micros;
use crate::entity::day_count;
use crate::{Publications, StoreError};

/// A day, in microseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The day of an instant in microseconds. Days count from 1 January 1970 in UTC.
pub(crate) fn day(micros: i64) -> i64 {
    micros.div_euclid(DAY)
}

/// The first microsecond of a day.
pub(crate) fn start_of_day(day: i64) -> i64 {
    day.saturating_mul(DAY)
}

/// The number of live articles, by label and by day.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    all: u64,
    labels: HashMap<LabelId, u64>,
    /// The days with articles. Each has the number of articles of this day and of all days before.
    days: Vec<(i64, u64)>,
}

impl Sizes {
    /// Sizes with these counts. Days count from 1 January 1970 in UTC.
    pub fn new(
        labels: impl IntoIterator<Item = (LabelId, i64)>,
        days: impl IntoIterator<Item = (i64, i64)>,
    ) -> Self {
        let positive = |count: i64| u64::try_from(count).unwrap_or(0);
        let mut days: Vec<_> = days.into_iter().map(|(day, count)| (day, positive(count))).collect();
        days.sort_unstable();
        let mut all = 0;
        for (_, count) in &mut days {
            all += *count;
            *count = all;
        }
        Self {
            all,
            labels: labels.into_iter().map(|(label, count)| (label, positive(count))).collect(),
            days,
        }
    }

    /// The number of all articles.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.all
    }

    /// The number of days with articles.
    pub(crate) fn days(&self) -> u64 {
        self.days.len() as u64
    }

    /// The number of articles with this label.
    pub(crate) fn labelled(&self, label: LabelId) -> u64 {
        self.labels.get(&label).copied().unwrap_or(0)
    }

    /// The maximum number of articles in a range of dates. Whole days are counted.
    pub(crate) fn dated(&self, dates: Dates) -> u64 {
        if dates == Dates::ALL {
            return self.all;
        }
        match dates.days() {
            Some((first, last)) => self.up_to(last) - self.up_to(first.saturating_sub(1)),
            None => 0,
        }
    }

    /// The number of articles of this day and of all days before.
    fn up_to(&self, day: i64) -> u64 {
        let days = self.days.partition_point(|(known, _)| *known <= day);
        days.checked_sub(1).map_or(0, |last| self.days[last].1)
    }

    /// The number of articles of the first and the last day of a range.
    pub(crate) fn dated_at_the_edges(&self, dates: Dates) -> u64 {
        let Some((first, last)) = dates.days() else { return 0 };
        let on = |day: i64| self.up_to(day) - self.up_to(day.saturating_sub(1));
        if first == last { on(first) } else { on(first) + on(last) }
    }
}

/// A range of dates in microseconds since 1970. The start belongs to the range, and the end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) from: i64,
    pub(crate) before: i64,
}

impl Dates {
    /// Every date.
    pub(crate) const ALL: Self = Self { from: i64::MIN, before: i64::MAX };

    pub(crate) fn of(range: &InstantRange) -> Self {
        let InstantRange { gte, gt, lte, lt } = range;
        let from = [gte.map(micros), gt.map(|at| micros(at).saturating_add(1))];
        let before = [lt.map(micros), lte.map(|at| micros(at).saturating_add(1))];
        Self {
            from: from.into_iter().flatten().max().unwrap_or(i64::MIN),
            before: before.into_iter().flatten().min().unwrap_or(i64::MAX),
        }
    }

    /// The intersection of two ranges.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), before: self.before.min(other.before) }
    }

    /// The first and the last day. `None` if the range is empty.
    fn days(self) -> Option<(i64, i64)> {
        (self.from < self.before).then(|| (day(self.from), day(self.before - 1)))
    }
}

impl<C: ConnectionTrait> Publications<'_, C> {
    /// The number of live articles, by label and by day.
    pub async fn sizes(&self) -> Result<Sizes, StoreError> {
        let labels = self.label_counts().await?;
        let days = day_count::Entity::find().all(self.0).await?;
        Ok(Sizes::new(labels, days.into_iter().map(|row| (row.day, row.articles))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_dates_count_whole_days() {
        let sizes = Sizes::new([], [(-1, 5), (0, 7), (1, 11), (2, 13)]);
        let dates = |from, before| Dates { from, before };
        assert_eq!(sizes.all(), 36);
        assert_eq!(sizes.dated(Dates::ALL), 36);
        assert_eq!(sizes.dated(dates(-1, 1)), 12);
        assert_eq!(sizes.dated(dates(0, DAY)), 7);
        assert_eq!(sizes.dated(dates(0, DAY + 1)), 18);
        assert_eq!(sizes.dated(dates(5, 5)), 0);
        assert_eq!(sizes.dated_at_the_edges(dates(3, 2 * DAY + 1)), 20);
        assert_eq!(sizes.dated_at_the_edges(dates(3, 4)), 7);
        assert_eq!(sizes.dated_at_the_edges(Dates::ALL), 0);
    }
}
