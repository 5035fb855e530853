//! Parses durations in flags, for example `90d`, `12h` or `5s`.

use std::time::Duration;

use domain::Timestamp;

/// An instant, or a duration from now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// An instant.
    At(Timestamp),
    /// A duration from now.
    In(Duration),
}

/// Parses an instant, or a duration from now.
pub(crate) fn when(text: &str) -> Result<When, String> {
    if let Ok(at) = text.parse() {
        return Ok(When::At(at));
    }
    duration(text).map(When::In).map_err(|_| {
        "it is neither an instant like 2027-01-01T00:00:00Z nor a duration like `90d` or `12h`".to_owned()
    })
}

/// Parses a duration.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let duration = match days {
        // Without a time zone, every day has 24 hours.
        Some(days) => days.checked_mul(24 * 60 * 60).map(Duration::from_secs),
        None => text.parse::<domain::SignedDuration>().ok().and_then(|parsed| parsed.try_into().ok()),
    };
    duration.ok_or_else(|| "it is not a duration like `90d`, `12h` or `30m`".to_owned())
}
