//! The `Link` header (RFC 8288) with the URLs of the neighbouring pages.

use axum::http::HeaderValue;

use super::answer::Page;
use super::query_string::QueryString;

/// The parameters that select the page. All others stay the same from page to page.
const PAGING: [&str; 5] = ["first", "after", "last", "before", "offset"];

/// Returns the links of a page. `address` is the address of the list, without a query string.
pub(crate) fn links(page: &Page, address: &str, query: &QueryString<'_>) -> Option<HeaderValue> {
    let Page { before, after } = page;
    let link = |names, cursor: &String, relation| {
        format!("<{address}?{}>; rel=\"{relation}\"", beyond(query, names, cursor))
    };
    let next = after.as_ref().map(|cursor| link(["first", "after", "before"], cursor, "next"));
    let previous = before.as_ref().map(|cursor| link(["last", "before", "after"], cursor, "prev"));
    let links: Vec<_> = next.into_iter().chain(previous).collect();
    // The text is percent-encoded, so it is always a valid header.
    HeaderValue::from_str(&links.join(", ")).ok().filter(|_| !links.is_empty())
}

/// Returns the query string of the entries beyond the cursor. If this page was read in the same direction, its bound
/// on the other side is kept.
fn beyond(query: &QueryString<'_>, [size, from, bound]: [&str; 3], cursor: &str) -> String {
    let backward = query.get("last").is_some();
    let same_way = backward == (size == "last");
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.pairs.iter().filter(|(name, _)| !PAGING.contains(&name.as_ref())) {
        text.append_pair(name, value);
    }
    if let Some(given) = query.get("first").or_else(|| query.get("last")) {
        text.append_pair(size, given);
    } else if size == "last" {
        // Without a size, the list would be read from the start.
        text.append_pair(size, &domain::PageRequest::DEFAULT.to_string());
    }
    text.append_pair(from, cursor);
    if let Some(end) = query.get(bound).filter(|_| same_way) {
        text.append_pair(bound, end);
    }
    text.finish()
}
