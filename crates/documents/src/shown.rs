//! Shortens names and values of clients for messages.

use std::borrow::Cow;

/// The maximum length of a name or a value in a message, in characters.
const MAX_SHOWN: usize = 80;
/// The maximum length of a message, in characters.
pub(crate) const MAX_MESSAGE: usize = 600;

/// Cuts a name for a message.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    cut(name, MAX_SHOWN)
}

/// Cuts a text to `characters` characters and appends `…`, when it is longer.
pub(crate) fn cut(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// Whether messages show the name uncut.
pub(crate) fn is_short(name: &str) -> bool {
    name.len() <= MAX_SHOWN
}

/// Joins names for a message: "`a`, `b` or `c`".
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
