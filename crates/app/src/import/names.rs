//! Makes slugs from names, and compares names.

use domain::{Slug, SlugError, SlugLetters};

/// Makes a slug from a text with these letters. A text that has none of them is transliterated.
pub(super) fn slug_of(text: &str, letters: SlugLetters) -> Result<Slug, SlugError> {
    Slug::from_text_with(text, letters).or_else(|_| Slug::from_text(text))
}

/// The key of a name: names with the same key are one label. It ignores upper case, white space and punctuation, and
/// keeps the letters of all scripts and the signs that distinguish names.
pub(super) fn key_of(name: &str) -> String {
    slug_of(name, SlugLetters::Unicode).map_or_else(|_| name.to_lowercase(), |slug| slug.to_string())
}

/// Whether two names with the same key differ only in upper case, white space, hyphens and underscores.
pub(super) fn is_spelling_of(name: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let text = text.to_lowercase().replace(['-', '_'], " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    plain(name) == plain(other)
}

/// Whether a slug was made from a name, by this version or by an earlier one, which wrote no words for signs.
pub(super) fn is_made_from(slug: &Slug, name: &str) -> bool {
    let without_signs = name.replace(['+', '#', '.'], " ");
    [name, &without_signs].into_iter().any(|name| {
        [SlugLetters::Ascii, SlugLetters::Unicode]
            .into_iter()
            .any(|letters| Slug::from_text_with(name, letters).as_ref() == Ok(slug))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_only_in_spelling_have_the_same_key() {
        for (first, second) in [
            ("Flu shots", "flu-shots"),
            ("Flu shots", "Flu  Shots!"),
            ("R&D", "R & D"),
            ("E\u{301}t\u{e9}", "\u{e9}te\u{301}"),
        ] {
            assert_eq!(key_of(first), key_of(second), "{first} {second}");
        }
        for (first, second) in [
            ("C", "C++"),
            ("C", "C#"),
            ("权利", "权力"),
            ("李伟", "李薇"),
            ("Google", "Google+"),
            ("NET", ".NET"),
            ("pêche", "péché"),
        ] {
            assert_ne!(key_of(first), key_of(second), "{first} {second}");
        }
    }

    #[test]
    fn slugs_of_earlier_versions_are_recognised() {
        let slug = |text: &str| Slug::parse(text).unwrap();
        assert!(is_made_from(&slug("c"), "C++") && is_made_from(&slug("c-plus-plus"), "C++"));
        assert!(is_made_from(&slug("quan-li"), "权利") && is_made_from(&slug("权利"), "权利"));
        assert!(!is_made_from(&slug("flu"), "Influenza"));
    }
}
