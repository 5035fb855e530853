//! Counts the words of plain text, and cuts excerpts.

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use unicode_segmentation::UnicodeSegmentation;

use crate::scripts::is_unspaced;

/// The number of words that an adult reads in a minute.
const WORDS_PER_MINUTE: u32 = 220;

/// The maximum number of bytes whose words are found at once. It bounds the memory.
const RUN_BYTES: usize = 16 << 10;

/// Finds words with dictionaries, in scripts without spaces between words.
static DICTIONARIES: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Counts words: runs without white space that contain at least one letter or digit. In scripts that are written
/// without spaces between words, a dictionary finds the words.
pub(crate) fn count(text: &str) -> u32 {
    let mut words: u32 = 0;
    let mut in_word = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if is_unspaced(c) {
            let end = rest.find(|c| !is_unspaced(c)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(rest.floor_char_boundary(end.min(RUN_BYTES)));
            words = words.saturating_add(unspaced(run).fold(0, |count, _| count + 1));
            in_word = false;
            rest = after;
            continue;
        }
        if c.is_whitespace() {
            in_word = false;
        } else if !in_word && c.is_alphanumeric() {
            words = words.saturating_add(1);
            in_word = true;
        }
        rest = &rest[c.len_utf8()..];
    }
    words
}

/// Returns the ends of the words of a text in scripts without spaces.
fn unspaced(run: &str) -> impl Iterator<Item = usize> {
    let words = DICTIONARIES.segment_str(run).iter_with_word_type();
    words.filter(|(_, kind)| kind.is_word_like()).map(|(end, _)| end)
}

/// Returns the reading time in whole minutes, rounded up. It is at least 1 unless the text is empty.
pub(crate) fn minutes(text: &str, words: u32) -> u32 {
    words.div_ceil(WORDS_PER_MINUTE).max(u32::from(!text.is_empty()))
}

/// See [`crate::excerpt`].
pub(crate) fn excerpt(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut chars = 0;
    // The last positions in `out` where a cut leaves room for the ellipsis: anywhere, and between words.
    let (mut cut, mut cut_at_word) = (0, 0);
    for (nth, word) in text.split_whitespace().enumerate() {
        let space = if nth == 0 { "" } else { " " };
        let ends = word_ends(word, max_chars);
        for (at, grapheme) in word.grapheme_indices(true) {
            if chars < max_chars {
                cut = out.len();
                if at == 0 || ends.binary_search(&at).is_ok() {
                    cut_at_word = out.len();
                }
            }
            let before = if at == 0 { space } else { "" };
            chars += before.len() + grapheme.chars().count();
            if chars > max_chars {
                return shortened(out, cut, cut_at_word, max_chars);
            }
            out.push_str(before);
            out.push_str(grapheme);
        }
        if chars < max_chars {
            (cut, cut_at_word) = (out.len(), out.len());
        }
    }
    out
}

/// Returns the positions, in order, where words end inside a text without white space. Only its start is read, as far as an
/// excerpt needs.
fn word_ends(text: &str, max_chars: usize) -> Vec<usize> {
    let start = text.char_indices().nth(max_chars.saturating_add(32)).map_or(text, |(end, _)| &text[..end]);
    if !start.contains(is_unspaced) {
        return Vec::new();
    }
    let breaks = DICTIONARIES.segment_str(start);
    breaks
        .filter(|end| text[..*end].ends_with(is_unspaced) || text[*end..].starts_with(is_unspaced))
        .collect()
}

fn shortened(mut out: String, cut: usize, cut_at_word: usize, max_chars: usize) -> String {
    if max_chars == 0 {
        return String::new();
    }
    // Cuts inside a word when a cut before it would leave less than half.
    out.truncate(if cut_at_word * 2 >= cut { cut_at_word } else { cut });
    let length = out.trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-([".contains(c)).len();
    out.truncate(length);
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_reading_times_are_counted() {
        for (text, words) in [
            ("", 0),
            ("• — !", 0),
            ("Don't re-count 3.5 words", 4),
            ("한국어 문장", 2),
            ("a漢b", 3),
            ("患者さんへのお知らせ", 5),
            ("医院每天早上九点开门。", 6),
            ("ภาษาไทยภาษาไทย", 4),
            ("ພາສາລາວ", 2),
            ("ភាសាខ្មែរភាសាខ្មែរ", 2),
        ] {
            assert_eq!(count(text), words, "{text}");
        }
        assert_eq!(["", "!", "a"].map(|text| minutes(text, count(text))), [0, 1, 1]);
        assert_eq!([minutes("a", 220), minutes("a", 221)], [1, 2]);
    }

    #[test]
    fn excerpts_end_at_words_where_they_can() {
        for (text, max, want) in [
            ("Hospitals publish a lot.", 100, "Hospitals publish a lot."),
            ("Hospitals publish a lot.", 24, "Hospitals publish a lot."),
            ("Hospitals publish a lot.", 23, "Hospitals publish a…"),
            ("Hospitals publish a lot.", 20, "Hospitals publish a…"),
            ("Hospitals publish a lot.", 19, "Hospitals publish…"),
            ("Hospitals, publish", 12, "Hospitals…"),
            ("two\n\nparagraphs ", 20, "two paragraphs"),
            ("Donaudampfschifffahrt", 10, "Donaudamp…"),
            ("漢字かな交じり文", 5, "漢字かな…"),
            ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
            ("👩‍👩‍👧👩‍👩‍👧", 6, "👩‍👩‍👧…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("", 5, ""),
        ] {
            assert_eq!(excerpt(text, max), want, "{text} {max}");
        }
    }
}
