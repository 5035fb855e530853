//! What a publication asks of its articles.

use std::ops::RangeInclusive;

/// What a publication asks of its articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The reading grade above which a text is too hard; `None` asks for nothing. Default: 12, the
    /// last year of an American school. For texts that everybody must understand, 9 is the end of
    /// what [WCAG 2.2, criterion 3.1.5](https://www.w3.org/TR/WCAG22/#reading-level) calls lower
    /// secondary education.
    pub max_grade: Option<f64>,
    /// Characters of the title on result pages. Default: 10 to 65. No search engine names a limit;
    /// they cut a title at the width of the screen, which on a desk is after some 60 to 70
    /// characters. Below 10 it says little.
    pub title: RangeInclusive<usize>,
    /// Characters of the description on result pages. Default: 50 to 160, the custom of the trade:
    /// no search engine names a limit, and they cut it at about two lines.
    pub description: RangeInclusive<usize>,
    /// The address of the site, for example `https://journal.example`: links that begin with it are
    /// internal. Without one, relative links alone are.
    pub site_url: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { max_grade: Some(12.0), title: 10..=65, description: 50..=160, site_url: None }
    }
}
