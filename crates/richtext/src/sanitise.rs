//! The policy for the sanitiser: the HTML that may pass. The policy is idempotent: HTML that has passed
//! passes again unchanged.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::elements::{ELEMENTS, EVERYWHERE, Kind};
use crate::ids;
use crate::urls::{Place, allowed};

/// The kinds of alerts, in the names of their classes.
const ALERTS: [&str; 5] = ["note", "tip", "important", "warning", "caution"];

/// Parses HTML as a browser does, removes everything that the policy does not allow, and returns the
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

/// Returns the allowed value of an attribute of an element; `None` drops the attribute.
fn attribute_value<'a>(element: &str, attribute: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let keep_if = |is_allowed: bool| is_allowed.then_some(Cow::Borrowed(value));
    match (element, attribute) {
        (_, "alt" | "aria-label" | "title") => Some(Cow::Borrowed(value)),
        (_, "href") => allowed(value, Place::Link),
        (_, "src") => allowed(value, Place::Image),
        (_, "id") => keep_if(ids::is_footnote_id(element, value) || ids::is_allowed(element, value)),
        (_, "class") => keep_if(is_own_class(element, value)),
        (_, "rel") => keep_if(value == crate::document::EXTERNAL_REL),
        (_, "loading") => keep_if(value == "lazy"),
        (_, "type") => keep_if(value == "checkbox"),
        (_, "checked" | "disabled") => keep_if(value.is_empty()),
        (_, "open") => Some(Cow::Borrowed("")),
        (_, "align") => one_of(value, &["left", "center", "right"]),
        (_, "scope") => one_of(value, &["col", "colgroup", "row", "rowgroup"]),
        (_, "dir") => one_of(value, &["auto", "ltr", "rtl"]),
        (_, "height" | "width") => keep_if(is_number(value, 5)),
        (_, "colspan" | "rowspan") => keep_if(is_number(value, 3)),
        (_, "start") => keep_if(is_number(value, 9)),
        (_, "lang") => keep_if(is_made_of(value, 35, |b| b.is_ascii_alphanumeric() || b == b'-')),
        (_, "datetime") => {
            keep_if(is_made_of(value, 40, |b| b.is_ascii_alphanumeric() || b"-+:. ".contains(&b)))
        }
        _ => None,
    }
}

fn is_own_class(element: &str, class: &str) -> bool {
    match element {
        "a" => class == "footnote-backref",
        "div" => {
            class.strip_prefix("markdown-alert markdown-alert-").is_some_and(|kind| ALERTS.contains(&kind))
        }
        "p" => class == "markdown-alert-title",
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
