//! Sorts titles and names as readers expect: `Äpfel, éclair, zebra, Zürich`. Pure.
//!
//! A [`sort_key`] is a sequence of bytes, and the order of the keys is the order of the texts. Both databases store the
//! keys of titles and compare them as bytes, and cursors contain them. Therefore an order never depends on the database,
//! its locale or its version.
//!
//! The order is that of the Unicode Collation Algorithm with the root collation of
//! [CLDR](https://cldr.unicode.org/), because one list contains titles in many languages. It ignores case and the
//! difference between Hiragana and Katakana. Signs come before digits, digits before letters, and scripts one after the
//! other.
//!
//! A newer version of the library can have other keys for the same text. A test notices that; a migration must then fill
//! in the stored keys again.

#![forbid(unsafe_code)]

use std::sync::LazyLock;

use icu_collator::CollatorBorrowed;
use icu_collator::options::{CollatorOptions, Strength};

/// The number of characters of a text that count.
const CHARS: usize = 100;

/// The maximum length of a key, in bytes. A cut key still sorts correctly, except among texts that begin alike.
const KEY_BYTES: usize = 400;

static ROOT: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Secondary);
    CollatorBorrowed::new_root(options)
});

/// Returns the sort key of a title or a name. Texts that differ only in case, or only after a hundred characters, have the
/// same key.
#[must_use]
pub fn sort_key(text: &str) -> Vec<u8> {
    let end = text.char_indices().nth(CHARS).map_or(text.len(), |(end, _)| end);
    let mut key = Vec::with_capacity(2 * end.min(CHARS));
    let Ok(()) = ROOT.write_sort_key_to(&text[..end], &mut key);
    key.truncate(KEY_BYTES);
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_sort_as_readers_expect() {
        let sorted = [
            "",
            "«Guillemets»",
            "100 questions",
            "2 questions",
            "Äpfel",
            "apfelsaft",
            "Côte",
            "cotés",
            "eclair",
            "éclair",
            "ECLAIRS",
            "naive",
            "naïve",
            "Strasse 1",
            "Straße 2",
            "zebra",
            "Zürich",
            "Ωμέγα",
            "Ёлка",
            "жук",
            "กรุงเทพ",
            "カナ",
            "中文",
        ];
        for pair in sorted.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{pair:?}");
        }
        assert_eq!(sort_key("Zürich"), sort_key("zÜRICH"));
        assert_eq!(sort_key("Zu\u{308}rich"), sort_key("Zürich"));
    }

    /// The databases store keys. When this test fails after an upgrade of the library, add a migration that fills in
    /// `publication.title_sort` and `article.title_sort` again, and then change the expected bytes.
    #[test]
    fn keys_are_those_that_databases_store() {
        let keys = ["Äpfel & éclairs", "Zürich 24", "患者さんへ", "โรงพยาบาล"].map(sort_key).concat();
        let hex: String = keys.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "2b49353341040a9204332f412b3b4d4f0145963e880a5d534d3b2f3904161a0144960bfa2792fa66d47d1c6c400109744a7e12404868\
             38684e010d"
        );
    }

    proptest! {
        #[test]
        fn keys_are_short_and_ignore_case(text in "\\PC{0,150}", ascii in "[a-zA-Z0-9 ]{0,120}") {
            prop_assert!(sort_key(&text).len() <= KEY_BYTES);
            prop_assert_eq!(sort_key(&ascii.to_lowercase()), sort_key(&ascii.to_uppercase()));
        }
    }
}
