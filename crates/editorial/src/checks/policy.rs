//! The editorial policy: the requirements that a publication has for its articles.

use std::ops::RangeInclusive;

/// The requirements that a publication has for its articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The highest accepted reading grade, a U.S. school grade; `None` disables the check. Default: 12,
    /// the last year of school. For texts that everybody must understand, 9 is the last year of what
    /// [WCAG 2.2, criterion 3.1.5](https://www.w3.org/TR/WCAG22/#reading-level) calls lower secondary
    /// education.
    pub max_grade: Option<f64>,
    /// The accepted length of the title, in characters. Default: 10 to 65. Search engines document no
    /// limit; on a desktop screen they cut titles after about 60 to 70 characters. A title of fewer than
    /// 10 characters says little.
    pub title: RangeInclusive<usize>,
    /// The accepted length of the description, in characters. Default: 50 to 160, the usual
    /// recommendation. Search engines document no limit; they cut descriptions after about two lines.
    pub description: RangeInclusive<usize>,
    /// The URL of the site, for example `https://journal.example`. Links that begin with it are
    /// internal, and so are relative links. Without it, only relative links are internal.
    pub site_url: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { max_grade: Some(12.0), title: 10..=65, description: 50..=160, site_url: None }
    }
}
