//! Which words of changed lines changed.

use similar::DiffTag;
use unicode_segmentation::UnicodeSegmentation;

use super::Word;
use super::sequence::{Numbers, operations};

/// Bytes of a changed place, both sides together, above which its words are not compared.
const PLACE_BYTES: usize = 64 << 10;

/// Bytes of changed places whose words are compared, all together.
const BYTES: usize = 512 << 10;

/// Steps taken in looking for the shortest way, all together.
const STEPS: usize = 1 << 24;

/// Compares the words of changed places, as long as there are not too many.
pub(super) struct Words {
    bytes: usize,
    steps: usize,
}

impl Words {
    pub(super) fn new() -> Self {
        Self { bytes: BYTES, steps: STEPS }
    }

    /// The words of lines that took each other's place; lines in, lines out.
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
        let (old_kept, old_all) = kept(&old_tokens);
        let (new_kept, new_all) = kept(&new_tokens);
        // With less than a third in common, what is equal is so by chance.
        if 3 * (old_kept + new_kept) < old_all + new_all {
            return (plain(old), plain(new));
        }
        (lines(old_tokens, old.len()), lines(new_tokens, new.len()))
    }
}

/// Lines whose words are not compared: one piece each.
pub(super) fn plain(lines: &[&str]) -> Vec<Vec<Word>> {
    lines.iter().map(|line| plain_line(line)).collect()
}

/// A line whose words are not compared.
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

/// The words of lines, and their numbers.
fn tokens<'a>(lines: &[&'a str], numbers: &mut Numbers<'a>) -> (Vec<Token<'a>>, Vec<u32>) {
    let mut tokens = Vec::new();
    let mut of_tokens = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        // The end of a line is a word as well, or words would be taken for equal across lines.
        for text in text.split_word_bounds().chain(["\n"]) {
            tokens.push(Token { line, text, changed: false });
            of_tokens.push(numbers.number(text));
        }
    }
    (tokens, of_tokens)
}

/// How many words stayed, white space not counted, out of how many.
fn kept(tokens: &[Token<'_>]) -> (usize, usize) {
    let words = || tokens.iter().filter(|token| !token.is_space());
    (words().filter(|token| !token.changed).count(), words().count())
}

/// Puts words together to the pieces of each line.
fn lines(mut tokens: Vec<Token<'_>>, count: usize) -> Vec<Vec<Word>> {
    // White space between two words that changed changed with them: one mark instead of two.
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

    /// Both sides, with what changed in brackets.
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
    fn words_that_changed_are_marked() {
        let (old, new) = marked(&["Wash your hands before a meal."], &["Wash your feet before every meal."]);
        assert_eq!(old, "Wash your [hands] before [a] meal.");
        assert_eq!(new, "Wash your [feet] before [every] meal.");
        let (old, new) = marked(&["one two three four five"], &["one 2 3 four five"]);
        assert_eq!((old.as_str(), new.as_str()), ("one [two three] four five", "one [2 3] four five"));
    }

    #[test]
    fn a_line_that_was_broken_keeps_its_words() {
        let (old, new) = marked(&["one two three four"], &["one two", "three four"]);
        assert_eq!((old.as_str(), new.as_str()), ("one two[ ]three four", "one two|three four"));
    }

    #[test]
    fn nothing_is_marked_without_enough_in_common_or_beyond_the_bounds() {
        let (old, new) = marked(&["Call the ward."], &["Nothing of this is left of it all"]);
        assert!(!old.contains('[') && !new.contains('['), "{old} {new}");
        let long = "word ".repeat(PLACE_BYTES / 5);
        let other = format!("{long}more");
        assert!(!marked(&[&long], &[&other]).1.contains('['));
    }
}
