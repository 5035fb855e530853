//! Links that say nothing, or lead nowhere.

use std::collections::{BTreeSet, HashMap};

use domain::{Content, Slug};
use richtext::RichText;

use super::{IssueCode, Issues, LinkTarget, Policy, Severity, shorten};

/// What links are called that could lead anywhere.
const VAGUE: [&str; 20] = [
    "click",
    "click here",
    "click this",
    "click this link",
    "continue",
    "continue reading",
    "details",
    "find out more",
    "here",
    "learn more",
    "link",
    "more",
    "more details",
    "more info",
    "more information",
    "read more",
    "read this",
    "see more",
    "this",
    "this link",
];

/// How many links are looked at.
const MAX_LINKS: usize = 10_000;

/// The slugs that internal links end in, each once: for the caller to look up.
#[must_use]
pub fn internal_slugs(rich: &RichText, policy: &Policy) -> Vec<Slug> {
    let links = rich.links.iter().take(MAX_LINKS);
    let slugs: BTreeSet<Slug> = links
        .filter_map(|link| match internal(&link.url, policy)? {
            Internal::Page(slug) => Some(slug),
            Internal::Part(_) => None,
        })
        .collect();
    slugs.into_iter().collect()
}

pub(super) fn check(
    content: &Content,
    rich: &RichText,
    policy: &Policy,
    targets: &HashMap<Slug, LinkTarget>,
    issues: &mut Issues,
) {
    let ids: BTreeSet<&str> = rich.outline.iter().map(|heading| heading.id.as_str()).collect();
    for link in rich.links.iter().take(MAX_LINKS) {
        let (text, url) = (shorten(&link.text), shorten(&link.url));
        let words: Vec<String> = link
            .text
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if VAGUE.contains(&words.join(" ").as_str()) {
            let message = format!(
                "the link “{text}” to `{url}` does not say where it leads: use words that make sense by themselves"
            );
            issues.warn(IssueCode::LinkTextVague, "body", message);
        }
        match internal(&link.url, policy) {
            None => {}
            Some(Internal::Part(id)) => {
                let attribute = format!("id=\"{id}\"");
                if !id.is_empty() && !ids.contains(id) && !rich.html.contains(&attribute) {
                    let message = format!(
                        "the link “{text}” leads to `{url}`, and nothing in the text has that id: mend it"
                    );
                    issues.add(IssueCode::InternalLinkBroken, Severity::Error, "body", message);
                }
            }
            Some(Internal::Page(slug)) if slug == content.slug => {}
            Some(Internal::Page(slug)) => match targets.get(&slug) {
                Some(LinkTarget::Public) => {}
                Some(LinkTarget::NotPublic) => {
                    let message = format!(
                        "the link “{text}” leads to `{url}`, and the article `{slug}` is not public: publish that one first, or take the link out"
                    );
                    issues.add(IssueCode::InternalLinkBroken, Severity::Error, "body", message);
                }
                None => {
                    let message = format!(
                        "the link “{text}” leads to `{url}`, and no article has the slug `{slug}`: mend it, unless it is another page of the site"
                    );
                    issues.warn(IssueCode::InternalLinkBroken, "body", message);
                }
            },
        }
    }
}

/// What an internal link leads to.
enum Internal<'a> {
    /// A part of this article.
    Part(&'a str),
    /// A page that an article may be.
    Page(Slug),
}

fn internal<'a>(url: &'a str, policy: &Policy) -> Option<Internal<'a>> {
    if let Some(id) = url.strip_prefix('#') {
        return Some(Internal::Part(id));
    }
    let site = policy.site_url.as_deref().map(|site| site.trim_end_matches('/'));
    let below_site = site.and_then(|site| url.strip_prefix(site)).filter(|rest| rest.starts_with('/'));
    let path = match below_site {
        Some(path) => path,
        None if url.starts_with("//") || has_scheme(url) => return None,
        None => url,
    };
    Slug::of_address(path).map(Internal::Page)
}

fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']))
}
