//! The check that no label of an article was deleted.

use domain::{Content, Taxonomy};

use super::issue::{Issue, IssueCode, Issues, shorten};

/// Checks that no tag or topic of the content was deleted. An old revision can name labels that were deleted since. All
/// issues are warnings: publishing leaves deleted labels out.
#[must_use]
pub fn deleted_labels(content: &Content, taxonomy: &Taxonomy) -> Vec<Issue> {
    let mut issues = Issues::default();
    let mut add = |field: &str, kind: &str, name: &str| {
        let message = format!(
            "the {kind} “{}” was deleted, so readers will not see it: remove it from `{field}`, or choose another one",
            shorten(name)
        );
        issues.warning(IssueCode::LabelDeleted, field, message);
    };
    for topic in taxonomy.resolve_topics(&content.topics) {
        if topic.deleted_at.is_some() {
            add("topics", "topic", &topic.name);
        }
    }
    for tag in taxonomy.resolve_tags(&content.tags) {
        if tag.deleted_at.is_some() {
            add("tags", "tag", &tag.name);
        }
    }
    issues.finish()
}
