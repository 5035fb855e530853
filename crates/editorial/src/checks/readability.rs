//! How hard a text is to read.

use domain::Locale;

/// How hard a text is to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Readability {
    /// The school grade of the United States that it takes (Kincaid, Fishburne, Rogers and Chissom 1975:
    /// Derivation of new readability formulas for Navy enlisted personnel).
    pub grade_level: f64,
    /// How many sentences were counted: list items, headings and the like count as one each.
    pub sentences: usize,
    /// How many words were counted.
    pub words: usize,
    /// How many syllables were counted.
    pub syllables: usize,
}

/// Below this many words the formula says nothing.
const MIN_WORDS: usize = 100;

/// How hard a plain text is to read: nothing for languages that the formula is not made for, and for
/// short texts. Blocks are parted by line feeds.
#[must_use]
pub fn readability(text: &str, locale: &Locale) -> Option<Readability> {
    let language = locale.to_string();
    if language != "en" && !language.starts_with("en-") {
        return None;
    }
    let (mut sentences, mut words, mut syllables) = (0, 0, 0);
    for block in text.lines() {
        let mut open = false;
        for token in block.split_whitespace() {
            let word: String = token.chars().filter(|c| c.is_alphabetic()).collect();
            if !word.is_empty() {
                words += 1;
                syllables += syllables_of(&word);
                open = true;
            }
            let end = token.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
            if open && end.ends_with(['.', '!', '?', '…', ':', ';']) && !is_abbreviation(end) {
                sentences += 1;
                open = false;
            }
        }
        sentences += usize::from(open);
    }
    if words < MIN_WORDS {
        return None;
    }
    let ratio = |a: usize, b: usize| a as f64 / b as f64;
    let grade = 0.39 * ratio(words, sentences) + 11.8 * ratio(syllables, words) - 15.59;
    Some(Readability { grade_level: (grade * 10.0).round() / 10.0, sentences, words, syllables })
}

/// Whether a full stop belongs to the word: `Dr.`, `e.g.`, `J.`
fn is_abbreviation(token: &str) -> bool {
    let Some(word) = token.strip_suffix('.') else { return false };
    let short = ["dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "approx"];
    word.contains('.') || word.chars().count() == 1 || short.contains(&word.to_lowercase().as_str())
}

/// Runs of vowels, but for an `e` at the end that is not heard. Right for about nine words in ten, and
/// what it gets wrong in either direction evens out over a text.
fn syllables_of(word: &str) -> usize {
    let word = word.to_lowercase();
    let is_vowel = |c: char| "aeiouyàáâäãåèéêëìíîïòóôöõùúûü".contains(c);
    let mut count = 0;
    let mut last = false;
    for c in word.chars() {
        let vowel = is_vowel(c);
        count += usize::from(vowel && !last);
        last = vowel;
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    let silent = (ends(&["e"]) && !ends(&["le", "ee", "ie"]))
        || (ends(&["es"]) && !ends(&["ces", "ges", "ses", "xes", "zes", "ches", "shes", "les", "ies"]))
        || (ends(&["ed"]) && !ends(&["ted", "ded"]));
    if silent && count > 1 {
        count -= 1;
    }
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted_as_they_are_heard() {
        for (word, count) in [
            ("cat", 1),
            ("the", 1),
            ("hospital", 3),
            ("patient", 2),
            ("care", 1),
            ("people", 2),
            ("wanted", 2),
            ("asked", 1),
            ("pages", 2),
            ("agree", 2),
            ("strength", 1),
            ("information", 4),
            ("table", 2),
        ] {
            assert_eq!(syllables_of(word), count, "{word}");
        }
    }

    #[test]
    fn long_words_in_long_sentences_take_a_higher_grade() {
        let english = Locale::english();
        let easy = readability(&"The cat sat on the mat. It was a fat cat. ".repeat(20), &english).unwrap();
        let hard = "Organizational communication necessitates interdisciplinary collaboration regarding institutional accountability throughout ".repeat(20);
        let hard = readability(&hard, &english).unwrap();
        assert!(easy.grade_level < 2.0, "{easy:?}");
        assert!(hard.grade_level > 20.0, "{hard:?}");
        assert_eq!(readability("Too short.", &english), None);
        assert_eq!(readability(&"Die Katze sitzt. ".repeat(100), &"de".parse().unwrap()), None);
    }

    #[test]
    fn abbreviations_and_list_items_are_told_apart_from_sentences() {
        let text = format!(
            "Dr. Smith, e.g. at St. Mary, sees J. Doe.\n\n• one item\n• another item\n{}",
            "word ".repeat(100)
        );
        assert_eq!(readability(&text, &Locale::english()).unwrap().sentences, 4);
    }
}
