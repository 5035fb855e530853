//! Reads parameters in the query string of a URL.

use std::borrow::Cow;

use axum::http::Uri;

/// Returns the values of a parameter, in their order, however its name is encoded.
pub(crate) fn values<'a>(uri: &'a Uri, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
    // The names are compared before anything is decoded: most queries contain a long document and none of these
    // names.
    let pairs = uri.query().unwrap_or_default().split('&').filter(move |pair| is_named(pair, name));
    pairs.filter_map(|pair| form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value))
}

/// Returns the decoded names of all parameters, in their order.
pub(crate) fn names(uri: &Uri) -> impl Iterator<Item = Cow<'_, str>> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).map(|(name, _)| name)
}

fn is_named(pair: &str, name: &str) -> bool {
    let given = pair.split('=').next().unwrap_or_default();
    let decoded = || form_urlencoded::parse(given.as_bytes()).next().is_some_and(|(given, _)| given == name);
    given == name || (given.contains('%') && decoded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_however_its_name_is_encoded() {
        let uri = Uri::from_static("/x?a=1&%61=2&b=a=3&a&a=%61%20+c&ab=4&=5&&A=6");
        let found: Vec<_> = values(&uri, "a").collect();
        assert_eq!(found, ["1", "2", "", "a  c"]);
        assert_eq!(values(&Uri::from_static("/x"), "a").count(), 0);
    }
}
