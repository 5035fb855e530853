//! Estimates the syllables of English words from their spelling. Each run of vowels counts as one
//! syllable, except for silent vowels and for vowels that are pronounced separately. The estimate is
//! right for most words, which suffices for an average over a text. A dictionary would be larger than
//! the program.

/// Frequent words that the rules get wrong.
const KNOWN: &[(&str, usize)] = &[
    ("business", 2),
    ("businesses", 3),
    ("diabetes", 4),
    ("every", 2),
    ("everyone", 3),
    ("everything", 3),
    ("eye", 1),
    ("eyes", 1),
    ("evening", 2),
];

/// Suffixes whose first e is silent: `safely`, `careless`, `movement`.
const AFTER_SILENT: &[&str] = &["ely", "eful", "efully", "eless", "ement", "ements", "eness"];

/// First parts of compounds, which end in a silent e: `sometimes`, `caregiver`.
const SILENT_HEADS: &[&str] = &["care", "fore", "home", "life", "safe", "side", "some", "there", "where"];

/// Returns the number of syllables of a token; 0 when it has no Latin letter. Punctuation separates parts,
/// which are counted one by one: `follow-up` has three syllables.
pub(super) fn syllables(token: &str) -> usize {
    let is_plain = |b: u8| b.is_ascii_lowercase() || (b.is_ascii_punctuation() && b != b'\'');
    if token.bytes().all(is_plain) {
        return of_parts(token);
    }
    let letters: String = token.chars().filter(|c| !"'’\u{ad}".contains(*c)).map(plain).collect();
    of_parts(&letters)
}

fn of_parts(letters: &str) -> usize {
    letters.split(|c: char| !c.is_ascii_lowercase()).filter(|part| !part.is_empty()).map(of_part).sum()
}

/// Returns the lower-case letter without its accent. An accented e is never silent, so it becomes an a.
fn plain(c: char) -> char {
    match c.to_ascii_lowercase() {
        'à'..='å' | 'À'..='Å' | 'è'..='ë' | 'È'..='Ë' | 'æ' | 'Æ' | 'œ' | 'Œ' => 'a',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ç' | 'Ç' => 'c',
        'ñ' | 'Ñ' => 'n',
        plain => plain,
    }
}

/// Returns the number of syllables of a run of lower-case letters.
fn of_part(part: &str) -> usize {
    if let Some((_, count)) = KNOWN.iter().find(|(word, _)| *word == part) {
        return *count;
    }
    let letters = part.as_bytes();
    let spoken = &letters[..spoken_end(letters)];
    let begins = |at: &usize| {
        is_vowel_at(spoken, *at)
            && (*at == 0 || !is_vowel_at(spoken, *at - 1) || is_apart(&spoken[..*at], &spoken[*at..]))
    };
    let runs = (0..spoken.len()).filter(begins).count();
    // The m of `rhythm` and of `-ism` is a syllable of its own.
    let humming = usize::from(part.ends_with("sm") || part.ends_with("thm"));
    (runs + humming).saturating_sub(usize::from(has_silent_e_within(part))).max(1)
}

/// Returns the number of letters before a silent ending: before the e of `make`, `makes` and `baked`.
fn spoken_end(letters: &[u8]) -> usize {
    let all = letters.len();
    match letters {
        // `table`, `tables`, `handled`, `centre`, `hundred`: the e is pronounced before the l or r.
        // `called` and `blurred` are different.
        [.., before, b'l' | b'r', b'e'] | [.., before, b'l' | b'r', b'e', b's' | b'd']
            if !is_vowel(*before) && !matches!(before, b'l' | b'r') =>
        {
            all
        }
        [.., b'q' | b'g', b'u', b'e'] => all - 2,
        [.., before, b'e'] if !is_vowel(*before) => all - 1,
        // `wanted`, `needed`.
        [.., b't' | b'd', b'e', b'd'] => all,
        // `boxes`, `changes`, `dishes`.
        [.., b's' | b'x' | b'z' | b'c' | b'g', b'e', b's'] | [.., b's' | b'c', b'h', b'e', b's'] => all,
        [.., before, b'e', b'd' | b's'] if !is_vowel(*before) => all - 2,
        _ => all,
    }
}

fn has_silent_e_within(part: &str) -> bool {
    let follows_syllable = |stem: &str| {
        let mut before = stem.bytes().rev();
        // An l may make a syllable with the e: `element`, `supplement`.
        before.next().is_some_and(|last| !is_vowel(last) && last != b'l') && before.any(is_vowel)
    };
    AFTER_SILENT.iter().any(|end| part.strip_suffix(end).is_some_and(follows_syllable))
        || SILENT_HEADS.iter().any(|head| part.strip_prefix(head).is_some_and(|rest| rest.len() > 3))
}

