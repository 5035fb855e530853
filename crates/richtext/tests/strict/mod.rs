//! A strict HTML reader that accepts only the canonical form.

const ELEMENTS: &str = "a abbr b blockquote br caption cite code dd del details dfn div dl dt em \
    figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp section \
    small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr";
const VOID: &str = "br hr img input wbr";
const ATTRIBUTES: &str = "align alt aria-label checked class colspan datetime dir disabled height href id lang \
    loading open rel rowspan scope src start title type width";

/// Panics unless the HTML is well-formed and contains no active content.
pub(crate) fn check(html: &str) {
    let mut open = Vec::new();
    let mut ids = Vec::new();
    let mut parts = html.split('<');
    let text = parts.next().unwrap_or_default();
    assert!(!text.contains('>'), "stray > in {html}");
    for part in parts {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("open tag: {part}"));
        assert!(!text.contains('>'), "stray > behind {tag} in {html}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {html}");
            continue;
        }
        let (name, rest) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
        assert!(is_word(ELEMENTS, name), "<{tag}>");
        check_attributes(name, rest, &mut ids);
        if !is_word(VOID, name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique in {html}");
}

/// Panics if the URL could execute code. Its character references must be decoded.
pub(crate) fn check_url(url: &str) {
    assert!(!url.contains(char::is_control), "{url:?}");
    let scheme = url.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((scheme, _)) = scheme.split_once(':') {
        let scheme = scheme.trim().to_lowercase();
        assert!(is_word("http https mailto tel", &scheme), "{url:?}");
    }
}

fn check_attributes<'a>(element: &str, mut rest: &'a str, ids: &mut Vec<&'a str>) {
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, value) = attribute.split_once("=\"").unwrap_or_else(|| panic!("{attribute}"));
        let (value, after) = value.split_once('"').unwrap_or_else(|| panic!("{attribute}"));
        assert!(is_word(ATTRIBUTES, name), "{name} on {element}");
        match name {
            "href" | "src" => check_url(&value.replace("&amp;", "&")),
            "id" => ids.push(value),
            "type" => assert_eq!((element, value), ("input", "checkbox")),
            _ => {}
        }
        rest = after;
    }
    assert_eq!(rest, "", "in <{element}>");
}

fn is_word(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
