//! Checks of links: whether their text is meaningful, and whether internal links are broken.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use domain::{Content, Slug};
use richtext::{Link, RichText};

use super::Policy;
use super::issue::{IssueCode, Issues, Severity, shorten};

/// The maximum number of slugs that are looked up for one article. Links to further slugs are not checked.
pub const MOST_SLUGS: usize = 1_000;

/// Link texts that are meaningless out of context. Screen readers list links without their context.
const VAGUE: &[&str] = &[
    "click",
    "click here",
    "click here for more",
    "click here to read more",
    "click me",
    "click this",
    "click this link",
    "continue",
    "continue reading",
    "details",
    "find out more",
    "follow this link",
    "for more",
    "go",
    "go here",
    "here",
    "info",
    "keep reading",
    "learn more",
    "link",
    "links",
    "more",
    "more details",
    "more here",
    "more info",
    "more information",
    "page",
    "read",
    "read here",
    "read it here",
    "read more",
    "read more here",
    "read on",
    "read this",
    "see here",
    "see more",
    "site",
    "that",
    "the link",
    "this",
    "this article",
    "this link",
    "this one",
    "this page",
    "this post",
    "this site",
    "this website",
    "view more",
    "visit",
    "visit here",
    "website",
];

/// The target of a link within the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkTarget {
    /// An article that readers can open.
    Public,
    /// An article that readers cannot open: a draft or a withdrawn one.
    NotPublic,
}

/// Returns the slugs that the internal links of the body end in: each once, in document order, at most
/// [`MOST_SLUGS`]. The caller looks them up and passes the targets to [`check`](super::check()).
#[must_use]
pub fn internal_slugs(rendered: &RichText, policy: &Policy) -> Vec<Slug> {
    let mut slugs = Slugs::default();
    for link in &rendered.links {
        if let Destination::Path(slug) = destination(&link.url, policy) {
            slugs.admit(&slug);
        }
    }
    slugs.in_order
}

/// The links that were broken before this version. Readers could see them already, so they do not prevent publication.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BrokenBefore {
    /// No link was.
    #[default]
    None,
    /// The links with these URLs were.
    Links(HashSet<String>),
    /// The whole text was public before, here or on another site.
    All,
}

impl BrokenBefore {
    fn contains(&self, url: &str) -> bool {
        match self {
            Self::None => false,
            Self::Links(urls) => urls.contains(url),
            Self::All => true,
        }
    }

    /// The severity of a broken link with this URL.
    fn severity(&self, url: &str) -> Severity {
        if self.contains(url) { Severity::Warning } else { Severity::Error }
    }
}

/// Returns the URLs of the links that are certainly broken, so that [`check`](super::check()) can tell which were broken in
/// an earlier version.
#[must_use]
pub fn broken_links(
    rendered: &RichText,
    policy: &Policy,
    targets: &HashMap<Slug, LinkTarget>,
) -> HashSet<String> {
    let is_broken = |link: &&Link| match destination(&link.url, policy) {
        Destination::Elsewhere => false,
        Destination::Fragment(fragment) => !leads_to(fragment, rendered),
        Destination::Path(slug) => targets.get(&slug) == Some(&LinkTarget::NotPublic),
    };
    rendered.links.iter().filter(is_broken).map(|link| link.url.clone()).collect()
}

/// Checks the links of the body.
pub(super) fn check(
    content: &Content,
    rendered: &RichText,
    policy: &Policy,
    targets: &HashMap<Slug, LinkTarget>,
    before: &BrokenBefore,
    issues: &mut Issues,
) {
    let mut slugs = Slugs::default();
    for Link { url, text } in &rendered.links {
        if is_vague(text) {
            let message = format!(
                "the link to `{}` has the text `{}`, which does not say where it leads: name the target",
                shorten(url),
                shorten(text)
            );
            issues.warning(IssueCode::LinkTextVague, "body", message);
        }
        match destination(url, policy) {
            Destination::Elsewhere => {}
            Destination::Fragment(fragment) => {
                if !leads_to(fragment, rendered) {
                    let message = dead_fragment(fragment, rendered);
                    issues.add(before.severity(url), IssueCode::InternalLinkBroken, "body", message);
                }
            }
            Destination::Path(slug) => {
                if slugs.admit(&slug) && slug != content.slug {
                    check_slug(url, &slug, targets.get(&slug), before, issues);
                }
            }
        }
    }
}

/// Whether a fragment leads to a place in the body.
fn leads_to(fragment: &str, rendered: &RichText) -> bool {
    let ids = &rendered.targets;
    // HTML standard, "indicated part of the document": an empty fragment and `top` mean the top of the page.
    let is_top = fragment.is_empty() || fragment.eq_ignore_ascii_case("top");
    // The renderer gives footnotes these ids.
    let is_note = fragment.starts_with("fn-") || fragment.starts_with("fnref-");
    is_top || is_note || ids.contains(fragment) || ids.contains(percent_decoded(fragment).as_ref())
}

fn dead_fragment(fragment: &str, rendered: &RichText) -> String {
    let remedy = match rendered.outline.first() {
        Some(heading) => format!("use the id of one, for example `#{}`", heading.id),
        None => "add the heading, or remove the link".to_owned(),
    };
    format!(
        "the link `#{}` does not lead to a heading of this article, or to another place with that id: {remedy}",
        shorten(fragment)
    )
}

