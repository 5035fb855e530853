//! Names and values from outside, as messages show them: short.

use std::borrow::Cow;

/// How many characters of a name or a value are shown.
const MAX_SHOWN: usize = 80;
/// How many characters a message has at most. One of UTF-8 takes up to four bytes.
pub(crate) const MAX_MESSAGE: usize = 600;

/// A name, short enough for a message.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    cut(name, MAX_SHOWN)
}

/// The beginning of a text, when it is longer than this many characters.
pub(crate) fn cut(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// Whether messages show all of a name.
pub(crate) fn is_short(name: &str) -> bool {
    name.len() <= MAX_SHOWN
}

/// Names in a sentence: "`a`, `b` or `c`".
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
