//! Instants of the clock that the servers use.

use jiff::{SignedDuration, Timestamp};

/// Returns the instant in this many milliseconds, to the microsecond, in RFC 3339.
#[expect(clippy::disallowed_methods, reason = "the server under test uses the same clock")]
pub(crate) fn ahead(milliseconds: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_millis(milliseconds);
    Timestamp::from_microsecond(at.as_microsecond()).unwrap().to_string()
}

/// Parses an instant of an answer.
#[track_caller]
pub(crate) fn instant(value: &serde_json::Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is not an instant")).parse().unwrap()
}
