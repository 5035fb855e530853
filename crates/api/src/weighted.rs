//! Parses headers with weighted preferences of a client (RFC 9110, 12.4.2 and 12.5).

use axum::http::{HeaderMap, HeaderName};

/// Returns the entries of a header with their weights, from 0 (never) to 1. An invalid weight counts as 0.
pub(crate) fn weighted<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = (&'a str, f32)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        (name, weight)
    })
}
