//! The readability of a text.

use domain::{Content, Locale};
use richtext::RichText;

use super::Policy;
use super::issue::{IssueCode, Issues};
use super::syllables::syllables;

/// The minimum number of words for a grade. The formula was derived from passages of about 100 words;
/// for one or two sentences it gives arbitrary results.
const FEWEST_WORDS: usize = 30;

/// The maximum length of a word, in characters. Longer tokens are URLs or keys.
const LONGEST_WORD: usize = 40;

/// Abbreviations, whose full stop does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "al", "approx", "ca", "cf", "dept", "dr", "e.g", "eg", "etc", "fig", "i.e", "ie", "inc", "jr", "messrs",
    "mr", "mrs", "ms", "no", "p", "pp", "prof", "resp", "sr", "st", "vol", "vs",
];

/// The readability of a text, and the counts that it is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readability {
    /// The U.S. school grade whose pupils understand the text (Flesch–Kincaid grade level:
    /// J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom, *Derivation of New Readability
    /// Formulas for Navy Enlisted Personnel*, Research Branch Report 8-75, 1975):
    /// 0.39 × words per sentence + 11.8 × syllables per word − 15.59. It is negative for very easy
    /// texts.
    pub grade_level: f64,
    /// The number of sentences. A heading, a list item and a table cell each count as one.
    pub sentences: usize,
    /// The number of words in Latin letters.
    pub words: usize,
    /// The number of syllables, estimated from the spelling.
    pub syllables: usize,
}

/// Computes the readability of `text`, which is the plain text of a [`RichText`]. `None` when the locale is
/// not English, as the formula is valid only for English, or when the text has fewer than 30 words.
#[must_use]
pub fn readability(text: &str, locale: &Locale) -> Option<Readability> {
    let language = locale.as_str().split('-').next();
    if language != Some("en") {
        return None;
    }
    let mut counts = Counts::default();
    for block in text.split(['\n', '\t']) {
        let mut tokens = block.split_whitespace().peekable();
        while let Some(token) = tokens.next() {
            counts.word(token);
            if ends_sentence(token, tokens.peek().copied()) {
                counts.end_sentence();
            }
        }
        counts.end_sentence();
    }
    let Counts { sentences, words, syllables, open: _ } = counts;
    (words >= FEWEST_WORDS).then(|| Readability {
        grade_level: grade(sentences, words, syllables),
        sentences,
        words,
        syllables,
    })
}

/// Checks that the grade of the body is not above the policy's limit.
pub(super) fn check(content: &Content, rendered: &RichText, policy: &Policy, issues: &mut Issues) {
    if let Some(max) = policy.max_grade
        && let Some(Readability { grade_level, sentences: _, words: _, syllables: _ }) =
            readability(&rendered.text, &content.locale)
        && grade_level > max
    {
        let message = format!(
            "the text reads at grade {grade_level:.1} (Flesch–Kincaid), and {max} is the highest allowed: shorten its sentences and use plainer words"
        );
        issues.warning(IssueCode::ReadingLevelHigh, "body", message);
    }
}

#[derive(Default)]
struct Counts {
    sentences: usize,
    words: usize,
    syllables: usize,
    /// Whether the current sentence has at least one word.
    open: bool,
}

impl Counts {
    fn word(&mut self, token: &str) {
        let is_address = token.contains("://") || token.contains('@');
        if is_address || token.chars().nth(LONGEST_WORD).is_some() {
            return;
        }
        let syllables = syllables(token);
        if syllables > 0 {
            self.words += 1;
            self.syllables += syllables;
            self.open = true;
        }
    }

    fn end_sentence(&mut self) {
        self.sentences += usize::from(std::mem::take(&mut self.open));
    }
}

/// Whether a sentence ends with `token`. A full stop does not end a sentence after an abbreviation or an
/// initial, or before a lower-case letter.
fn ends_sentence(token: &str, next: Option<&str>) -> bool {
    let bare = token.trim_end_matches(|c: char| ")]}\"'’”»".contains(c));
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(word) = bare.strip_suffix('.') else { return false };
    let Some(next) = next else { return true };
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_abbreviation = ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let goes_on = next.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(char::is_lowercase);
    !is_abbreviation && !is_initial && !goes_on
}

/// The Flesch–Kincaid formula. An `f64` holds counts of this size exactly.
fn grade(sentences: usize, words: usize, syllables: usize) -> f64 {
    let (sentences, words, syllables) = (sentences as f64, words as f64, syllables as f64);
    0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_english(text: &str) -> Readability {
        readability(text, &Locale::english()).unwrap()
    }

    #[test]
    fn the_grade_follows_the_formula() {
        // 6 words of one syllable, five times: 0.39 × 6 + 11.8 − 15.59.
        let easy = of_english(&"The cat sat on the mat. ".repeat(5));
        assert_eq!((easy.sentences, easy.words, easy.syllables), (5, 30, 30));
        assert!((easy.grade_level - -1.45).abs() < 1e-9, "{easy:?}");
        let hard = of_english(
            &"Notwithstanding considerable methodological heterogeneity, contemporary epidemiological \
              investigations consistently demonstrate that immunisation programmes substantially reduce \
              hospitalisation. "
                .repeat(3),
        );
        assert!(hard.grade_level > 20.0, "{hard:?}");
    }

    #[test]
    fn blocks_list_items_and_table_cells_end_sentences() {
        let words = "one two three four five six ";
        let text = format!("Doses\n\n{words}\n\n• {words}\n• {words}\n\n{words}\t{words}\n1. {words}");
        assert_eq!(of_english(&text).sentences, 7);
    }

    #[test]
    fn abbreviations_do_not_end_sentences() {
        let text = "Dr. A. Smith (e.g. on page 3.5 of the U.S. guide, Fig. 2) said so. \"It works!\" He left, etc. and \
                    came back at 5 p.m. to see what had been done with it by then.";
        assert_eq!(of_english(text).sentences, 3);
    }

    #[test]
    fn only_english_texts_of_at_least_thirty_words_have_a_grade() {
        let text = "The cat sat on the mat. ".repeat(5);
        assert!(readability(&text, &"en-GB".parse().unwrap()).is_some());
        assert!(readability(&text, &"fr".parse().unwrap()).is_none());
        assert!(readability(&text, &"enm".parse().unwrap()).is_none());
        assert!(readability(&"The cat sat. ".repeat(9), &Locale::english()).is_none());
        assert!(readability(&"https://a.example/b 2024 一二 ".repeat(99), &Locale::english()).is_none());
        assert!(readability("", &Locale::english()).is_none());
    }
}
