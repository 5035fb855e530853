//! Whether a client takes JSON (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

/// Whether `Accept` lets JSON pass. The most specific range that fits decides; one who says nothing
/// takes anything.
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let fitting = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let specificity = match parts.next()?.as_str() {
            "application/json" => 2,
            "application/*" => 1,
            "*/*" => 0,
            _ => return None,
        };
        let quality = parts.find_map(|parameter| parameter.strip_prefix("q=").map(str::to_owned));
        let wanted = quality.is_none_or(|quality| quality.trim().parse::<f32>().is_ok_and(|q| q > 0.0));
        Some((specificity, wanted))
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
