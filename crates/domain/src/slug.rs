//! The part of a web address that names an article, tag, topic or author.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A slug: 1 to 200 characters. Each is a letter or a digit of any script, or a single hyphen between two of those.
/// Letters that have upper case and lower case are in lower case, and the text is in Unicode's normal form C, so that
/// slugs that look equal are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Box<str>);

/// Which letters a slug that is made from a text keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlugLetters {
    /// `a` to `z`: other letters are transliterated.
    #[default]
    Ascii,
    /// The letters of all scripts.
    Unicode,
}

/// Why a text is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// The text is empty, or has no character that can become a letter or a digit.
    #[error("a slug needs at least one letter or digit")]
    Empty,
    /// The text is longer than [`Slug::MAX`] characters.
    #[error("a slug has at most {max} characters, this one has {0}", max = Slug::MAX)]
    TooLong(usize),
    /// The text holds characters other than lower-case letters, digits and single hyphens.
    #[error(
        "`{given}` is not a slug: use lower-case letters, digits and single hyphens, for example `{suggestion}`"
    )]
    Malformed {
        /// The text that was parsed.
        given: String,
        /// The slug that is made from that text.
        suggestion: String,
    },
}

impl Slug {
    /// The maximum length, in characters.
    pub const MAX: usize = 200;
    /// A regular expression that all slugs match, for descriptions: of ASCII, a slug has only lower-case letters, digits
    /// and hyphens.
    pub const PATTERN: &str = r"^[^\x00-,./:-`{-\x7F]+$";

    /// Parses a text that must already be a slug.
    ///
    /// # Errors
    /// [`SlugError`] when the text is not a slug. The message suggests a slug that is made from it.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() {
            return Err(SlugError::Empty);
        }
        // No character has more than four bytes.
        if text.len() > Self::MAX && (text.len() > 4 * Self::MAX || text.chars().count() > Self::MAX) {
            return Err(SlugError::TooLong(text.chars().count()));
        }
        if text.split('-').all(is_word) && unicode_normalization::is_nfc(text) {
            return Ok(Self(text.into()));
        }
        let suggestion =
            Self::from_text(text).map_or_else(|_| "patient-portals".to_owned(), |slug| slug.to_string());
        Err(SlugError::Malformed { given: text.to_owned(), suggestion })
    }

    /// Makes a slug from a title or a name: writes words for signs that distinguish names (`C++` becomes
    /// `c-plus-plus`), transliterates the text to ASCII, makes it lower-case, and cuts it at a hyphen to at most
    /// [`Slug::MAX`] characters.
    ///
    /// # Errors
    /// [`SlugError::Empty`] when the text has no character that can become a letter or a digit.
    pub fn from_text(text: &str) -> Result<Self, SlugError> {
        Self::from_text_with(text, SlugLetters::Ascii)
    }

    /// Like [`Slug::from_text`], with the choice of letters.
    ///
    /// # Errors
    /// [`SlugError::Empty`] when the text has no character that can become a letter or a digit.
    pub fn from_text_with(text: &str, letters: SlugLetters) -> Result<Self, SlugError> {
        let text: String = text.chars().take(4 * Self::MAX).collect();
        let text = with_words_for_signs(&text);
        let mut slug = match letters {
            SlugLetters::Ascii => slug::slugify(text),
            SlugLetters::Unicode => hyphenated(&text),
        };
        if let Some((end, _)) = slug.char_indices().nth(Self::MAX) {
            let is_whole = slug[end..].starts_with('-');
            let cut = if is_whole { end } else { slug[..end].rfind('-').unwrap_or(end) };
            slug.truncate(cut);
        }
        Self::parse(&slug).map_err(|_| SlugError::Empty)
    }

    /// Returns the last path segment of a URL when it is a slug: `flu-shots` for `/blog/2019/flu-shots/` and for
    /// `flu-shots.html?x=1#y`. The segment may be percent-encoded. `None` when it is not a slug, for example `flu.pdf`.
    #[must_use]
    pub fn of_address(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next()?.trim_end_matches('/');
        let last = path.rsplit('/').next()?;
        let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
        let stem = percent_decode_str(stem).decode_utf8().ok()?;
        if stem.is_ascii() {
            Self::parse(&stem).ok()
        } else {
            Self::parse(&stem.nfc().collect::<String>()).ok()
        }
    }

    /// Returns the slug with `-number` appended, for example `-2`, to use when the slug itself is taken. The
    /// slug is shortened where the result would exceed [`Slug::MAX`].
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let room = Self::MAX - suffix.len();
        let end = self.0.char_indices().nth(room).map_or(self.0.len(), |(end, _)| end);
        Self(format!("{}{suffix}", self.0[..end].trim_end_matches('-')).into())
    }

    /// Returns the slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text between two hyphens is a word of a slug.
fn is_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_letter = |c: char| c.is_alphanumeric() && c.to_lowercase().eq([c]);
    let starts = word.chars().next().is_some_and(|c| is_plain(c) || (!c.is_ascii() && is_letter(c)));
    let belongs = |c: char| is_plain(c) || (!c.is_ascii() && (is_combining_mark(c) || is_letter(c)));
    starts && word.chars().all(belongs)
}

