//! Finds the words that changed within changed lines.

use similar::DiffTag;
use unicode_segmentation::UnicodeSegmentation;

use super::Word;
use super::sequence::{Numbers, operations};

/// The maximum size of a changed place whose words are compared: bytes of the old and new lines together.
const PLACE_BYTES: usize = 64 << 10;

/// The total size, in bytes, of all changed places whose words are compared.
const BYTES: usize = 512 << 10;

/// The total budget for finding shortest diffs, in steps of [`operations`].
const STEPS: usize = 1 << 24;

/// Compares the words of changed places until its budgets are used up.
pub(super) struct Words {
    bytes: usize,
    steps: usize,
}

impl Words {
    pub(super) fn new() -> Self {
        Self { bytes: BYTES, steps: STEPS }
    }

    /// Compares the words of lines that replace each other. Returns the pieces of each line.
    pub(super) fn compare(&mut self, old: &[&str], new: &[&str]) -> (Vec<Vec<Word>>, Vec<Vec<Word>>) {
        let bytes: usize = old.iter().chain(new).map(|line| line.len()).sum();
        if bytes > PLACE_BYTES.min(self.bytes) {
            return (plain(old), plain(new));
        }
        self.bytes -= bytes;
        let mut numbers = Numbers::default();
        let (mut old_tokens, old_numbers) = tokens(old, &mut numbers);
        let (mut new_tokens, new_numbers) = tokens(new, &mut numbers);
        for op in operations(&old_numbers, &new_numbers, &mut self.steps) {
            let (tag, old_range, new_range) = op.as_tag_tuple();
            if tag != DiffTag::Equal {
                old_tokens[old_range].iter_mut().for_each(|token| token.changed = true);
                new_tokens[new_range].iter_mut().for_each(|token| token.changed = true);
            }
        }
        let (old_unchanged, old_words) = count_words(&old_tokens);
        let (new_unchanged, new_words) = count_words(&new_tokens);
        // When less than a third of the words are equal, they are equal by chance.
        if 3 * (old_unchanged + new_unchanged) < old_words + new_words {
            return (plain(old), plain(new));
        }
        (lines(old_tokens, old.len()), lines(new_tokens, new.len()))
    }
}

/// Returns lines whose words are not compared: one unchanged piece each.
pub(super) fn plain(lines: &[&str]) -> Vec<Vec<Word>> {
    lines.iter().map(|line| plain_line(line)).collect()
}

/// Returns a line whose words are not compared: one unchanged piece, or none when the line is empty.
pub(super) fn plain_line(line: &str) -> Vec<Word> {
    if line.is_empty() { Vec::new() } else { vec![Word { text: line.to_owned(), changed: false }] }
}

struct Token<'a> {
    line: usize,
    text: &'a str,
    changed: bool,
}

impl Token<'_> {
    fn is_space(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }
}

/// Cuts lines into words. Returns the words, and a number for each that is equal for equal words.
fn tokens<'a>(lines: &[&'a str], numbers: &mut Numbers<'a>) -> (Vec<Token<'a>>, Vec<u32>) {
    let mut tokens = Vec::new();
    let mut of_tokens = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        // The end of a line counts as a word, so that equal words in different lines do not match up by accident.
        for text in text.split_word_bounds().chain(["\n"]) {
            tokens.push(Token { line, text, changed: false });
            of_tokens.push(numbers.number(text));
        }
    }
    (tokens, of_tokens)
}

/// Returns the number of unchanged words and the number of all words; white space does not count.
fn count_words(tokens: &[Token<'_>]) -> (usize, usize) {
    let words = || tokens.iter().filter(|token| !token.is_space());
    (words().filter(|token| !token.changed).count(), words().count())
}

/// Joins words of a line into pieces that are changed or unchanged as a whole.
fn lines(mut tokens: Vec<Token<'_>>, count: usize) -> Vec<Vec<Word>> {
    // White space between two changed words counts as changed, so that they form one piece.
    for at in 1..tokens.len().saturating_sub(1) {
        if tokens[at].is_space() && tokens[at - 1].changed && tokens[at + 1].changed {
            tokens[at].changed = true;
        }
    }
    let mut lines: Vec<Vec<Word>> = vec![Vec::new(); count];
    for Token { line, text, changed } in tokens {
        if text == "\n" {
            continue;
        }
        match lines[line].last_mut() {
            Some(word) if word.changed == changed => word.text.push_str(text),
            _ => lines[line].push(Word { text: text.to_owned(), changed }),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old and the new lines, with changed pieces in brackets.
    fn marked(old: &[&str], new: &[&str]) -> (String, String) {
        let (old, new) = Words::new().compare(old, new);
        let text = |lines: Vec<Vec<Word>>| {
            let line = |words: Vec<Word>| -> String {
                let piece = |Word { text, changed }| if changed { format!("[{text}]") } else { text };
                words.into_iter().map(piece).collect()
            };
            lines.into_iter().map(line).collect::<Vec<_>>().join("|")
        };
        (text(old), text(new))
    }

    #[test]
    fn changed_words_are_marked() {
        let (old, new) = marked(&["Wash your hands before a meal."], &["Wash your feet before every meal."]);
        assert_eq!(old, "Wash your [hands] before [a] meal.");
        assert_eq!(new, "Wash your [feet] before [every] meal.");
        let (old, new) = marked(&["one two three four five"], &["one 2 3 four five"]);
        assert_eq!((old.as_str(), new.as_str()), ("one [two three] four five", "one [2 3] four five"));
    }

    #[test]
    fn splitting_a_line_leaves_its_words_unchanged() {
        let (old, new) = marked(&["one two three four"], &["one two", "three four"]);
        assert_eq!((old.as_str(), new.as_str()), ("one two[ ]three four", "one two|three four"));
    }

    #[test]
    fn nothing_is_marked_in_dissimilar_or_very_long_lines() {
        let (old, new) = marked(&["Call the ward."], &["Nothing of this is left of it all"]);
        assert!(!old.contains('[') && !new.contains('['), "{old} {new}");
        let long = "word ".repeat(PLACE_BYTES / 5);
        let other = format!("{long}more");
        assert!(!marked(&[&long], &[&other]).1.contains('['));
    }
}
