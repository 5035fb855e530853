//! How hard a text is to read.

use domain::{Content, Locale};
use richtext::RichText;

use super::Policy;
use super::issue::{IssueCode, Issues};
use super::syllables::syllables;

/// Words below which a text is too short for a grade. The formula was made with passages of about
/// a hundred; a teaser of a sentence or two can come out as anything.
const FEWEST_WORDS: usize = 30;

/// Characters above which something is no word: an address, or a key.
const LONGEST_WORD: usize = 40;

/// Short forms whose full stop ends no sentence.
const SHORT_FORMS: &[&str] = &[
    "al", "approx", "ca", "cf", "dept", "dr", "e.g", "eg", "etc", "fig", "i.e", "ie", "inc", "jr", "messrs",
    "mr", "mrs", "ms", "no", "p", "pp", "prof", "resp", "sr", "st", "vol", "vs",
];

/// How hard a text is to read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readability {
    /// The grade of an American school in which it is understood (Flesch–Kincaid grade level:
    /// J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom, *Derivation of New Readability
    /// Formulas for Navy Enlisted Personnel*, Research Branch Report 8-75, 1975):
    /// 0.39 × words per sentence + 11.8 × syllables per word − 15.59. Very easy texts get a
    /// negative one.
    pub grade_level: f64,
    /// Sentences; headings, list items and table cells are some.
    pub sentences: usize,
    /// Words in Latin letters.
    pub words: usize,
    /// Syllables, as spelling suggests them.
    pub syllables: usize,
}

/// How hard a text is to read; `text` is that of [`RichText`]. `None` when it is not in English,
/// for which the formula was made, or has fewer than 30 words.
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

/// Checks how hard the body is to read.
pub(super) fn check(content: &Content, rendered: &RichText, policy: &Policy, issues: &mut Issues) {
    if let Some(max) = policy.max_grade
        && let Some(Readability { grade_level, sentences: _, words: _, syllables: _ }) =
            readability(&rendered.text, &content.locale)
        && grade_level > max
    {
        let message = format!(
            "the text reads at grade {grade_level:.1} (Flesch–Kincaid), and {max} is the highest wanted: shorten its sentences and use plainer words"
        );
        issues.warning(IssueCode::ReadingLevelHigh, "body", message);
    }
}

#[derive(Default)]
struct Counts {
    sentences: usize,
    words: usize,
    syllables: usize,
    /// Whether the current sentence has a word.
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

/// Whether a sentence ends with a token. A full stop may belong to a short form or to an initial,
/// and before a small letter it does.
fn ends_sentence(token: &str, next: Option<&str>) -> bool {
    let bare = token.trim_end_matches(|c: char| ")]}\"'’”»".contains(c));
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(word) = bare.strip_suffix('.') else { return false };
    let Some(next) = next else { return true };
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_short_form = SHORT_FORMS.iter().any(|form| form.eq_ignore_ascii_case(word));
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let goes_on = next.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(char::is_lowercase);
    !is_short_form && !is_initial && !goes_on
}

/// The formula. Counts are far below what a float keeps exactly.
fn grade(sentences: usize, words: usize, syllables: usize) -> f64 {
    let (sentences, words, syllables) = (sentences as f64, words as f64, syllables as f64);
    0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Readability {
        readability(text, &Locale::english()).unwrap()
    }

    #[test]
    fn the_grade_is_that_of_the_formula() {
        // 6 words of one syllable, five times: 0.39 × 6 + 11.8 − 15.59.
        let easy = read(&"The cat sat on the mat. ".repeat(5));
        assert_eq!((easy.sentences, easy.words, easy.syllables), (5, 30, 30));
        assert!((easy.grade_level - -1.45).abs() < 1e-9, "{easy:?}");
        let hard = read(
            &"Notwithstanding considerable methodological heterogeneity, contemporary epidemiological \
              investigations consistently demonstrate that immunisation programmes substantially reduce \
              hospitalisation. "
                .repeat(3),
        );
        assert!(hard.grade_level > 20.0, "{hard:?}");
    }

    #[test]
    fn blocks_items_and_cells_end_sentences() {
        let words = "one two three four five six ";
        let text = format!("Doses\n\n{words}\n\n• {words}\n• {words}\n\n{words}\t{words}\n1. {words}");
        assert_eq!(read(&text).sentences, 7);
    }

    #[test]
    fn short_forms_end_no_sentence() {
        let text = "Dr. A. Smith (e.g. on page 3.5 of the U.S. guide, Fig. 2) said so. \"It works!\" He left, etc. and \
                    came back at 5 p.m. to see what had been done with it by then.";
        assert_eq!(read(text).sentences, 3);
    }

    #[test]
    fn only_english_of_some_length_has_a_grade() {
        let text = "The cat sat on the mat. ".repeat(5);
        assert!(readability(&text, &"en-GB".parse().unwrap()).is_some());
        assert!(readability(&text, &"fr".parse().unwrap()).is_none());
        assert!(readability(&text, &"enm".parse().unwrap()).is_none());
        assert!(readability(&"The cat sat. ".repeat(9), &Locale::english()).is_none());
        assert!(readability(&"https://a.example/b 2024 一二 ".repeat(99), &Locale::english()).is_none());
        assert!(readability("", &Locale::english()).is_none());
    }
}
