//! What the checks before publishing find.

use app::checks;
use async_graphql::{Enum, SimpleObject};

/// What a check before publishing can find. More may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "checks::IssueCode")]
pub(crate) enum IssueCode {
    /// There is no text.
    BodyEmpty,
    /// An image has no alternative text.
    AltTextMissing,
    /// The alternative text of an image says nothing: a file name, or a word like “image”.
    AltTextUseless,
    /// A heading is more than one level below the one before it.
    HeadingLevelSkipped,
    /// A heading of level 1 in the text: the title is that already.
    HeadingLevelOne,
    /// The text of a link says nothing of where it leads, like “click here”.
    LinkTextVague,
    /// A link within the site leads to nothing that is public.
    InternalLinkBroken,
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
    /// The date that readers see is still to come.
    PublishedAtInFuture,
}

/// What an issue does to a publish.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "checks::Severity")]
pub(crate) enum IssueSeverity {
    /// It has to be mended.
    Error,
    /// It has to be mended, or acknowledged by its code.
    Warning,
}

/// What a check before publishing found.
#[derive(SimpleObject)]
pub(crate) struct Issue {
    /// The stable code.
    code: IssueCode,
    /// Whether it has to be mended.
    severity: IssueSeverity,
    /// The path of the field, outermost first, for example `["heroImage", "alt"]`.
    path: Vec<String>,
    /// What is wrong and how to mend it, for people. It quotes the article only for those who may read it.
    message: String,
}

impl Issue {
    /// What was found; in the words of the article when whoever asks may read it.
    pub(crate) fn told(issue: checks::Issue, in_full: bool) -> Self {
        let checks::Issue { code, severity, path, message } = issue;
        let message = if in_full { message } else { code.summary().to_owned() };
        Self { code: code.into(), severity: severity.into(), path, message }
    }
}

/// How hard a text is to read. Only for English, and only for texts of some length.
#[derive(SimpleObject)]
pub(crate) struct Readability {
    /// The school grade of the United States that it takes (Flesch–Kincaid).
    grade_level: f64,
    /// How many sentences were counted.
    sentences: i64,
    /// How many words were counted.
    words: i64,
    /// How many syllables were counted.
    syllables: i64,
}

impl From<checks::Readability> for Readability {
    fn from(readability: checks::Readability) -> Self {
        let checks::Readability { grade_level, sentences, words, syllables } = readability;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self { grade_level, sentences: count(sentences), words: count(words), syllables: count(syllables) }
    }
}

/// What the checks found in a version of an article, as publishing it now would.
#[derive(SimpleObject)]
pub(crate) struct ArticleCheck {
    /// The version.
    version: i32,
    /// What was found, errors first.
    issues: Vec<Issue>,
    /// How hard it is to read; null where that cannot be told.
    readability: Option<Readability>,
}

impl From<app::ArticleCheck> for ArticleCheck {
    fn from(check: app::ArticleCheck) -> Self {
        let app::ArticleCheck { version, issues, readability } = check;
        Self {
            version,
            // Only those who may read drafts get here.
            issues: issues.into_iter().map(|issue| Issue::told(issue, true)).collect(),
            readability: readability.map(Readability::from),
        }
    }
}
