//! Spans of time in flags: `90d`, `12h`, `5s`.

use std::time::Duration;

use domain::Timestamp;

/// An instant, or a span from now.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// That instant.
    At(Timestamp),
    /// So long from now.
    In(Duration),
}

/// Reads an instant, or a span from now.
pub(crate) fn when(text: &str) -> Result<When, String> {
    if let Ok(at) = text.parse() {
        return Ok(When::At(at));
    }
    span(text).map(When::In).map_err(|_| {
        "it is neither an instant like 2027-01-01T00:00:00Z nor a span like `90d` or `12h`".to_owned()
    })
}

/// Reads a span of time.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let span = match days {
        // A day has 24 hours here: there is no place whose clocks could be put forward.
        Some(days) => days.checked_mul(24 * 60 * 60).map(Duration::from_secs),
        None => text.parse::<domain::SignedDuration>().ok().and_then(|span| span.try_into().ok()),
    };
    span.ok_or_else(|| "it is not a span like `90d`, `12h` or `30m`".to_owned())
}
