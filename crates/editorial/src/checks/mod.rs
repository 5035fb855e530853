//! What to mend before a text is published.

mod fields;
mod headings;
mod images;
mod issue;
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
pub use links::{LinkTarget, MOST_SLUGS, internal_slugs};
pub use policy::Policy;
pub use readability::{Readability, readability};

#[cfg(test)]
pub(crate) use tests::sample;

/// What there is to mend in content that is to be published as of `now`: errors first, then in the
/// order of the page, the fields before what is in the body. Each issue is named once; there are at
/// most [`MOST_ISSUES`], and every code that applies is among them.
///
/// `rendered` is the body, rendered; `links` says where the slugs of [`internal_slugs`] lead. A slug
/// that is not in it is known to nobody.
#[must_use]
pub fn check(
    content: &Content,
    rendered: &RichText,
    policy: &Policy,
    now: Timestamp,
    links: &HashMap<Slug, LinkTarget>,
) -> Vec<Issue> {
    let mut issues = issue::Issues::default();
    fields::check(content, rendered, policy, &mut issues);
    images::check(content.hero_image.as_ref(), &rendered.images, &mut issues);
    headings::check(&rendered.outline, &mut issues);
    links::check(content, rendered, policy, links, &mut issues);
    readability::check(content, rendered, policy, &mut issues);
    fields::check_date(content.published_at, now, &mut issues);
    issues.finish()
}
