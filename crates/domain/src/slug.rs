//! The part of a web address that names an article, tag, topic or author.

use std::fmt;

/// A slug: 1 to 200 characters out of `a-z`, `0-9` and single hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Box<str>);

/// Why a text is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Nothing was given, or nothing that a slug can be made of.
    #[error("a slug needs at least one letter or digit")]
    Empty,
    /// Longer than [`Slug::MAX`].
    #[error("a slug has at most {max} characters, this one has {0}", max = Slug::MAX)]
    TooLong(usize),
    /// Holds something else than lower-case letters, digits and single hyphens.
    #[error(
        "`{given}` is not a slug: use lower-case letters, digits and single hyphens, for example `{suggestion}`"
    )]
    Malformed {
        /// What was given.
        given: String,
        /// The nearest slug.
        suggestion: String,
    },
}

impl Slug {
    /// The greatest length, in characters.
    pub const MAX: usize = 200;

    /// Takes a text that is a slug already.
    ///
    /// # Errors
    /// When it is not one; the message proposes the nearest slug.
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

    /// Makes a slug of a title or a name: transliterated, lower-case, cut at a word to fit.
    ///
    /// # Errors
    /// [`SlugError::Empty`] when the text holds nothing that could become a letter or a digit.
    pub fn from_text(text: &str) -> Result<Self, SlugError> {
        let text: String = text.chars().take(4 * Self::MAX).collect();
        let mut slug = slug::slugify(text);
        if slug.len() > Self::MAX {
            let cut = slug[..=Self::MAX].rfind('-').unwrap_or(Self::MAX);
            slug.truncate(cut);
        }
        if slug.is_empty() { Err(SlugError::Empty) } else { Ok(Self(slug.into())) }
    }

    /// The slug that an address ends in: `/blog/2019/flu-shots/` and `flu-shots.html?x=1#y` end in
    /// `flu-shots`. Nothing when it ends in something else, like a file of another kind.
    #[must_use]
    pub fn of_address(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next()?.trim_end_matches('/');
        let last = path.rsplit('/').next()?;
        let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
        Self::parse(stem).ok()
    }

    /// The slug with `-2`, `-3`, … appended, for when the plain one is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let stem = &self.0[..self.0.len().min(Self::MAX - suffix.len())];
        Self(format!("{}{suffix}", stem.trim_end_matches('-')).into())
    }

    /// The slug as text.
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
    fn a_slug_is_made_of_a_title() {
        let slug = |text| Slug::from_text(text).unwrap().to_string();
        assert_eq!(slug("Gen Z"), "gen-z");
        assert_eq!(slug("  Où est l’hôpital ?  "), "ou-est-l-hopital");
        assert_eq!(slug("A/B testing & 5 forms"), "a-b-testing-5-forms");
    }

    #[test]
    fn a_bad_slug_is_answered_with_a_good_one() {
        let message = Slug::parse("Gen Z!").unwrap_err().to_string();
        assert!(message.ends_with("for example `gen-z`"), "{message}");
        assert_eq!(Slug::parse(""), Err(SlugError::Empty));
        assert!(Slug::parse("a--b").is_err());
        assert!(Slug::parse(&"a".repeat(201)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_made_can_be_parsed(text: String, number in 2u32..100_000) {
            if let Ok(slug) = Slug::from_text(&text) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                let numbered = slug.numbered(number);
                prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered));
            }
        }
    }
}
