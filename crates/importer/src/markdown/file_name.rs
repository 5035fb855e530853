//! Parses the name of a file: date, slug, language, and whether it is a draft.

use jiff::Timestamp;

use crate::markdown::dates;

/// The parts of a relative path such as `posts/2020-01-31-name.es.md`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileName<'a> {
    pub(crate) slug: &'a str,
    /// The date before the slug; an error when the date does not exist.
    pub(crate) date: Option<Result<Timestamp, String>>,
    pub(crate) locale: Option<&'a str>,
    pub(crate) draft: bool,
}

const EXTENSIONS: [&str; 5] = [".md", ".markdown", ".mdown", ".mkd", ".mdx"];

/// The languages that a file name may end with. This is a list, so that `js` in `notes-on-node.js.md` is not a
/// language.
const LANGUAGES: [&str; 34] = [
    "am", "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hmn", "ht", "hu",
    "id", "it", "ja", "km", "ko", "nl", "no", "pl", "pt", "ro", "ru", "so", "sv", "tl", "uk", "vi", "zh",
];

/// Parses a relative path with `/` separators.
pub(crate) fn parse(path: &str) -> FileName<'_> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem =
        EXTENSIONS.iter().find_map(|extension| strip_suffix_ignoring_case(name, extension)).unwrap_or(name);
    let (stem, locale) = match stem.rsplit_once('.') {
        Some((stem, language)) if !stem.is_empty() && is_language(language) => (stem, Some(language)),
        _ => (stem, None),
    };
    let folder = folders.rsplit('/').next().unwrap_or_default();
    let bundle = matches!(stem, "index" | "_index") && !folder.is_empty();
    let stem = if bundle { folder } else { stem };
    let (date, slug) = match dates::leading_date(stem) {
        Some((date, rest)) if !rest.is_empty() => (Some(date), rest),
        Some((date, _)) => (Some(date), stem),
        None => (None, stem),
    };
    FileName { slug, date, locale, draft: folders.split('/').any(|folder| folder == "_drafts") }
}

fn strip_suffix_ignoring_case<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(suffix.len())?;
    let ending = name.get(at..)?;
    ending.eq_ignore_ascii_case(suffix).then(|| &name[..at])
}

fn is_language(suffix: &str) -> bool {
    let (language, region) = suffix.split_once(['-', '_']).unwrap_or((suffix, "xx"));
    LANGUAGES.contains(&language)
        && (2..=4).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jekyll_and_hugo_are_parsed() {
        let cases = [
            ("2020-01-31-a-start.md", "a-start", Some("2020-01-31"), None, false),
            ("posts/a-start.MARKDOWN", "a-start", None, None, false),
            ("posts/2020-01-31-a-start/index.md", "a-start", Some("2020-01-31"), None, false),
            ("posts/a-start/index.es.md", "a-start", None, Some("es"), false),
            ("a-start.pt-br.md", "a-start", None, Some("pt-br"), false),
            ("notes-on-node.js.md", "notes-on-node.js", None, None, false),
            ("_drafts/idea.md", "idea", None, None, true),
            ("2020-01-31.md", "2020-01-31", Some("2020-01-31"), None, false),
            ("index.md", "index", None, None, false),
            (".md", "", None, None, false),
            ("", "", None, None, false),
        ];
        for (path, slug, date, locale, draft) in cases {
            let name = parse(path);
            let day = name.date.as_ref().map(|date| date.as_ref().unwrap().to_string()[..10].to_owned());
            assert_eq!(
                (name.slug, day.as_deref(), name.locale, name.draft),
                (slug, date, locale, draft),
                "{path}"
            );
        }
    }
}
