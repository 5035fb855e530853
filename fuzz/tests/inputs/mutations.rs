//! Generates inputs from seeds. The result depends only on the seeds and on a number.

use std::ops::Range;

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// The maximum length of an input, in bytes.
const MAX_LENGTH: usize = 16 << 10;

/// Numbers that programs often handle wrongly.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "101",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
    "-0.0",
    "00",
];

/// Characters that programs often handle wrongly: multi-byte, invisible, right-to-left and control characters.
const CHARACTERS: [&str; 14] = [
    "\0",
    "\r",
    "\n",
    "\t",
    "\"",
    "\\",
    "é",
    "漢",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{202e}",
    "\u{feff}",
    "\u{301}",
    "\u{ffff}",
    "\u{85}",
];

/// Generates inputs from seeds.
#[derive(Debug)]
pub(crate) struct Mutations<'a> {
    seeds: &'a [Vec<u8>],
    words: &'a [Vec<u8>],
    random: TestRng,
}

impl<'a> Mutations<'a> {
    /// Makes a generator from seeds and dictionary words. There must be at least one seed. `number` selects the inputs.
    pub(crate) fn of(seeds: &'a [Vec<u8>], words: &'a [Vec<u8>], number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self { seeds, words, random: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes) }
    }

    /// Returns the next input: a seed with a few random changes.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.below(5) {
            self.change(&mut input);
            input.truncate(MAX_LENGTH);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        match self.below(11) {
            0 => {
                if let Some(at) = self.place(input) {
                    input[at] ^= 1 << self.below(8);
                }
            }
            1 => {
                let at = self.below(input.len() + 1);
                input.insert(at, self.random.next_u32() as u8);
            }
            2 => {
                let gone = self.range(input);
                input.drain(gone);
            }
            3 => {
                let range = self.range(input);
                let copies = input[range.clone()].repeat(1 + self.below(40));
                input.splice(range.end..range.end, copies);
            }
            4 => {
                let at = self.below(input.len() + 1);
                let word = self.word();
                input.splice(at..at, word);
            }
            5 => {
                let word = self.word();
                self.replace_token(input, word);
            }
            6 => {
                let other = self.seed();
                let token = self.token(other).map(|token| other[token].to_vec()).unwrap_or_default();
                self.replace_token(input, token);
            }
            7 => {
                let other = self.seed();
                let (cut, from) = (self.below(input.len() + 1), self.below(other.len() + 1));
                input.truncate(cut);
                input.extend_from_slice(&other[from..]);
            }
            8 => {
                let (Some(one), Some(other)) = (self.token(input), self.token(input)) else { return };
                let (first, second) = if one.start <= other.start { (one, other) } else { (other, one) };
                if first.end <= second.start {
                    let (early, late) = (input[first.clone()].to_vec(), input[second.clone()].to_vec());
                    input.splice(second, early);
                    input.splice(first, late);
                }
            }
            9 => {
                let number = NUMBERS[self.below(NUMBERS.len())];
                self.replace_token(input, number.into());
            }
            _ => {
                let at = self.below(input.len() + 1);
                let character = CHARACTERS[self.below(CHARACTERS.len())];
                input.splice(at..at, character.bytes());
            }
        }
    }

    fn seed(&mut self) -> &'a [u8] {
        let chosen = self.below(self.seeds.len());
        &self.seeds[chosen]
    }

    fn word(&mut self) -> Vec<u8> {
        if self.words.is_empty() {
            return CHARACTERS[self.below(CHARACTERS.len())].into();
        }
        self.words[self.below(self.words.len())].clone()
    }

    /// Picks a position in an input; `None` when the input is empty.
    fn place(&mut self, input: &[u8]) -> Option<usize> {
        (!input.is_empty()).then(|| self.below(input.len()))
    }

    /// Picks a range of an input, most often a short one.
    fn range(&mut self, input: &[u8]) -> Range<usize> {
        let start = self.below(input.len() + 1);
        let longest = if self.below(4) == 0 { input.len() } else { 12 };
        let length = self.below(longest.min(input.len() - start) + 1);
        start..start + length
    }

    /// Picks a token of an input: a word, a number or a punctuation character.
    fn token(&mut self, input: &[u8]) -> Option<Range<usize>> {
        let at = self.place(input)?;
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        if !in_word(&input[at]) {
            return Some(at..at + 1);
        }
        let start = input[..at].iter().rposition(|byte| !in_word(byte)).map_or(0, |before| before + 1);
        let end =
            input[at..].iter().position(|byte| !in_word(byte)).map_or(input.len(), |length| at + length);
        Some(start..end)
    }

    fn replace_token(&mut self, input: &mut Vec<u8>, new: Vec<u8>) {
        if let Some(token) = self.token(input) {
            input.splice(token, new);
        }
    }

    /// Returns a random number below `limit`, which must not be 0.
    fn below(&mut self, limit: usize) -> usize {
        self.random.next_u32() as usize % limit
    }
}
