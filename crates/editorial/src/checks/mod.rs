//! What a revision should be mended for before it is published, as data.
//!
//! Errors keep it from being published. Warnings are for the editor to judge.

mod images;
mod links;
mod readability;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use domain::{Content, Slug, Timestamp, UserErrorCode};
use richtext::RichText;

pub use links::internal_slugs;
pub use readability::{Readability, readability};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IssueCode {
            $($(#[$doc])* $name,)*
        }

        impl IssueCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in the API.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// There is no text.
    BodyEmpty = "BODY_EMPTY",
    /// An image has no alternative text.
    AltTextMissing = "ALT_TEXT_MISSING",
    /// The alternative text of an image says nothing.
    AltTextUseless = "ALT_TEXT_USELESS",
    /// A heading is more than one level below the one before it.
    HeadingLevelSkipped = "HEADING_LEVEL_SKIPPED",
    /// A heading of level 1 in the text, which the title is already.
    HeadingLevelOne = "HEADING_LEVEL_ONE",
    /// The text of a link says nothing of where it leads.
    LinkTextVague = "LINK_TEXT_VAGUE",
    /// A link within the site leads to nothing that is public.
    InternalLinkBroken = "INTERNAL_LINK_BROKEN",
    /// The text is harder to read than the publication wants.
    ReadingLevelHigh = "READING_LEVEL_HIGH",
    /// The title is shorter or longer than search engines show.
    TitleLength = "TITLE_LENGTH",
    /// The description is shorter or longer than search engines show.
    DescriptionLength = "DESCRIPTION_LENGTH",
    /// The article has no tag.
    TagMissing = "TAG_MISSING",
    /// The article has no topic.
    TopicMissing = "TOPIC_MISSING",
    /// The date that readers see is still to come.
    PublishedAtInFuture = "PUBLISHED_AT_IN_FUTURE",
}

/// What an issue does to a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It has to be mended.
    Error,
    /// It has to be mended, or acknowledged by its code.
    Warning,
}

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What was found.
    pub code: IssueCode,
    /// Whether it has to be mended.
    pub severity: Severity,
    /// The path of the field, outermost first, for example `["heroImage", "alt"]`.
    pub path: Vec<String>,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// What a publication wants of its articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The school grade of the United States above which a text is hard to read; none for no such check.
    /// Twelve by default: the end of secondary school.
    pub max_grade: Option<f64>,
    /// Characters of a title: result pages cut most titles after about 65.
    pub title: RangeInclusive<usize>,
    /// Characters of a description: result pages cut most of them after about 160.
    pub description: RangeInclusive<usize>,
    /// The address of the site: links that begin with it are internal, like relative ones.
    pub site_url: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { max_grade: Some(12.0), title: 10..=65, description: 50..=160, site_url: None }
    }
}

/// Where an internal link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTarget {
    /// To an article that is public.
    Public,
    /// To one that is not, or not any more.
    NotPublic,
}

/// How many issues are told of one revision.
const MAX_ISSUES: usize = 100;

/// Checks a revision as of an instant. `rich` is its body, rendered; `targets` says of the slugs of
/// [`internal_slugs`] where they lead: what is not in it is no article.
#[must_use]
pub fn check(
    content: &Content,
    rich: &RichText,
    policy: &Policy,
    now: Timestamp,
    targets: &HashMap<Slug, LinkTarget>,
) -> Vec<Issue> {
    let mut issues = Issues(Vec::new());
    let inline = rich.images.iter().map(|image| (image.url.as_str(), image.alt.as_str()));
    for problem in content.publish_problems(now, inline) {
        let code = match (problem.code, problem.path.first().map(String::as_str)) {
            (UserErrorCode::AltTextMissing, _) => IssueCode::AltTextMissing,
            (_, Some("publishedAt")) => IssueCode::PublishedAtInFuture,
            _ => IssueCode::BodyEmpty,
        };
        issues.0.push(Issue {
            code,
            severity: Severity::Error,
            path: problem.path,
            message: problem.message,
        });
        if issues.0.len() >= MAX_ISSUES {
            break;
        }
    }
    lengths(content, rich, policy, &mut issues);
    labels(content, &mut issues);
    images::check(content, rich, &mut issues);
    headings(rich, &mut issues);
    links::check(content, rich, policy, targets, &mut issues);
    reading_level(content, rich, policy, &mut issues);
    let mut issues = issues.0;
    // Stable: within each, the order of the article.
    issues.sort_by_key(|issue| issue.severity);
    issues.truncate(MAX_ISSUES);
    issues
}

