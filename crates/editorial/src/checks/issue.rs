//! Issues, their codes, and the limit on their number.

use std::collections::HashSet;

/// The maximum number of issues that a check returns. Further issues appear once some of these are fixed.
pub const MOST_ISSUES: usize = 100;

/// A problem that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The code, for programs.
    pub code: IssueCode,
    /// Whether the issue prevents publication.
    pub severity: Severity,
    /// The path of the field that has the problem, outermost first, for example `["heroImage", "alt"]`.
    pub path: Vec<String>,
    /// What is wrong and how to fix it. It may quote the article; [`IssueCode::summary`] does not.
    pub message: String,
}

/// The severity of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The article cannot be published before the issue is fixed.
    Error,
    /// The article can be published once the editor acknowledges the code.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $summary:literal;)*) => {
        /// The kind of an issue. Codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IssueCode {
            $($(#[$doc])* $name,)*
        }

        impl IssueCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the code as the APIs write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Returns a message that quotes nothing of the article, for callers who may not read drafts.
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
    /// The body has no content for readers.
    BodyEmpty = "BODY_EMPTY",
        "there is no text: write one in `body`";
    /// An image has no alternative text.
    AltTextMissing = "ALT_TEXT_MISSING",
        "an image has no alternative text: say what it shows";
    /// An alternative text does not say what the image shows.
    AltTextUseless = "ALT_TEXT_USELESS",
        "the alternative text of an image does not say what it shows: say it";
    /// A heading of the body has level 1, which is reserved for the title.
    HeadingLevelOne = "HEADING_LEVEL_ONE",
        "a heading has level 1, which is reserved for the title: make it `##`";
    /// A heading is more than one level below the one before it.
    HeadingLevelSkipped = "HEADING_LEVEL_SKIPPED",
        "a heading is more than one level below the one before it: do not skip a level";
    /// The text of a link does not say where the link leads.
    LinkTextVague = "LINK_TEXT_VAGUE",
        "the text of a link does not say where the link leads: name its target";
    /// A link within the site is broken: an error when that is certain, otherwise a warning.
    InternalLinkBroken = "INTERNAL_LINK_BROKEN",
        "a link within the site does not lead to a public page: correct it, or remove it";
    /// Raw HTML that is removed from the page: an embed, a script, or an unknown element.
    HtmlRemoved = "HTML_REMOVED",
        "HTML of the body is removed from the page: use Markdown, or a link to what it embeds";
    /// The text is harder to read than the policy allows.
    ReadingLevelHigh = "READING_LEVEL_HIGH",
        "the text is harder to read than the publication allows: use shorter sentences and words";
    /// The title is too short or too long for search result pages.
    TitleLength = "TITLE_LENGTH",
        "the title is too short or too long for search result pages: change its length";
    /// The description is too short or too long for search result pages.
    DescriptionLength = "DESCRIPTION_LENGTH",
        "the description is too short or too long for search result pages: change its length";
    /// There are no tags.
    TagMissing = "TAG_MISSING",
        "the article has no tag: add to `tags` what it is about";
    /// There are no topics.
    TopicMissing = "TOPIC_MISSING",
        "the article has no topic: add to `topics` where it belongs";
    /// A tag or topic of the article was deleted.
    LabelDeleted = "LABEL_DELETED",
        "a tag or topic of the article was deleted: remove it from the article, or choose another one";
    /// The date that readers see is in the future.
    PublishedAtInFuture = "PUBLISHED_AT_IN_FUTURE",
        "the date that readers see is in the future: schedule the article, or change `publishedAt`";
}

/// Collects issues without duplicates.
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

    pub(super) fn add(&mut self, severity: Severity, code: IssueCode, path: &str, message: String) {
        if self.seen.insert((code, message.clone())) {
            let path = path.split('.').map(str::to_owned).collect();
            self.issues.push(Issue { code, severity, path, message });
        }
    }

    /// Returns the collected issues, errors first, and at most [`MOST_ISSUES`]. When it must drop issues, it
    /// keeps the first of each severity and code: an editor can acknowledge only a code that is shown.
    pub(super) fn finish(self) -> Vec<Issue> {
        let Self { mut issues, seen: _ } = self;
        issues.sort_by_key(|issue| issue.severity);
        let mut kinds = HashSet::new();
        let first: Vec<bool> =
            issues.iter().map(|issue| kinds.insert((issue.severity, issue.code))).collect();
        let mut room = MOST_ISSUES.saturating_sub(kinds.len());
        let kept = issues.into_iter().zip(first).filter(|(_, first)| {
            let fits = !first && room > 0;
            room -= usize::from(fits);
            *first || fits
        });
        kept.map(|(issue, _)| issue).collect()
    }
}

/// Cuts a quotation of the article to at most 80 characters, so that it fits in a message.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(79).chain(['…']).collect() }
}
