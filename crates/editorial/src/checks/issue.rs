//! One thing to mend, and how many are told of.

use std::collections::HashSet;

/// The most issues that are told of at once. More of a kind become visible as some are mended.
pub const MOST_ISSUES: usize = 100;

/// One thing to mend before publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What it is, for programs.
    pub code: IssueCode,
    /// Whether it keeps the article from being published.
    pub severity: Severity,
    /// The field that it is about, outermost first, for example `["heroImage", "alt"]`.
    pub path: Vec<String>,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It must be mended.
    Error,
    /// It can be published all the same, once its code is acknowledged.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What an issue is. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IssueCode {
            $($(#[$doc])* $name,)*
        }

        impl IssueCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as interfaces write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// There is nothing to read.
    BodyEmpty = "BODY_EMPTY",
    /// An image has no alternative text.
    AltTextMissing = "ALT_TEXT_MISSING",
    /// An alternative text says nothing about what the image shows.
    AltTextUseless = "ALT_TEXT_USELESS",
    /// A heading of the body is of the first level, which is the title's.
    HeadingLevelOne = "HEADING_LEVEL_ONE",
    /// A heading is more than one level below the one before it.
    HeadingLevelSkipped = "HEADING_LEVEL_SKIPPED",
    /// The text of a link says nothing about where it leads.
    LinkTextVague = "LINK_TEXT_VAGUE",
    /// A link within the site leads nowhere: an error where that is certain, else a warning.
    InternalLinkBroken = "INTERNAL_LINK_BROKEN",
    /// The text is harder to read than the policy allows.
    ReadingLevelHigh = "READING_LEVEL_HIGH",
    /// The title is too short or too long for result pages.
    TitleLength = "TITLE_LENGTH",
    /// The description is too short or too long for result pages.
    DescriptionLength = "DESCRIPTION_LENGTH",
    /// There are no tags.
    TagMissing = "TAG_MISSING",
    /// There are no topics.
    TopicMissing = "TOPIC_MISSING",
    /// The date that readers see is still to come.
    PublishedAtInFuture = "PUBLISHED_AT_IN_FUTURE",
}

/// Collects issues.
#[derive(Default)]
pub(super) struct Issues {
    issues: Vec<Issue>,
    seen: HashSet<(IssueCode, String)>,
}

impl Issues {
    pub(super) fn error(&mut self, code: IssueCode, path: &str, message: impl Into<String>) {
        self.add(Severity::Error, code, path, message.into());
    }

    pub(super) fn warning(&mut self, code: IssueCode, path: &str, message: impl Into<String>) {
        self.add(Severity::Warning, code, path, message.into());
    }

    fn add(&mut self, severity: Severity, code: IssueCode, path: &str, message: String) {
        if self.seen.insert((code, message.clone())) {
            let path = path.split('.').map(str::to_owned).collect();
            self.issues.push(Issue { code, severity, path, message });
        }
    }

    /// What was collected, errors first. When there is too much, the first of each kind stays: one
    /// that is left out could not be acknowledged, and would not be looked at.
    pub(super) fn finish(self) -> Vec<Issue> {
        let Self { mut issues, seen: _ } = self;
        issues.sort_by_key(|issue| issue.severity);
        let mut kinds = HashSet::new();
        let first: Vec<bool> =
            issues.iter().map(|issue| kinds.insert((issue.severity, issue.code))).collect();
        let mut others = MOST_ISSUES.saturating_sub(kinds.len());
        let shown = issues.into_iter().zip(first).filter(|(_, first)| {
            let room = !first && others > 0;
            others -= usize::from(room);
            *first || room
        });
        shown.map(|(issue, _)| issue).collect()
    }
}

/// What an author wrote, cut to what a message can carry.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(79).chain(['…']).collect() }
}
