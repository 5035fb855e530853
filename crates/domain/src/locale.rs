//! The language of an article.

use std::fmt;
use std::str::FromStr;

use unic_langid::LanguageIdentifier;

/// A BCP 47 language tag in canonical form: language, optional script, optional region, for example `en-US`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(Box<str>);

/// The text is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language tag: use one like `en`, `en-US` or `zh-Hant-TW` (BCP 47)")]
pub struct LocaleError(String);

impl Locale {
    /// Returns `en`, the locale of an article that names none.
    #[must_use]
    pub fn english() -> Self {
        Self("en".into())
    }

    /// Returns the canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    /// Parses a language tag of at most 35 characters. Case does not matter, and `_` counts as `-`: `en_us`
    /// becomes `en-US`.
    fn from_str(text: &str) -> Result<Self, LocaleError> {
        let error = || LocaleError(text.chars().take(50).collect());
        if text.len() > 35 {
            return Err(error());
        }
        let parsed: LanguageIdentifier = text.parse().map_err(|_| error())?;
        if parsed.language.is_empty() {
            return Err(error());
        }
        Ok(Self(parsed.to_string().into()))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_canonical() {
        let locale = |text: &str| text.parse::<Locale>().map(|l| l.to_string());
        assert_eq!(locale("EN_us").as_deref(), Ok("en-US"));
        assert_eq!(locale("zh-hant-tw").as_deref(), Ok("zh-Hant-TW"));
        assert!(locale("english please").is_err());
        assert!(locale("").is_err());
        assert!(locale("und").is_err());
    }
}
