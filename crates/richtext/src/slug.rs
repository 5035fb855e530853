//! Ids of headings.

use std::collections::{HashMap, HashSet};

use crate::limits::HEADING_ID_CHARS;

/// Hands out ids that are unique in one document. The same document always gets the same ids.
#[derive(Default)]
pub(crate) struct Slugs {
    taken: HashSet<String>,
    /// The number to try next for each base that was asked for more than once. Kept, so that a
    /// thousand equal headings do not count from 1 a thousand times.
    next: HashMap<String, usize>,
}

impl Slugs {
    /// GitHub's scheme: lower case, letters and digits of any script kept, spaces to hyphens, the
    /// rest dropped; `-1`, `-2` for those that come again.
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

/// The id before it is made unique.
///
/// Browsers make an element with an id reachable as a property of `window`, so an id can shadow a
/// name that a page's scripts look up and did not find ("DOM clobbering"). Prefixing every id would
/// rule that out at the price of ugly links, and a heading is a poor tool for it: it has no `name`
/// and no `href`, does not become a property of `document` nor turn into a string of the author's
/// choice, and ids are unique, so none becomes a collection. Hence `h-` only where the plain slug
/// would be no good id (it is empty or starts with no letter, such as `__proto__` or `2014`), is
/// the name of something that every object has, or belongs to a footnote.
fn base(heading: &str) -> String {
    let kept = heading.chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    let slug: String = kept.take(HEADING_ID_CHARS).collect();
    let slug = slug.trim_end_matches('-');
    let needs_prefix = !slug.starts_with(char::is_alphabetic)
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
    fn slugs() {
        for (heading, slug) in [
            ("What's new, in 2024?", "whats-new-in-2024"),
            ("Über uns: Ärzte & Pflege", "über-uns-ärzte--pflege"),
            ("患者さんへ", "患者さんへ"),
            ("2014", "h-2014"),
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
    fn unique() {
        let mut slugs = Slugs::default();
        let ids: Vec<_> = ["a", "a", "a-1", "a", "a-1"].iter().map(|h| slugs.id(h)).collect();
        assert_eq!(ids, ["a", "a-1", "a-1-1", "a-2", "a-1-2"]);
    }
}
