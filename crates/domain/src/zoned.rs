//! Instants with a time zone: an editor names a wall-clock time, which is stored as an instant and a zone.

use jiff::civil;
use jiff::fmt::temporal::{DateTimeParser, PiecesOffset};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Unit, Zoned};

/// An instant, and the time zone in which its editor named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonedInstant {
    /// The instant.
    pub at: Timestamp,
    /// The name of the zone in the IANA time zone database, or an offset like `+02:00`. `UTC` when the
    /// editor named neither.
    pub zone: String,
    /// How the wall-clock time was mapped to the instant.
    pub resolution: Resolution,
}

/// How a wall-clock time was mapped to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The mapping was unambiguous, or the offset decided.
    Exact,
    /// The clocks skip the wall-clock time when they are put forward. The instant is later by the length of the
    /// gap.
    Gap,
    /// The wall-clock time occurs twice, as the clocks are put back. The first occurrence is used.
    Overlap,
}

/// Why a text does not name an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZonedError {
    /// The text is not a date and a time.
    #[error(
        "`{given}` is not a date and a time ({reason}): write them as RFC 9557 does, like 2026-03-02T09:00:00[Europe/Berlin] or 2026-03-02T08:00:00Z"
    )]
    Malformed {
        /// The text that was parsed, cut to 100 characters.
        given: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text names neither a zone nor an offset.
    #[error(
        "`{0}` has no zone, so that it could be any hour: add one, like {0}[Europe/Berlin], or an offset, like {0}Z"
    )]
    NoZone(String),
    /// The zone does not exist.
    #[error(
        "`{0}` is not a time zone: use a name of the IANA time zone database, like Europe/Berlin or America/New_York"
    )]
    UnknownZone(String),
    /// The zone does not have the offset at that time.
    #[error(
        "`{given}`: {zone} is not at that offset then, but at {offset}: correct the offset, or leave it out"
    )]
    OtherOffset {
        /// The text that was parsed, cut to 100 characters.
        given: String,
        /// The zone.
        zone: String,
        /// The offset of the zone at that time, or both offsets where the clocks change.
        offset: String,
    },
}

/// The maximum length of a text, in bytes.
const MAX_LENGTH: usize = 100;

