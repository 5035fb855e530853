//! How many articles there are: what the cost of a question is known by before it is asked.

use std::collections::HashMap;

use domain::{InstantRange, LabelId};
use sea_orm::ConnectionTrait;
use sea_orm::EntityTrait;

use crate::convert::micros;
use crate::entity::day_count;
use crate::{Publications, StoreError};

/// A day, in microseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The day of an instant in microseconds, counted from 1 January 1970 in UTC.
pub(crate) fn day(micros: i64) -> i64 {
    micros.div_euclid(DAY)
}

/// The first microsecond of a day.
pub(crate) fn start_of(day: i64) -> i64 {
    day.saturating_mul(DAY)
}

/// How many articles are live, by label and by day.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    all: u64,
    labels: HashMap<LabelId, u64>,
    /// Each day that has any, with how many there are on it and on all days before.
    days: Vec<(i64, u64)>,
}

impl Sizes {
    /// Of these counts; days are counted from 1 January 1970 in UTC.
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

    /// How many there are in all.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.all
    }

    /// How many days have any.
    pub(crate) fn days(&self) -> u64 {
        self.days.len() as u64
    }

    /// How many carry a label.
    pub(crate) fn labelled(&self, label: LabelId) -> u64 {
        self.labels.get(&label).copied().unwrap_or(0)
    }

    /// How many are dated within a range, at most: whole days are counted.
    pub(crate) fn dated(&self, dates: Dates) -> u64 {
        if dates == Dates::ALL {
            return self.all;
        }
        match dates.days() {
            Some((first, last)) => self.up_to(last) - self.up_to(first.saturating_sub(1)),
            None => 0,
        }
    }

    /// How many are dated on a day or before.
    fn up_to(&self, day: i64) -> u64 {
        let days = self.days.partition_point(|(known, _)| *known <= day);
        days.checked_sub(1).map_or(0, |last| self.days[last].1)
    }

    /// How many are dated on the two days at the edges of a range.
    pub(crate) fn dated_at_the_edges(&self, dates: Dates) -> u64 {
        let Some((first, last)) = dates.days() else { return 0 };
        let on = |day: i64| self.up_to(day) - self.up_to(day.saturating_sub(1));
        if first == last { on(first) } else { on(first) + on(last) }
    }
}

/// A range of dates, in microseconds since 1970: from the first to before the last.
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

    /// What lies in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), before: self.before.min(other.before) }
    }

    /// The days of the first and the last instant; nothing when the range is empty.
    fn days(self) -> Option<(i64, i64)> {
        (self.from < self.before).then(|| (day(self.from), day(self.before - 1)))
    }
}

impl<C: ConnectionTrait> Publications<'_, C> {
    /// How many articles are live, by label and by day.
    ///
    /// # Errors
    /// When the database refuses.
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
    fn whole_days_are_counted() {
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
