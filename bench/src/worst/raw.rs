//! Documents and variables as plain text, which is changed without regard to what it means: most of it is refused.

use crate::random::Random;

/// What is put in somewhere.
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
/// How long a text may become: more than anybody may send without a key.
const LONGEST: usize = 300_000;

/// A text that differs a little.
pub(crate) fn mutated(text: &str, random: &mut Random) -> String {
    let (from, until) = part(text, random);
    let mut changed = match random.below(5) {
        // Without a part.
        0 => format!("{}{}", &text[..from], &text[until..]),
        // With something in between.
        1 => format!("{}{}{}", &text[..from], random.pick(&PIECES), &text[from..]),
        // With a part many times.
        2 | 3 => {
            let times = *random.pick(&[2, 10, 100, 1_000]);
            let most = LONGEST / (until - from).max(1);
            format!("{}{}{}", &text[..from], text[from..until].repeat(times.min(most)), &text[until..])
        }
        // With all of it twice.
        _ => text.repeat(2),
    };
    if changed.len() > LONGEST {
        changed.truncate(floor(&changed, LONGEST));
    }
    changed
}

/// About half of a text.
pub(crate) fn shrunk(text: &str, random: &mut Random) -> String {
    let (from, until) = part(text, random);
    format!("{}{}", &text[..from], &text[until..])
}

/// The beginning and the end of a part.
fn part(text: &str, random: &mut Random) -> (usize, usize) {
    let from = floor(text, random.below(text.len() + 1));
    let length = *random.pick(&[4, 30, 300, 3_000, text.len()]);
    let until = floor(text, (from + 1 + random.below(length.max(1))).min(text.len()));
    (from, until.max(from))
}

/// The nearest place before this one between two characters.
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
            assert!(text.len() <= LONGEST);
        }
        shrunk("", &mut random);
        mutated("", &mut random);
    }
}