impl ZonedInstant {
    /// Parses a date and a time with a zone, an offset, or both, in the format of RFC 9557:
    /// `2026-03-02T09:00:00[Europe/Berlin]`, `2026-03-02T09:00:00+01:00`,
    /// `2026-03-02T09:00:00+01:00[Europe/Berlin]`. With both `Z` and a zone, `Z` determines the instant,
    /// and the zone is only for display.
    ///
    /// The time zone database is the one that is compiled into the program, not the machine's.
    ///
    /// # Errors
    /// [`ZonedError`] when the text does not name an instant.
    pub fn parse(text: &str) -> Result<Self, ZonedError> {
        let shown: String = text.chars().take(MAX_LENGTH).collect();
        let malformed = |reason: String| ZonedError::Malformed { given: shown.clone(), reason };
        if text.len() > MAX_LENGTH {
            return Err(malformed(format!("it is longer than {MAX_LENGTH} characters")));
        }
        let pieces =
            DateTimeParser::new().parse_pieces(text).map_err(|error| malformed(error.to_string()))?;
        let time = pieces.time().ok_or_else(|| malformed("the time of day is missing".to_owned()))?;
        let local = civil::DateTime::from_parts(pieces.date(), time);
        // RFC 9557 writes offsets in whole minutes, so an offset with seconds could not be displayed.
        let fixed = |offset: Offset| match offset.seconds() % 60 {
            0 => Ok(TimeZone::fixed(offset)),
            _ => Err(malformed("an offset has hours and minutes, and no seconds".to_owned())),
        };
        let zone = pieces.time_zone_annotation().map(|annotation| match annotation.kind() {
            jiff::fmt::temporal::TimeZoneAnnotationKind::Named(name) => {
                let zone = TimeZoneDatabase::bundled().get(name.as_str());
                zone.map_err(|_| ZonedError::UnknownZone(name.as_str().to_owned()))
            }
            jiff::fmt::temporal::TimeZoneAnnotationKind::Offset(offset) => fixed(*offset),
            _ => Err(malformed("its zone is of an unknown kind".to_owned())),
        });
        let out_of_range = |error: jiff::Error| malformed(error.to_string());
        match (pieces.offset(), zone.transpose()?) {
            (None, None) => Err(ZonedError::NoZone(shown)),
            (Some(offset), zone) => {
                let numeric = match offset {
                    PiecesOffset::Zulu => Offset::UTC,
                    PiecesOffset::Numeric(numeric) => numeric.offset(),
                    _ => return Err(malformed("its offset is of an unknown kind".to_owned())),
                };
                let instant =
                    |offset: Offset| offset.to_timestamp(local).map(crate::truncate).map_err(out_of_range);
                let at = instant(numeric)?;
                let zone = zone.map_or_else(|| fixed(numeric), Ok)?;
                // `Z` says nothing about the zone. Any other offset must be the offset of the zone.
                if offset != PiecesOffset::Zulu && zone.to_offset(at) != numeric {
                    if let Some(meant) = unrounded(&zone, local, numeric) {
                        let at = instant(meant)?;
                        return Ok(Self { at, zone: name(&zone), resolution: Resolution::Exact });
                    }
                    let offset = match zone.to_ambiguous_timestamp(local).offset() {
                        AmbiguousOffset::Unambiguous { offset } => offset.to_string(),
                        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                            format!("{before} or {after}")
                        }
                    };
                    return Err(ZonedError::OtherOffset { given: shown, zone: name(&zone), offset });
                }
                Ok(Self { at, zone: name(&zone), resolution: Resolution::Exact })
            }
            (None, Some(zone)) => {
                let ambiguous = zone.to_ambiguous_timestamp(local);
                let resolution = match ambiguous.offset() {
                    AmbiguousOffset::Unambiguous { .. } => Resolution::Exact,
                    AmbiguousOffset::Gap { .. } => Resolution::Gap,
                    AmbiguousOffset::Fold { .. } => Resolution::Overlap,
                };
                // RFC 5545, section 3.3.5: shift forward in a gap, use the first occurrence in an overlap.
                let at = crate::truncate(ambiguous.compatible().map_err(out_of_range)?);
                Ok(Self { at, zone: name(&zone), resolution })
            }
        }
    }

    /// Makes an instant in UTC, for when no zone was named.
    #[must_use]
    pub fn utc(at: Timestamp) -> Self {
        Self { at, zone: "UTC".to_owned(), resolution: Resolution::Exact }
    }

    /// Returns the wall-clock time in the zone, in the format of RFC 9557.
    #[must_use]
    pub fn local(&self) -> String {
        self.zoned().to_string()
    }

    /// Returns a note for the editor when the clocks change at that time; `None` when the mapping was exact.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let zoned = self.zoned();
        let local = zoned.strftime("%Y-%m-%d %H:%M");
        match self.resolution {
            Resolution::Exact => None,
            Resolution::Gap => Some(format!(
                "The clocks in {} skip the named time, as they are put forward then: {local} is used instead.",
                self.zone
            )),
            Resolution::Overlap => Some(format!(
                "The named time occurs twice in {}, as the clocks are put back then: the first {local}, at {}, is used; add the offset to choose.",
                self.zone,
                zoned.offset()
            )),
        }
    }

    fn zoned(&self) -> Zoned {
        let zone = TimeZoneDatabase::bundled().get(&self.zone).unwrap_or_else(|_| {
            let offset = self.zone.parse::<OffsetText>().map_or(Offset::UTC, |text| text.0);
            TimeZone::fixed(offset)
        });
        self.at.to_zoned(zone)
    }
}

/// Returns the exact offset of the zone at a wall-clock time whose offset, rounded to minutes, is `written`. RFC 9557
/// writes offsets in minutes, but before standard time the offsets of zones had seconds.
fn unrounded(zone: &TimeZone, local: civil::DateTime, written: Offset) -> Option<Offset> {
    let is_meant = |offset: &Offset| offset.round(Unit::Minute).is_ok_and(|rounded| rounded == written);
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some(offset).filter(is_meant),
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Fold { before, after } => [before, after].into_iter().find(is_meant),
    }
}

/// An offset in the format of [`name`].
struct OffsetText(Offset);

impl std::str::FromStr for OffsetText {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = format!("2000-01-01T00:00{text}");
        let pieces = DateTimeParser::new().parse_pieces(&text).map_err(|_| ())?;
        pieces.to_numeric_offset().map(Self).ok_or(())
    }
}