/// What was found so far.
struct Issues(Vec<Issue>);

impl Issues {
    fn warn(&mut self, code: IssueCode, path: &str, message: String) {
        self.add(code, Severity::Warning, path, message);
    }

    fn add(&mut self, code: IssueCode, severity: Severity, path: &str, message: String) {
        // What is told of many places at once is told once of each, and not without end.
        let known = |issue: &Issue| issue.code == code && issue.message == message;
        if self.0.len() < 2 * MAX_ISSUES && !self.0.iter().any(known) {
            let path = path.split('.').map(str::to_owned).collect();
            self.0.push(Issue { code, severity, path, message });
        }
    }
}

fn lengths(content: &Content, rich: &RichText, policy: &Policy, issues: &mut Issues) {
    let outside = |range: &RangeInclusive<usize>, text: &str| {
        let length = text.chars().count();
        (!range.contains(&length)).then(|| {
            let way = if length < *range.start() { "say more" } else { "shorten it" };
            (length, format!("search engines show {} to {}: {way}", range.start(), range.end()))
        })
    };
    let (path, title) = match &content.seo.title {
        Some(title) => ("seo.title", title),
        None => ("title", &content.title),
    };
    if let Some((length, way)) = outside(&policy.title, title) {
        let own = if path == "title" { ", or give search engines one of its own in `seo.title`" } else { "" };
        let message = format!("the title has {length} characters, and {way}{own}");
        issues.warn(IssueCode::TitleLength, path, message);
    }
    let made;
    let (path, description) = match (&content.seo.description, &content.excerpt) {
        (Some(description), _) => ("seo.description", description.as_str()),
        (None, Some(excerpt)) => ("excerpt", excerpt.as_str()),
        (None, None) => {
            made = richtext::excerpt(&rich.text, 300);
            ("excerpt", made.as_str())
        }
    };
    if let Some((length, way)) = outside(&policy.description, description) {
        let message = if content.seo.description.is_none() && content.excerpt.is_none() {
            format!(
                "there is no description and no teaser: result pages cut one out of the text; write one of {} to {} characters in `seo.description`, or a teaser in `excerpt`",
                policy.description.start(),
                policy.description.end()
            )
        } else {
            format!("the description for result pages has {length} characters, and {way}")
        };
        issues.warn(IssueCode::DescriptionLength, path, message);
    }
}

fn labels(content: &Content, issues: &mut Issues) {
    if content.tags.is_empty() {
        let message = "the article has no tag: readers who filter by tag do not find it".to_owned();
        issues.warn(IssueCode::TagMissing, "tags", message);
    }
    if content.topics.is_empty() {
        let message = "the article has no topic: readers who browse the topics do not find it".to_owned();
        issues.warn(IssueCode::TopicMissing, "topics", message);
    }
}

fn headings(rich: &RichText, issues: &mut Issues) {
    // The title is the heading above them all.
    let mut last = 1;
    for heading in &rich.outline {
        let text = shorten(&heading.text);
        if heading.level == 1 {
            let message =
                format!("the heading “{text}” is of level 1, which the title is already: begin with `##`");
            issues.warn(IssueCode::HeadingLevelOne, "body", message);
        } else if heading.level > last + 1 {
            let message = format!(
                "the heading “{text}” is of level {}, right below one of level {last}: make it one of level {}",
                heading.level,
                last + 1
            );
            issues.warn(IssueCode::HeadingLevelSkipped, "body", message);
        }
        last = heading.level;
    }
}

fn reading_level(content: &Content, rich: &RichText, policy: &Policy, issues: &mut Issues) {
    let Some(max) = policy.max_grade else { return };
    let Some(found) = readability(&rich.text, &content.locale) else { return };
    if found.grade_level > max {
        let message = format!(
            "the text takes grade {:.1} to read (Flesch–Kincaid), and {max} is wanted: shorten sentences, and prefer short words",
            found.grade_level
        );
        issues.warn(IssueCode::ReadingLevelHigh, "body", message);
    }
}

/// At most 80 characters of a text, for a message.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(79).chain(['…']).collect() }
}

#[cfg(test)]
mod tests;
