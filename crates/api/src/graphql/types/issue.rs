//! The results of the checks before publishing.

use app::checks;
use async_graphql::{Enum, SimpleObject};

/// A problem that the checks before publishing can find. New values may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "checks::IssueCode")]
pub(crate) enum IssueCode {
    /// The article has no text.
    BodyEmpty,
    /// An image has no alternative text.
    AltTextMissing,
    /// The alternative text of an image is useless: a file name, or a word like “image”.
    AltTextUseless,
    /// A heading is more than one level below the previous one.
    HeadingLevelSkipped,
    /// The text has a heading of level 1. That level is for the title.
    HeadingLevelOne,
    /// The text of a link, like “click here”, does not say where the link leads.
    LinkTextVague,
    /// A link within the site leads to nothing that is public. It is a warning if readers could see the broken link before:
    /// in the publication that this one replaces, or on the site that the article was imported from.
    InternalLinkBroken,
    /// HTML of the body is removed from the page: an embed such as an iframe, a script, or an unknown element.
    HtmlRemoved,
    /// The text is harder to read than the publication wants.
    ReadingLevelHigh,
    /// The title is shorter or longer than search engines show.
    TitleLength,
    /// The description is shorter or longer than search engines show.
    DescriptionLength,
    /// The article has no tag.
    TagMissing,
    /// The article has no topic.
    TopicMissing,
    /// A tag or topic of the article was deleted. Publishing leaves it out.
    LabelDeleted,
    /// The publication date that readers see is in the future.
    PublishedAtInFuture,
}

/// How an issue affects publishing.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "checks::Severity")]
pub(crate) enum IssueSeverity {
    /// The issue must be fixed before the article can be published.
    Error,
    /// The issue must be fixed, or acknowledged by its code.
    Warning,
}

/// A problem that a check before publishing found.
#[derive(SimpleObject)]
pub(crate) struct Issue {
    /// The code of the issue, for programs. Codes do not change.
    code: IssueCode,
    /// Whether the issue prevents publishing.
    severity: IssueSeverity,
    /// The path of the field, outermost first, for example `["heroImage", "alt"]`.
    path: Vec<String>,
    /// The problem and how to fix it, for people. It quotes the article only for callers who may read it.
    message: String,
}

impl Issue {
    /// Converts an issue for a caller. The message quotes the article only if the caller may read it in full.
    pub(crate) fn new(issue: checks::Issue, in_full: bool) -> Self {
        let checks::Issue { code, severity, path, message } = issue;
        let message = if in_full { message } else { code.summary().to_owned() };
        Self { code: code.into(), severity: severity.into(), path, message }
    }
}

/// How hard a text is to read. Only for English texts of some length.
#[derive(SimpleObject)]
pub(crate) struct Readability {
    /// The school grade in the United States that is needed to understand the text (Flesch–Kincaid).
    grade_level: f64,
    /// The number of sentences.
    sentences: i64,
    /// The number of words.
    words: i64,
    /// The number of syllables.
    syllables: i64,
}

impl From<checks::Readability> for Readability {
    fn from(readability: checks::Readability) -> Self {
        let checks::Readability { grade_level, sentences, words, syllables } = readability;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self { grade_level, sentences: count(sentences), words: count(words), syllables: count(syllables) }
    }
}

/// What the checks before publishing find in a version of an article now.
#[derive(SimpleObject)]
pub(crate) struct ArticleCheck {
    /// The number of the version.
    version: i32,
    /// The issues, errors first.
    issues: Vec<Issue>,
    /// How hard the text is to read. Null if the text is not English or is too short.
    readability: Option<Readability>,
}

impl From<app::ArticleCheck> for ArticleCheck {
    fn from(check: app::ArticleCheck) -> Self {
        let app::ArticleCheck { version, issues, readability } = check;
        Self {
            version,
            // Only callers who may read drafts reach this code.
            issues: issues.into_iter().map(|issue| Issue::new(issue, true)).collect(),
            readability: readability.map(Readability::from),
        }
    }
}