fn name(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(offset)) if offset != Offset::UTC => {
            Timestamp::UNIX_EPOCH.to_zoned(zone.clone()).strftime("%:z").to_string()
        }
        (None, _) => "UTC".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> (String, String, Resolution) {
        let ZonedInstant { at, zone, resolution } = ZonedInstant::parse(text).unwrap();
        (at.to_string(), zone, resolution)
    }

    #[test]
    fn a_zone_or_an_offset_or_both_determine_the_instant() {
        for (text, at, zone) in [
            ("2026-03-02T09:00:00[Europe/Berlin]", "2026-03-02T08:00:00Z", "Europe/Berlin"),
            ("2026-03-02T09:00:00+01:00[Europe/Berlin]", "2026-03-02T08:00:00Z", "Europe/Berlin"),
            ("2026-03-02T08:00:00Z[Europe/Berlin]", "2026-03-02T08:00:00Z", "Europe/Berlin"),
            ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", "UTC"),
            ("2026-03-02T09:00+01:00", "2026-03-02T08:00:00Z", "+01:00"),
            ("2026-07-01T09:00[america/new_york]", "2026-07-01T13:00:00Z", "America/New_York"),
        ] {
            assert_eq!(parsed(text), (at.to_owned(), zone.to_owned(), Resolution::Exact), "{text}");
        }
    }

    #[test]
    fn an_offset_with_seconds_is_written_in_minutes_and_parses_again() {
        let early = ZonedInstant::parse("1890-01-01T00:00[Europe/Amsterdam]").unwrap();
        assert_eq!(early.at.to_string(), "1889-12-31T23:42:30Z");
        assert_eq!(early.local(), "1890-01-01T00:00:00+00:18[Europe/Amsterdam]");
        assert_eq!(ZonedInstant::parse(&early.local()).unwrap(), early);
        assert!(ZonedInstant::parse("1890-01-01T00:00:00+00:19[Europe/Amsterdam]").is_err());
    }

    #[test]
    fn a_time_in_a_gap_moves_forward_and_in_an_overlap_the_first_is_used() {
        let gap = ZonedInstant::parse("2026-03-29T02:30[Europe/Berlin]").unwrap();
        assert_eq!((gap.at.to_string().as_str(), gap.resolution), ("2026-03-29T01:30:00Z", Resolution::Gap));
        assert_eq!(gap.local(), "2026-03-29T03:30:00+02:00[Europe/Berlin]");
        assert!(gap.note().unwrap().contains("2026-03-29 03:30"), "{gap:?}");
        let twice = ZonedInstant::parse("2026-10-25T02:30[Europe/Berlin]").unwrap();
        assert_eq!(twice.at.to_string(), "2026-10-25T00:30:00Z");
        assert_eq!(twice.resolution, Resolution::Overlap);
        let second = parsed("2026-10-25T02:30+01:00[Europe/Berlin]");
        assert_eq!((second.0.as_str(), second.2), ("2026-10-25T01:30:00Z", Resolution::Exact));
    }

    #[test]
    fn the_error_for_a_text_without_an_instant_names_the_reason() {
        for (text, part) in [
            ("2026-03-02T09:00:00", "has no zone"),
            ("2026-03-02", "the time of day is missing"),
            ("2026-03-02T09:00[Europe/Atlantis]", "`Europe/Atlantis` is not a time zone"),
            ("2026-03-02T09:00+23:59:59", "an offset has hours and minutes, and no seconds"),
            ("2026-03-02T09:00+05:00[Europe/Berlin]", "Europe/Berlin is not at that offset then, but at +01"),
            ("tomorrow", "is not a date and a time"),
            ("", "is not a date and a time"),
        ] {
            let error = ZonedInstant::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text: String, tail in "[-0-9T:+Z\\[\\]/a-zA-Z]{0,40}") {
            let _ = ZonedInstant::parse(&text);
            let _ = ZonedInstant::parse(&format!("2026-03-02T09:00{tail}"));
        }

        #[test]
        fn the_local_time_parses_to_the_same_instant(micros in 0i64..200_000_000_000_000_000, hours in -12i32..14) {
            let at = Timestamp::from_microsecond(micros).unwrap();
            for zone in ["Europe/Berlin".to_owned(), "America/New_York".to_owned(), name(&TimeZone::fixed(jiff::tz::offset(hours as i8)))] {
                let instant = ZonedInstant { at, zone, resolution: Resolution::Exact };
                prop_assert_eq!(ZonedInstant::parse(&instant.local()).map(|read| read.at), Ok(at));
            }
        }
    }
}
