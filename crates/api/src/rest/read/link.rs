//! The `Link` header (RFC 8288) with the URLs of the neighbouring pages.

use axum::http::HeaderValue;

use super::answer::Page;
use super::query_string::QueryString;

/// The parameters that select the page. All others stay the same from page to page.
const PAGING: [&str; 5] = ["first", "after", "last", "before", "offset"];

/// Returns the links of a page, relative to its own URL.
pub(crate) fn links(page: &Page, query: &QueryString<'_>) -> Option<HeaderValue> {
    let Page { before, after } = page;
    let next = after.as_ref().map(|cursor| link(query, ["first", "after", "before"], cursor, "next"));
    let previous = before.as_ref().map(|cursor| link(query, ["last", "before", "after"], cursor, "prev"));
    let links: Vec<_> = next.into_iter().chain(previous).collect();
    // The text is percent-encoded, so it is always a valid header.
    HeaderValue::from_str(&links.join(", ")).ok().filter(|_| !links.is_empty())
}

/// Returns a link to the entries beyond the cursor. If this page was read in the same direction, its bound on the
/// other side is kept.
fn link(query: &QueryString<'_>, [size, from, bound]: [&str; 3], cursor: &str, relation: &str) -> String {
    let backward = query.get("last").is_some();
    let same_way = backward == (size == "last");
    let mut address = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.pairs.iter().filter(|(name, _)| !PAGING.contains(&name.as_ref())) {
        address.append_pair(name, value);
    }
    if let Some(given) = query.get("first").or_else(|| query.get("last")) {
        address.append_pair(size, given);
    } else if size == "last" {
        // Without a size, the list would be read from the start.
        address.append_pair(size, &domain::PageRequest::DEFAULT.to_string());
    }
    address.append_pair(from, cursor);
    if let Some(end) = query.get(bound).filter(|_| same_way) {
        address.append_pair(bound, end);
    }
    format!("<?{}>; rel=\"{relation}\"", address.finish())
}
