//! The part of a web address that names an article, tag, topic or author.

use std::fmt;

/// A slug: 1 to 200 characters. Each is `a-z`, `0-9`, or a single hyphen between two of those.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Box<str>);

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

    /// Parses a text that must already be a slug.
    ///
    /// # Errors
    /// [`SlugError`] when the text is not a slug. The message suggests a slug that is made from it.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() {
            return Err(SlugError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(SlugError::TooLong(text.chars().count()));
        }
        let shaped = text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if shaped {
            return Ok(Self(text.into()));
        }
        let suggestion =
            Self::from_text(text).map_or_else(|_| "patient-portals".to_owned(), |slug| slug.to_string());
        Err(SlugError::Malformed { given: text.to_owned(), suggestion })
    }

    /// Makes a slug from a title or a name: transliterates it to ASCII, makes it lower-case, and cuts it
    /// at a hyphen to at most [`Slug::MAX`] characters.
    ///
    /// # Errors
    /// [`SlugError::Empty`] when the text has no character that can become a letter or a digit.
    pub fn from_text(text: &str) -> Result<Self, SlugError> {
        let text: String = text.chars().take(4 * Self::MAX).collect();
        let mut slug = slug::slugify(text);
        if slug.len() > Self::MAX {
            let cut = slug[..=Self::MAX].rfind('-').unwrap_or(Self::MAX);
            slug.truncate(cut);
        }
        if slug.is_empty() { Err(SlugError::Empty) } else { Ok(Self(slug.into())) }
    }

    /// Returns the last path segment of a URL when it is a slug: `flu-shots` for `/blog/2019/flu-shots/` and for
    /// `flu-shots.html?x=1#y`. `None` when the last segment is not a slug, for example `flu.pdf`.
    #[must_use]
    pub fn of_address(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next()?.trim_end_matches('/');
        let last = path.rsplit('/').next()?;
        let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
        Self::parse(stem).ok()
    }

    /// Returns the slug with `-number` appended, for example `-2`, to use when the slug itself is taken. The
    /// slug is shortened where the result would exceed [`Slug::MAX`].
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let stem = &self.0[..self.0.len().min(Self::MAX - suffix.len())];
        Self(format!("{}{suffix}", stem.trim_end_matches('-')).into())
    }

    /// Returns the slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    fn the_error_for_a_malformed_slug_suggests_a_slug() {
        let message = Slug::parse("Gen Z!").unwrap_err().to_string();
        assert!(message.ends_with("for example `gen-z`"), "{message}");
        assert_eq!(Slug::parse(""), Err(SlugError::Empty));
        assert!(Slug::parse("a--b").is_err());
        assert!(Slug::parse(&"a".repeat(201)).is_err());
    }

    proptest! {
        #[test]
        fn a_generated_slug_parses(text: String, number in 2u32..100_000) {
            if let Ok(slug) = Slug::from_text(&text) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                let numbered = slug.numbered(number);
                prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered));
            }
        }
    }
}
