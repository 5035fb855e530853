//! Checks of the fields other than the images, and of an empty body.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use domain::{Content, Timestamp};
use richtext::RichText;

use super::Policy;
use super::issue::{IssueCode, Issues};

/// The length, in characters, of an excerpt that is made from the body. It equals the excerpt of published articles.
const MADE_EXCERPT: usize = 300;

/// Checks title, description, body, topics and tags.
pub(super) fn check(content: &Content, rendered: &RichText, policy: &Policy, issues: &mut Issues) {
    check_title(content, &policy.title, issues);
    check_description(content, rendered, &policy.description, issues);
    if is_empty(content, rendered) {
        issues.error(IssueCode::BodyEmpty, "body", "the body is empty: write it before publishing");
    }
    if content.topics.is_empty() {
        let message = "the article has no topic: add to `topics` where it belongs";
        issues.warning(IssueCode::TopicMissing, "topics", message);
    }
    if content.tags.is_empty() {
        let message = "the article has no tag: add to `tags` what it is about";
        issues.warning(IssueCode::TagMissing, "tags", message);
    }
}

/// Checks that the date that readers see is not after `now`.
pub(super) fn check_date(published_at: Option<Timestamp>, now: Timestamp, issues: &mut Issues) {
    if let Some(at) = published_at
        && at > now
    {
        let message = format!(
            "`publishedAt` is {at}, which is in the future: name a time in the past, or leave it out"
        );
        issues.error(IssueCode::PublishedAtInFuture, "publishedAt", message);
    }
}

/// Whether the body has no content for readers, for example only an HTML comment.
fn is_empty(content: &Content, rendered: &RichText) -> bool {
    content.body.trim().is_empty() || rendered.html.trim().is_empty()
}

fn check_title(content: &Content, range: &RangeInclusive<usize>, issues: &mut Issues) {
    let (path, title) = match present(content.seo.title.as_deref()) {
        Some(title) => ("seo.title", title),
        None => ("title", content.title.trim()),
    };
    let length = title.chars().count();
    let message = match place(length, range) {
        Ordering::Equal => return,
        Ordering::Less => format!(
            "`{path}` has {length} characters, which is too short for a search result page: give it at least {}",
            range.start()
        ),
        Ordering::Greater if path == "title" => format!(
            "`title` has {length} characters, and search result pages show about {}: shorten it, or give a shorter one in `seo.title`",
            range.end()
        ),
        Ordering::Greater => format!(
            "`{path}` has {length} characters, and search result pages show about {}: shorten it",
            range.end()
        ),
    };
    issues.warning(IssueCode::TitleLength, path, message);
}

fn check_description(
    content: &Content,
    rendered: &RichText,
    range: &RangeInclusive<usize>,
    issues: &mut Issues,
) {
    let (start, end) = (range.start(), range.end());
    let own = present(content.seo.description.as_deref())
        .map(|text| ("seo.description", text))
        .or_else(|| present(content.excerpt.as_deref()).map(|text| ("excerpt", text)));
    let Some((path, text)) = own else {
        let made = richtext::excerpt_of_html(&rendered.html, MADE_EXCERPT).chars().count();
        // An empty body is reported on its own. Its excerpt will exist once the body does.
        if !is_empty(content, rendered) && place(made, range) != Ordering::Equal {
            let message = format!(
                "there is no description, and the one made from the body has {made} characters: write one of {start} to {end} in `excerpt` or `seo.description`"
            );
            issues.warning(IssueCode::DescriptionLength, "excerpt", message);
        }
        return;
    };
    let length = text.chars().count();
    let message = match place(length, range) {
        Ordering::Equal => return,
        Ordering::Less => format!(
            "`{path}` has {length} characters, which is too short for a search result page: give it {start} to {end}"
        ),
        Ordering::Greater if path == "excerpt" => format!(
            "`excerpt` has {length} characters, and search result pages show about {end}: shorten it, or give a shorter one in `seo.description`"
        ),
        Ordering::Greater => {
            format!("`{path}` has {length} characters, and search result pages show about {end}: shorten it")
        }
    };
    issues.warning(IssueCode::DescriptionLength, path, message);
}

/// The trimmed text; `None` when it is blank.
fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn place(length: usize, range: &RangeInclusive<usize>) -> Ordering {
    if length < *range.start() {
        Ordering::Less
    } else if length > *range.end() {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}
