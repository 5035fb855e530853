//! Changes documents and variables as plain text. Most of the results are invalid, so the server refuses them.

use crate::random::Random;

/// The texts that can be inserted.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "...",
    "...F0",
    "x:id ",
    "id ",
    "\"",
    "\"\"\"",
    "@skip(if:true)",
    "@x ",
    "$v",
    "query",
    "fragment F0 on Article{...F0}",
    "# comment\n",
    "0",
    "-1",
    "null",
    "\\u{1F600}",
    "é",
    "articles",
];
/// The maximum length of a text, in bytes. It is more than the server accepts without a key.
const MAX_LENGTH: usize = 300_000;

/// Returns a text with a small change.
pub(crate) fn mutated(text: &str, random: &mut Random) -> String {
    let (from, until) = part(text, random);
    let mut changed = match random.below(5) {
        // Removes a part.
        0 => format!("{}{}", &text[..from], &text[until..]),
        // Inserts a text.
        1 => format!("{}{}{}", &text[..from], random.pick(&PIECES), &text[from..]),
        // Repeats a part.
        2 | 3 => {
            let times = *random.pick(&[2, 10, 100, 1_000]);
            let most = MAX_LENGTH / (until - from).max(1);
            format!("{}{}{}", &text[..from], text[from..until].repeat(times.min(most)), &text[until..])
        }
        // Doubles the text.
        _ => text.repeat(2),
    };
    if changed.len() > MAX_LENGTH {
        changed.truncate(floor(&changed, MAX_LENGTH));
    }
    changed
}

/// Returns a text without one part.
pub(crate) fn shrunk(text: &str, random: &mut Random) -> String {
    let (from, until) = part(text, random);
    format!("{}{}", &text[..from], &text[until..])
}

/// Picks a part, and returns its start and its end.
fn part(text: &str, random: &mut Random) -> (usize, usize) {
    let from = floor(text, random.below(text.len() + 1));
    let length = *random.pick(&[4, 30, 300, 3_000, text.len()]);
    let until = floor(text, (from + 1 + random.below(length.max(1))).min(text.len()));
    (from, until.max(from))
}

/// Returns the nearest character boundary at or before this position.
fn floor(text: &str, mut place: usize) -> usize {
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_within_its_length() {
        let mut random = Random::new(1, 1);
        let mut text = "{ articles { nodes { title 🙂 } } }".to_owned();
        for _ in 0..2_000 {
            text = mutated(&text, &mut random);
            assert!(text.len() <= MAX_LENGTH);
        }
        shrunk("", &mut random);
        mutated("", &mut random);
    }
}
