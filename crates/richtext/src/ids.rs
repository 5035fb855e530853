//! The ids of headings and of other targets of links.

use std::collections::{HashMap, HashSet};

use crate::limits::{AUTHOR_ID_CHARS, HEADING_ID_CHARS};

/// Generates ids that are unique in one document. The same document always gets the same ids.
#[derive(Default)]
pub(crate) struct Slugs {
    taken: HashSet<String>,
    /// The next suffix to try for each base that occurred more than once. It saves counting from 1 for each of
    /// many equal headings.
    next: HashMap<String, usize>,
}

impl Slugs {
    /// Reserves the ids that authors gave, so that no generated id equals one.
    pub(crate) fn reserve(&mut self, ids: impl IntoIterator<Item = String>) {
        self.taken.extend(ids);
    }

    /// Returns an unused id for a heading. It follows GitHub's scheme: lower case; letters and digits of any script
    /// stay, spaces become hyphens, and other characters are dropped; repeated ids get the suffix `-1`, `-2`, ….
    pub(crate) fn id(&mut self, heading: &str) -> String {
        let base = base(heading);
        if self.taken.insert(base.clone()) {
            return base;
        }
        let next = self.next.entry(base.clone()).or_insert(1);
        loop {
            let id = format!("{base}-{next}");
            *next += 1;
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// Whether an author may give this id to an element. It consists of letters and digits of any script, and `-_.:`, and
/// starts with a letter, a digit or one underscore. The names of properties of every object are no ids, and neither are the
/// ids of footnotes.
pub(crate) fn is_author_id(id: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let starts_well = id.starts_with(|c: char| c.is_alphanumeric() || c == '_') && !id.starts_with("__");
    let is_property = matches!(
        id,
        "constructor"
            | "hasOwnProperty"
            | "isPrototypeOf"
            | "propertyIsEnumerable"
            | "prototype"
            | "toLocaleString"
            | "toString"
            | "valueOf"
    );
    let is_footnote = id.starts_with("fn-") || id.starts_with("fnref-");
    starts_well
        && !is_property
        && !is_footnote
        && id.chars().all(is_part)
        && id.chars().nth(AUTHOR_ID_CHARS).is_none()
}

/// Whether an element may have an id of the author. A link with an id could stand in for a variable of the page's scripts
/// (see [`base`]), so the id of a link becomes that of an empty element before it.
pub(crate) fn is_allowed(element: &str, id: &str) -> bool {
    !matches!(element, "a" | "br" | "hr" | "img" | "input" | "wbr") && is_author_id(id)
}

/// Whether the id is one that the Markdown renderer gives to footnotes, with numbers as names.
pub(crate) fn is_footnote_id(element: &str, id: &str) -> bool {
    let numbers = match element {
        "a" => id.strip_prefix("fnref-"),
        "li" => id.strip_prefix("fn-"),
        _ => return false,
    };
    let is_number =
        |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|numbers| numbers.splitn(2, '-').all(is_number))
}

/// Returns the id without the suffix that makes it unique.
///
/// Browsers expose an element with an id as a property of `window`. So an id can define a name that the
/// page's scripts expect to be undefined ("DOM clobbering"). A prefix for every id would prevent that, but
/// links would be ugly. A heading, or another element that is neither a link nor embedded, is of little use for an
/// attack: it has no `name` and no `href`, it does not become a property of `document`, its string value is not
/// chosen by the author, and ids are unique, so none becomes a collection. Therefore the prefix `h-` is added only when
/// the id would otherwise be empty or not start with a letter or a digit (`__proto__`), be the name of a property of
/// every object, or be the id of a footnote.
fn base(heading: &str) -> String {
    let kept = heading.chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    let slug: String = kept.take(HEADING_ID_CHARS).collect();
    let slug = slug.trim_end_matches('-');
    let needs_prefix = !slug.starts_with(char::is_alphanumeric)
        || matches!(slug, "constructor" | "prototype")
        || slug.starts_with("fn-")
        || slug.starts_with("fnref-");
    match slug {
        "" => "h".to_owned(),
        slug if needs_prefix => format!("h-{}", slug.trim_start_matches('-')),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_becomes_an_id() {
        for (heading, slug) in [
            ("What's new, in 2024?", "whats-new-in-2024"),
            ("Über uns: Ärzte & Pflege", "über-uns-ärzte--pflege"),
            ("患者さんへ", "患者さんへ"),
            ("2014", "2014"),
            ("1. Wash your hands", "1-wash-your-hands"),
            ("", "h"),
            ("!?", "h"),
            ("__proto__", "h-__proto__"),
            ("constructor", "h-constructor"),
            ("fn-1", "h-fn-1"),
            ("- a -", "h-a"),
        ] {
            assert_eq!(base(heading), slug);
        }
        assert_eq!(base(&"a".repeat(500)).len(), HEADING_ID_CHARS);
    }

    #[test]
    fn authors_can_give_ids_that_no_object_has() {
        for id in ["hours", "Hours", "2024-in-brief", "_Toc12", "fig:1", "a.b", "öffnungszeiten", "時間"] {
            assert!(is_author_id(id), "{id}");
        }
        for id in
            ["", "a b", "a\"", "<a>", "__proto__", "constructor", "toString", "fn-1", "fnref-a", "-a", "a&b"]
        {
            assert!(!is_author_id(id), "{id}");
        }
        assert!(is_author_id(&"a".repeat(256)) && !is_author_id(&"a".repeat(257)));
        assert!(is_allowed("h2", "hours") && !is_allowed("a", "hours") && !is_allowed("img", "hours"));
        assert!(
            is_footnote_id("li", "fn-1") && is_footnote_id("a", "fnref-1-2") && !is_footnote_id("p", "fn-1")
        );
    }

    #[test]
    fn ids_are_unique() {
        let mut slugs = Slugs::default();
        let ids: Vec<_> = ["a", "a", "a-1", "a", "a-1"].iter().map(|h| slugs.id(h)).collect();
        assert_eq!(ids, ["a", "a-1", "a-1-1", "a-2", "a-1-2"]);
    }
}
