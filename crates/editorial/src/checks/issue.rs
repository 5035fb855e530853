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
    /// What is wrong and how to mend it. It may quote the article; [`IssueCode::summary`] does not.
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
    ($($(#[$doc:meta])* $name:ident = $text:literal, $summary:literal;)*) => {
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

            /// What is wrong, without a word of the article: for those who may not read it.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self {
                    $(Self::$name => $summary,)*
                }
            }
        }
    };
}

codes! {
    /// There is nothing to read.
    BodyEmpty = "BODY_EMPTY",
        "there is no text: write one in `body`";
    /// An image has no alternative text.
    AltTextMissing = "ALT_TEXT_MISSING",
        "an image has no alternative text: say what it shows";
    /// An alternative text says nothing about what the image shows.
    AltTextUseless = "ALT_TEXT_USELESS",
        "the alternative text of an image says nothing of what it shows: say it";
    /// A heading of the body is of the first level, which is the title's.
    HeadingLevelOne = "HEADING_LEVEL_ONE",
        "a heading is of level 1, which is the title's: make it `##`";
    /// A heading is more than one level below the one before it.
    HeadingLevelSkipped = "HEADING_LEVEL_SKIPPED",
        "a heading is more than one level below the one before it: leave no level out";
    /// The text of a link says nothing about where it leads.
    LinkTextVague = "LINK_TEXT_VAGUE",
        "the text of a link says nothing of where it leads: name its target";
    /// A link within the site leads nowhere: an error where that is certain, else a warning.
    InternalLinkBroken = "INTERNAL_LINK_BROKEN",
        "a link within the site leads to nothing that is public: mend it, or take it out";
    /// The text is harder to read than the policy allows.
    ReadingLevelHigh = "READING_LEVEL_HIGH",
        "the text is harder to read than the publication wants: use shorter sentences and words";
    /// The title is too short or too long for result pages.
    TitleLength = "TITLE_LENGTH",
        "the title is shorter or longer than result pages show: change its length";
    /// The description is too short or too long for result pages.
    DescriptionLength = "DESCRIPTION_LENGTH",
        "the description is shorter or longer than result pages show: change its length";
    /// There are no tags.
    TagMissing = "TAG_MISSING",
        "the article has no tag: name in `tags` what it is about";
    /// There are no topics.
    TopicMissing = "TOPIC_MISSING",
        "the article has no topic: name in `topics` where it belongs";
    /// The date that readers see is still to come.
    PublishedAtInFuture = "PUBLISHED_AT_IN_FUTURE",
        "the date that readers see is still to come: schedule the article, or change `publishedAt`";
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