/// Whether a vowel begins a new syllable although it follows another vowel. `head` is the part before it, and
/// `tail` begins with it.
fn is_apart(head: &[u8], tail: &[u8]) -> bool {
    let [before @ .., first] = head else { return true };
    let letter_before = before.last().copied();
    // These consonants merge with the i: `nation`, `social`, `region`, `patient`.
    let soft = matches!(letter_before, Some(b'c' | b'g' | b's' | b't' | b'x'));
    match (first, tail) {
        // `associate`, `society`, `science`.
        (b'i', [b'a', b't', ..] | [b'e', b't', b'y', ..]) => true,
        (b'i', [b'e', ..]) if head == b"sci" => true,
        // `opinion`, `million`; `champion`.
        (b'i', [b'o', b'n', ..]) => !soft && letter_before != Some(b'n') && !before.ends_with(b"ll"),
        // `trial`, `radio`, `previous`.
        (b'i', [b'a' | b'o' | b'u', ..]) => !soft,
        // `client`, `diet`; `friend`.
        (b'i', [b'e', b'n' | b't', ..]) => !soft && !before.ends_with(b"fr"),
        // `being`, `doing`, `studying`.
        (b'e' | b'o' | b'u' | b'y', [b'i', b'n', b'g', ..]) => true,
        // `anyone`.
        (b'y', [b'a' | b'o', ..]) => before.len() > 1,
        // `create`; `creature` is not.
        (b'e', [b'a', b't'] | [b'a', b't', b'e' | b'i', ..]) => before.ends_with(b"cr"),
        // `area`, `ideas`; `tea`.
        (b'e', [b'a']) => before.iter().copied().any(is_vowel),
        (b'e', [b'a', b's']) => matches!(before, b"ar" | b"id"),
        (b'e', [b'a', b'l', b'i', ..]) => before.ends_with(b"r"),
        // `video`, `museum`; `people`, `surgeon`.
        (b'e', [b'o', ..]) => !soft && letter_before != Some(b'p'),
        (b'e', [b'u', b'm', ..]) => true,
        // `manual`, `situation`, `influenza`, `cruel`; `quality`, `language`.
        (b'u', [b'a' | b'o', ..] | [b'e', b'n' | b'l', ..]) => !matches!(letter_before, Some(b'q' | b'g')),
        // `poem`, `coefficient`.
        (b'o', [b'e', b'f' | b'm' | b't', ..]) => true,
        _ => false,
    }
}

/// Whether the letter at `at` is a vowel. A `y` before a vowel is a vowel only after a consonant.
fn is_vowel_at(letters: &[u8], at: usize) -> bool {
    let after_consonant = at.checked_sub(1).is_some_and(|before| !is_vowel(letters[before]));
    let before_vowel = letters.get(at + 1).copied().is_some_and(is_vowel);
    is_vowel(letters[at]) && (letters[at] != b'y' || after_consonant || !before_vowel)
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

#[cfg(test)]
mod tests {
    use super::syllables;

    #[test]
    fn common_words_have_the_right_number_of_syllables() {
        let words = [
            (
                1,
                "a the cat make makes baked dose health nurse through friend field asked ward care Mr. don't \
                 “yes” shoes need called red year you eyes change blurred league tea",
            ),
            (
                2,
                "patient table tables wanted nation social doctor being doing science client quiet poem people \
                 region handled vaccine boxes dishes safely movement rhythm hopeful useless create beyond \
                 player sometimes therefore hundred centre disease unique fatigue cities studied trial \
                 million café asthma program virus",
            ),
            (
                3,
                "hospital area areas idea ideas radio video museum medicine manual follow-up studying clinical library \
                 diseases carefully creating opinion surgery element supplement anyone agreement influence \
                 employee variant infection caregiver previous",
            ),
            (
                4,
                "reality situation associate continuous diabetes community information immunity society \
                 experience bacteria influenza usually reliable evaluate immediate material efficiency",
            ),
            (5, "immunisation university hospitality examination immediately"),
            (7, "epidemiology"),
        ];
        let wrong: Vec<_> = words
            .iter()
            .flat_map(|(count, words)| words.split_whitespace().map(move |word| (word, *count)))
            .filter(|(word, count)| syllables(word) != *count)
            .map(|(word, count)| format!("{word}: {} instead of {count}", syllables(word)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_token_without_latin_letters_has_no_syllables() {
        for token in ["", "2024", "—", "病院", "'"] {
            assert_eq!(syllables(token), 0, "{token}");
        }
    }
}
