//! The clock that the servers under test go by.

use jiff::{SignedDuration, Timestamp};

/// The instant that lies this many milliseconds ahead, to the microsecond, as RFC 3339 writes it.
#[expect(clippy::disallowed_methods, reason = "the server under test goes by the same clock")]
pub(crate) fn ahead(milliseconds: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_millis(milliseconds);
    Timestamp::from_microsecond(at.as_microsecond()).unwrap().to_string()
}

/// An instant out of an answer.
#[track_caller]
pub(crate) fn instant(value: &serde_json::Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is no instant")).parse().unwrap()
}
