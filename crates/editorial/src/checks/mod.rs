//! Checks of an article before it is published.

mod fields;
mod headings;
mod html;
mod images;
mod issue;
mod labels;
mod links;
mod policy;
mod readability;
mod syllables;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use domain::{Content, Slug, Timestamp};
use richtext::RichText;

pub use issue::{Issue, IssueCode, MOST_ISSUES, Severity};
pub use labels::deleted_labels;
pub use links::{BrokenBefore, LinkTarget, MOST_SLUGS, broken_links, internal_slugs};
pub use policy::Policy;
pub use readability::{Readability, readability};

#[cfg(test)]
pub(crate) use tests::sample;

/// Checks content that is to be published at `now`. Returns errors first, then warnings; within each, the
/// issues of the fields come before those of the body. There are no duplicates and at most
/// [`MOST_ISSUES`] issues; every code that applies appears at least once.
///
/// `rendered` is the rendered body of `content`. `links` maps the slugs of [`internal_slugs`] to their
/// targets; a slug that is missing from the map belongs to no article. `before` names the links that were broken in an
/// earlier version: they are warnings.
#[must_use]
pub fn check(
    content: &Content,
    rendered: &RichText,
    policy: &Policy,
    now: Timestamp,
    links: &HashMap<Slug, LinkTarget>,
    before: &BrokenBefore,
) -> Vec<Issue> {
    let mut issues = issue::Issues::default();
    fields::check(content, rendered, policy, &mut issues);
    images::check(content.hero_image.as_ref(), &rendered.images, &mut issues);
    headings::check(&rendered.outline, &mut issues);
    links::check(content, rendered, policy, links, before, &mut issues);
    html::check(rendered, &mut issues);
    readability::check(content, rendered, policy, &mut issues);
    fields::check_date(content.published_at, now, &mut issues);
    issues.finish()
}
