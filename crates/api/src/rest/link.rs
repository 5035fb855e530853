//! The `Link` header (RFC 8288): where the pages beside this one are.

use axum::http::HeaderValue;

use super::answer::Page;
use super::query_string::QueryString;

/// What says which part of a list is meant; everything else stays from page to page.
const PAGING: [&str; 5] = ["first", "after", "last", "before", "offset"];

/// The links of a page, relative to its own address.
pub(crate) fn links(page: &Page, query: &QueryString<'_>) -> Option<HeaderValue> {
    let Page { before, after } = page;
    let next = after.as_ref().map(|cursor| link(query, ["first", "after", "before"], cursor, "next"));
    let previous = before.as_ref().map(|cursor| link(query, ["last", "before", "after"], cursor, "prev"));
    let links: Vec<_> = next.into_iter().chain(previous).collect();
    // Percent-encoded as it is, it always can be.
    HeaderValue::from_str(&links.join(", ")).ok().filter(|_| !links.is_empty())
}

/// A link: this many beyond the cursor. When the list was read in that direction already, it still ends
/// where it was told to.
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
        // Without a number, it would be read from the start.
        address.append_pair(size, &domain::PageRequest::DEFAULT.to_string());
    }
    address.append_pair(from, cursor);
    if let Some(end) = query.get(bound).filter(|_| same_way) {
        address.append_pair(bound, end);
    }
    format!("<?{}>; rel=\"{relation}\"", address.finish())
}