/// Writes words for signs that distinguish one name from another: `+` and `#` after a letter or a digit (`C++`, `A+`,
/// `C#`), and a dot before a name (`.NET`).
fn with_words_for_signs(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '#', '.']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before: Option<char> = None;
    // Whether the character before is a part of a name.
    let mut in_name = false;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let ends_name = !rest.trim_start_matches(c).starts_with(char::is_alphanumeric);
        let starts_name =
            before.is_none_or(char::is_whitespace) && rest.starts_with(|next: char| next.is_alphabetic());
        match c {
            '+' if in_name && ends_name => out.push_str(" plus"),
            '#' if in_name && ends_name => out.push_str(" sharp"),
            '.' if starts_name => out.push_str("dot "),
            _ => {
                out.push(c);
                in_name = c.is_alphanumeric();
            }
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// Makes the text lower-case and in normal form C, and joins its words with hyphens. Every character that is neither a
/// letter nor a digit ends a word, except invisible joiners, which are dropped.
fn hyphenated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let normal: String = text.nfc().flat_map(char::to_lowercase).nfc().collect();
    for c in normal.chars() {
        let in_word = !out.is_empty() && !out.ends_with('-');
        if c.is_alphanumeric() || (is_combining_mark(c) && in_word) {
            out.push(c);
        } else if in_word && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{ad}' | '\u{fe0e}' | '\u{fe0f}') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_becomes_a_slug() {
        let slug = |text| Slug::from_text(text).unwrap().to_string();
        assert_eq!(slug("Gen Z"), "gen-z");
        assert_eq!(slug("  Où est l’hôpital ?  "), "ou-est-l-hopital");
        assert_eq!(slug("A/B testing & 5 forms"), "a-b-testing-5-forms");
    }

    #[test]
    fn signs_that_distinguish_names_become_words() {
        let slug = |text| Slug::from_text(text).unwrap().to_string();
        for (text, expected) in [
            ("C", "c"),
            ("C++", "c-plus-plus"),
            ("C#", "c-sharp"),
            ("C++ for nurses", "c-plus-plus-for-nurses"),
            ("Google+", "google-plus"),
            (".NET", "dot-net"),
            ("Why .NET?", "why-dot-net"),
            ("1+1", "1-1"),
            ("Ward #4", "ward-4"),
            ("Care.", "care"),
            ("v1.2", "v1-2"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_of_all_scripts_can_be_kept() {
        let slug = |text| Slug::from_text_with(text, SlugLetters::Unicode).unwrap().to_string();
        for (text, expected) in [
            ("权利", "权利"),
            ("Où est l’hôpital ?", "où-est-l-hôpital"),
            ("ÄRZTE+", "ärzte-plus"),
            ("สวัสดี ครับ", "สวัสดี-ครับ"),
            ("हिन्दी", "हिन्दी"),
            ("e\u{301}te\u{301}", "été"),
            ("Gen Z", "gen-z"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
            assert_eq!(Slug::parse(expected).map(|slug| slug.to_string()).as_deref(), Ok(expected));
        }
        for wrong in ["É", "e\u{301}", "权 利", "权—利", "-权", "\u{301}a"] {
            assert!(Slug::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Slug::of_address("/blog/%E6%9D%83%E5%88%A9/").unwrap().as_str(), "权利");
        assert_eq!(Slug::of_address("/blog/权利.html?x").unwrap().as_str(), "权利");
        assert_eq!(Slug::of_address("/blog/%E6.html"), None);
    }

    #[test]
    fn the_error_for_a_malformed_slug_suggests_a_slug() {
        let message = Slug::parse("Gen Z!").unwrap_err().to_string();
        assert!(message.ends_with("for example `gen-z`"), "{message}");
        assert_eq!(Slug::parse(""), Err(SlugError::Empty));
        assert!(Slug::parse("a--b").is_err());
        assert!(Slug::parse(&"a".repeat(201)).is_err());
        assert_eq!(Slug::parse(&"权".repeat(201)), Err(SlugError::TooLong(201)));
        assert!(Slug::parse(&"权".repeat(200)).is_ok());
    }

    proptest! {
        #[test]
        fn a_generated_slug_parses(text: String, number in 2u32..100_000) {
            for letters in [SlugLetters::Ascii, SlugLetters::Unicode] {
                if let Ok(slug) = Slug::from_text_with(&text, letters) {
                    prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                    let numbered = slug.numbered(number);
                    prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered));
                }
            }
        }

        #[test]
        fn names_in_words_of_one_script_have_slugs_of_their_own(
            first in "[a-z权利力李伟薇äöü]{1,6}( [a-z权利力李伟薇äöü]{1,6}){0,2}",
            second in "[a-z权利力李伟薇äöü]{1,6}( [a-z权利力李伟薇äöü]{1,6}){0,2}",
        ) {
            let slug = |text: &str| Slug::from_text_with(text, SlugLetters::Unicode).unwrap();
            prop_assert_eq!(slug(&first) == slug(&second), first == second);
        }
    }
}