fn check_slug(
    url: &str,
    slug: &Slug,
    target: Option<&LinkTarget>,
    before: &BrokenBefore,
    issues: &mut Issues,
) {
    match target {
        Some(LinkTarget::Public) => {}
        Some(LinkTarget::NotPublic) => {
            let message = format!(
                "the link `{}` leads to the article `{}`, which is not public: publish that article first, or remove the link",
                shorten(url),
                shorten(slug.as_str())
            );
            issues.add(before.severity(url), IssueCode::InternalLinkBroken, "body", message);
        }
        None => {
            let message = format!(
                "the link `{}` does not lead to a known article: correct it, unless it leads to another page of the site",
                shorten(url)
            );
            issues.warning(IssueCode::InternalLinkBroken, "body", message);
        }
    }
}

/// Whether a link text is meaningless out of context. A bare URL is not vague, as it names the target.
fn is_vague(text: &str) -> bool {
    // Every entry of `VAGUE` is shorter.
    if text.len() > 80 {
        return false;
    }
    let text = text.to_lowercase();
    VAGUE.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// The slugs of one article, at most [`MOST_SLUGS`].
#[derive(Default)]
struct Slugs {
    in_order: Vec<Slug>,
    known: HashSet<Slug>,
}

impl Slugs {
    /// Adds the slug. `false` when it is new and the limit is reached.
    fn admit(&mut self, slug: &Slug) -> bool {
        if self.known.contains(slug) {
            return true;
        }
        if self.in_order.len() >= MOST_SLUGS {
            return false;
        }
        self.known.insert(slug.clone());
        self.in_order.push(slug.clone());
        true
    }
}

/// The target of a link, as seen from the article.
enum Destination<'a> {
    /// A fragment of the article itself: the text after the `#`.
    Fragment(&'a str),
    /// A page within the site whose path ends in a slug.
    Path(Slug),
    /// Another site, a file, or a page that cannot be an article.
    Elsewhere,
}

fn destination<'a>(url: &'a str, policy: &Policy) -> Destination<'a> {
    if let Some(fragment) = url.strip_prefix('#') {
        return Destination::Fragment(fragment);
    }
    let path = match below_site(url, policy.site_url.as_deref()) {
        Some(path) => path,
        None if is_relative(url) => url,
        None => return Destination::Elsewhere,
    };
    // A file name with another extension has a dot, so it is not a slug.
    Slug::of_address(path).map_or(Destination::Elsewhere, Destination::Path)
}

/// Returns the rest of a URL after the URL of the site; `None` for another site. The scheme may be `http`, `https` or
/// missing.
fn below_site<'a>(url: &'a str, site: Option<&str>) -> Option<&'a str> {
    let site = without_scheme(site?.trim_end_matches('/'))?;
    let url = without_scheme(url)?;
    let begins = url.get(..site.len())?.eq_ignore_ascii_case(site);
    let rest = &url[if begins { site.len() } else { return None }..];
    (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
}

/// Removes `http:`, `https:` or nothing, and the `//`; `None` for other schemes.
fn without_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("//")?;
    ["", "http:", "https:"].iter().any(|web| web.eq_ignore_ascii_case(scheme)).then_some(rest)
}

/// Whether a URL has neither a scheme nor a host. Browsers read a backslash as a slash.
fn is_relative(url: &str) -> bool {
    let path = url.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let has_host = url.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count() >= 2;
    !path.contains(':') && !has_host
}

/// Percent-decodes a fragment, so that it can be compared with heading ids. Returns the text unchanged when the
/// result is not UTF-8.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let encoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(encoded.unwrap_or(*first));
        rest = if encoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(url: &str) -> Option<String> {
        let policy =
            Policy { site_url: Some("https://Journal.example/health/".to_owned()), ..Policy::default() };
        match destination(url, &policy) {
            Destination::Path(slug) => Some(slug.to_string()),
            Destination::Fragment(_) | Destination::Elsewhere => None,
        }
    }

    #[test]
    fn links_within_the_site_end_in_a_slug() {
        for url in [
            "flu-shots",
            "/flu-shots",
            "../flu-shots/",
            "/blog/2019/flu-shots.html?x=1#dose",
            "flu-shots.htm",
            "./flu-shots#a:b",
            "https://journal.example/health/flu-shots",
            "HTTP://JOURNAL.example/health/a/flu-shots/",
            "//journal.example/health/flu-shots",
        ] {
            assert_eq!(slug(url).as_deref(), Some("flu-shots"), "{url}");
        }
    }

    #[test]
    fn links_to_other_sites_files_and_roots_have_no_slug() {
        for url in [
            "",
            "/",
            "?page=2",
            "..",
            "#flu-shots",
            "/flu-shots.pdf",
            "/Flu_Shots",
            "mailto:flu-shots",
            "tel:12",
            "https://other.example/flu-shots",
            "//other.example/flu-shots",
            "\\\\other.example/flu-shots",
            "https://journal.example/healthy/flu-shots",
            "https://journal.example.evil/health/flu-shots",
            "https://journal.example/health",
            "https://journal.example/other",
            "https://é",
        ] {
            assert_eq!(slug(url), None, "{url}");
        }
    }

    #[test]
    fn texts_without_a_target_are_vague() {
        for text in ["here", "Click here", "Read more…", "» more", "[this link]", "HERE!"] {
            assert!(is_vague(text), "{text}");
        }
        for text in ["", "flu shots", "https://a.example/more", "here is the schedule", "More on flu shots"] {
            assert!(!is_vague(text), "{text}");
        }
    }

    #[test]
    fn fragments_are_percent_decoded() {
        for (text, decoded) in [
            ("d%C3%B6se", "döse"),
            ("a%2", "a%2"),
            ("%", "%"),
            ("%zz", "%zz"),
            ("%FF", "%FF"),
            ("é%41", "éA"),
        ] {
            assert_eq!(percent_decoded(text), decoded);
        }
    }
}
