//! What HTML may pass, as a policy for the sanitiser. The policy is closed under itself: what it
//! lets through, it lets through again unchanged.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::elements::{ELEMENTS, EVERYWHERE, Kind};
use crate::urls::{Place, allowed};

/// The HTML with nothing in it but what the policy allows, as a browser would read it, in the
/// [canonical serialisation](https://html.spec.whatwg.org/#serialising-html-fragments).
pub(crate) fn sanitised(html: &str) -> String {
    static POLICY: LazyLock<Builder<'static>> = LazyLock::new(policy);
    POLICY.clean(html).to_string()
}

fn policy() -> Builder<'static> {
    let (hidden, shown): (Vec<_>, Vec<_>) = ELEMENTS.iter().partition(|element| element.kind == Kind::Hidden);
    let attributes: HashMap<_, HashSet<_>> =
        shown.iter().map(|element| (element.name, element.attributes.iter().copied().collect())).collect();
    let mut policy = Builder::empty();
    policy
        .tags(shown.iter().map(|element| element.name).collect())
        .clean_content_tags(hidden.iter().map(|element| element.name).collect())
        .tag_attributes(attributes)
        .generic_attributes(EVERYWHERE.iter().copied().collect())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(attribute_value);
    policy
}

/// The value that an attribute may have there; `None` drops the attribute.
fn attribute_value<'a>(element: &str, attribute: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let only = |fine: bool| fine.then_some(Cow::Borrowed(value));
    match (element, attribute) {
        (_, "alt" | "aria-label" | "title") => Some(Cow::Borrowed(value)),
        (_, "href") => allowed(value, Place::Link),
        (_, "src") => allowed(value, Place::Image),
        (_, "id") => only(is_own_id(element, value)),
        (_, "class") => only(is_own_class(element, value)),
        (_, "rel") => only(value == crate::document::EXTERNAL_REL),
        (_, "loading") => only(value == "lazy"),
        (_, "type") => only(value == "checkbox"),
        (_, "checked" | "disabled") => only(value.is_empty()),
        (_, "open") => Some(Cow::Borrowed("")),
        (_, "align") => one_of(value, &["left", "center", "right"]),
        (_, "scope") => one_of(value, &["col", "colgroup", "row", "rowgroup"]),
        (_, "dir") => one_of(value, &["auto", "ltr", "rtl"]),
        (_, "height" | "width") => only(is_number(value, 5)),
        (_, "colspan" | "rowspan") => only(is_number(value, 3)),
        (_, "start") => only(is_number(value, 9)),
        (_, "lang") => only(is_made_of(value, 35, |b| b.is_ascii_alphanumeric() || b == b'-')),
        (_, "datetime") => {
            only(is_made_of(value, 40, |b| b.is_ascii_alphanumeric() || b"-+:. ".contains(&b)))
        }
        _ => None,
    }
}

/// Headings' ids are made from their text; an author's never reach this place. Footnotes' ids are
/// the Markdown renderer's, with numbers for names.
fn is_own_id(element: &str, id: &str) -> bool {
    let numbers = match element {
        "a" => id.strip_prefix("fnref-"),
        "li" => id.strip_prefix("fn-"),
        _ => return false,
    };
    let parts = numbers.map(|numbers| numbers.splitn(2, '-'));
    parts.is_some_and(|mut parts| parts.all(|part| is_number(part, 9)))
}

fn is_own_class(element: &str, class: &str) -> bool {
    match element {
        "a" => class == "footnote-backref",
        "sup" => class == "footnote-ref",
        "section" => class == "footnotes",
        "code" => class.strip_prefix("language-").is_some_and(|language| {
            is_made_of(language, 32, |b| b.is_ascii_alphanumeric() || b"+-_#.".contains(&b))
        }),
        _ => false,
    }
}

fn one_of<'a>(value: &str, values: &[&'static str]) -> Option<Cow<'a, str>> {
    let known = values.iter().find(|known| known.eq_ignore_ascii_case(value));
    known.map(|known| Cow::Borrowed(*known))
}

fn is_number(value: &str, digits: usize) -> bool {
    is_made_of(value, digits, |b| b.is_ascii_digit())
}

fn is_made_of(value: &str, length: usize, test: impl Fn(u8) -> bool) -> bool {
    (1..=length).contains(&value.len()) && value.bytes().all(test)
}
