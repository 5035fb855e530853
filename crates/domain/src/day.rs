//! Days of the calendar as bounds of ranges of time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::InstantRange;

/// A bound of a range of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeBound {
    /// An instant.
    Instant(Timestamp),
    /// A whole day, from its first to its last instant.
    Day(Date),
}

/// The bounds of a range of time. Without a bound, the range is open at that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeBounds {
    /// At or after.
    pub gte: Option<TimeBound>,
    /// After.
    pub gt: Option<TimeBound>,
    /// At or before.
    pub lte: Option<TimeBound>,
    /// Before.
    pub lt: Option<TimeBound>,
}

impl TimeBounds {
    /// Returns the range of instants. A day is a day in this zone: `gte` and `lte` include all of it, `gt` and `lt` none
    /// of it.
    #[must_use]
    pub fn within(self, zone: &TimeZone) -> InstantRange {
        let Self { gte, gt, lte, lt } = self;
        let mut range = InstantRange::default();
        match gte {
            Some(TimeBound::Instant(at)) => range.gte = Some(at),
            Some(TimeBound::Day(day)) => range.gte = Some(start(day, zone)),
            None => {}
        }
        match gt {
            Some(TimeBound::Instant(at)) => range.gt = Some(at),
            Some(TimeBound::Day(day)) => range.gte = range.gte.max(Some(end(day, zone))),
            None => {}
        }
        match lt {
            Some(TimeBound::Instant(at)) => range.lt = Some(at),
            Some(TimeBound::Day(day)) => range.lt = Some(start(day, zone)),
            None => {}
        }
        match lte {
            Some(TimeBound::Instant(at)) => range.lte = Some(at),
            Some(TimeBound::Day(day)) => {
                let end = end(day, zone);
                range.lt = Some(range.lt.map_or(end, |lt| lt.min(end)));
            }
            None => {}
        }
        range
    }
}

/// Parses a date without a time, for example `2024-02-23`. Returns `None` if the text is not one.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let has_form = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    text.parse().ok().filter(|_| has_form)
}

/// Returns the time zone with this name in the IANA time zone database that is compiled into the program.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Returns the first instant of a day. Where the clocks skip midnight, this is the first instant after the gap.
fn start(day: Date, zone: &TimeZone) -> Timestamp {
    let at_the_limit = if day.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    day.to_zoned(zone.clone()).map_or(at_the_limit, |start| start.timestamp())
}

/// Returns the first instant after a day.
fn end(day: Date, zone: &TimeZone) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, |next| start(next, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<TimeBound> {
        Some(TimeBound::Day(parse_date(text).unwrap()))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_a_day_of_the_zone() {
        let berlin = time_zone("Europe/Berlin").unwrap();
        // The clocks are put forward on 31 March 2024, so the day has 23 hours.
        let (start, end) = (at("2024-03-30T23:00:00Z"), at("2024-03-31T22:00:00Z"));
        let bounds = |bounds: TimeBounds| bounds.within(&berlin);
        let none = TimeBounds::default();
        let spring = day("2024-03-31");
        let open = InstantRange::default();
        assert_eq!(bounds(TimeBounds { gte: spring, ..none }), InstantRange { gte: Some(start), ..open });
        assert_eq!(bounds(TimeBounds { gt: spring, ..none }), InstantRange { gte: Some(end), ..open });
        assert_eq!(bounds(TimeBounds { lt: spring, ..none }), InstantRange { lt: Some(start), ..open });
        assert_eq!(bounds(TimeBounds { lte: spring, ..none }), InstantRange { lt: Some(end), ..open });
        // Bounds of both kinds together: the narrower one decides.
        let both = bounds(TimeBounds {
            gte: Some(TimeBound::Instant(at("2020-01-01T00:00:00Z"))),
            gt: day("2024-03-30"),
            lt: day("2024-05-01"),
            lte: spring,
        });
        assert_eq!(both, InstantRange { gte: Some(start), lt: Some(end), ..open });
    }

    #[test]
    fn midnight_can_be_skipped() {
        // In Beirut, the clocks go from 0:00 to 1:00 on 31 March 2024.
        let zone = time_zone("Asia/Beirut").unwrap();
        let range = TimeBounds { gte: day("2024-03-31"), ..TimeBounds::default() }.within(&zone);
        assert_eq!(range.gte, Some(at("2024-03-30T22:00:00Z")));
    }

    #[test]
    fn the_first_and_the_last_day_have_bounds() {
        let bounds = TimeBounds { gte: day("0000-01-01"), lte: day("9999-12-31"), ..TimeBounds::default() };
        let range = bounds.within(&TimeZone::UTC);
        assert!(range.gte < range.lt, "{range:?}");
    }

    #[test]
    fn a_date_has_one_form() {
        for text in [
            "2024-1-1",
            "20240101",
            "2024-02-30",
            "2024-01-01T00:00:00",
            "24-01-01",
            "+002024-01-01",
            "",
            "2024-01-é",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert!(parse_date("2024-02-29").is_some());
        assert!(time_zone("Mars/Olympus").is_none());
    }
}
