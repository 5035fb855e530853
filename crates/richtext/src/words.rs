//! Counts the words of plain text, and cuts excerpts.

use unicode_segmentation::UnicodeSegmentation;

/// The number of words that an adult reads in a minute.
const WORDS_PER_MINUTE: u32 = 220;

/// Counts words: runs without white space that contain at least one letter or digit. In scripts that are written
/// without spaces (Han, Hiragana, Katakana), each character counts as a word.
pub(crate) fn count(text: &str) -> u32 {
    let mut words: u32 = 0;
    let mut in_word = false;
    for c in text.chars() {
        if is_unspaced(c) {
            words = words.saturating_add(1);
            in_word = false;
        } else if c.is_whitespace() {
            in_word = false;
        } else if !in_word && c.is_alphanumeric() {
            words = words.saturating_add(1);
            in_word = true;
        }
    }
    words
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
        for (nth, grapheme) in word.graphemes(true).enumerate() {
            if chars < max_chars {
                cut = out.len();
                if nth == 0 || grapheme.starts_with(is_unspaced) {
                    cut_at_word = out.len();
                }
            }
            let before = if nth == 0 { space } else { "" };
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

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
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
            ("漢字かな", 4),
            ("한국어 문장", 2),
            ("a漢b", 3),
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
