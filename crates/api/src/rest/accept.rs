//! Checks whether a client accepts JSON (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

use crate::weighted::weighted;

/// Whether `Accept` allows JSON. The most specific matching range decides. Without the header, everything is
/// allowed.
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::ACCEPT) {
        return true;
    }
    let fitting = weighted(headers, &header::ACCEPT).filter_map(|(range, weight)| {
        let ranges = ["*/*", "application/*", "application/json"];
        let specificity = ranges.iter().position(|known| range.eq_ignore_ascii_case(known))?;
        Some((specificity, weight > 0.0))
    });
    fitting.max().is_some_and(|(_, wanted)| wanted)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_most_specific_range_decides() {
        let accepts = |value: &'static str| {
            accepts_json(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]))
        };
        assert!(accepts_json(&HeaderMap::new()));
        for accepted in
            ["*/*", "application/*", "text/html, application/json;q=0.1", "Application/JSON; charset=utf-8"]
        {
            assert!(accepts(accepted), "{accepted}");
        }
        for refused in
            ["text/html", "application/json;q=0", "*/*, application/json; q=0.0", "", "application/xml"]
        {
            assert!(!accepts(refused), "{refused}");
        }
    }
}
