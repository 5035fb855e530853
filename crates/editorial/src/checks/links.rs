//! Checks of links: what they say, and whether they lead somewhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use domain::{Content, Slug};
use richtext::{Link, RichText};

use super::Policy;
use super::issue::{IssueCode, Issues, shorten};

/// The most slugs of one text that are looked up. Links to further ones are not judged.
pub const MOST_SLUGS: usize = 1_000;

/// Link texts that say nothing on their own, which is how screen readers list them.
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

/// Where a link within the site leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkTarget {
    /// To an article that readers can open.
    Public,
    /// To an article that they cannot: a draft, or a withdrawn one.
    NotPublic,
}

/// The slugs that links within the site end in, each once, in the order of the text; at most
/// [`MOST_SLUGS`]. The caller looks them up, and tells [`check`](super::check()).
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

/// Checks the links of the body.
pub(super) fn check(
    content: &Content,
    rendered: &RichText,
    policy: &Policy,
    targets: &HashMap<Slug, LinkTarget>,
    issues: &mut Issues,
) {
    let ids: HashSet<&str> = rendered.outline.iter().map(|heading| heading.id.as_str()).collect();
    let mut slugs = Slugs::default();
    for Link { url, text } in &rendered.links {
        if is_vague(text) {
            let message = format!(
                "the link to `{}` reads `{}`, which does not say where it leads: name what is found there",
                shorten(url),
                shorten(text)
            );
            issues.warning(IssueCode::LinkTextVague, "body", message);
        }
        match destination(url, policy) {
            Destination::Elsewhere => {}
            Destination::Part(fragment) => check_part(fragment, rendered, &ids, issues),
            Destination::Path(slug) => {
                if slugs.admit(&slug) && slug != content.slug {
                    check_slug(url, &slug, targets.get(&slug), issues);
                }
            }
        }
    }
}

fn check_part(fragment: &str, rendered: &RichText, ids: &HashSet<&str>, issues: &mut Issues) {
    // The HTML standard: no fragment, and `top` where no element has that id, are the page's top.
    let is_top = fragment.is_empty() || fragment.eq_ignore_ascii_case("top");
    // Footnotes have ids as well, which the renderer gives them.
    let is_note = fragment.starts_with("fn-") || fragment.starts_with("fnref-");
    if is_top || is_note || ids.contains(fragment) || ids.contains(percent_decoded(fragment).as_ref()) {
        return;
    }
    let mend = match rendered.outline.first() {
        Some(heading) => format!("use the id of one, for example `#{}`", heading.id),
        None => "add the heading, or take the link out".to_owned(),
    };
    let message = format!("the link `#{}` leads to no heading of this article: {mend}", shorten(fragment));
    issues.error(IssueCode::InternalLinkBroken, "body", message);
}

fn check_slug(url: &str, slug: &Slug, target: Option<&LinkTarget>, issues: &mut Issues) {
    match target {
        Some(LinkTarget::Public) => {}
        Some(LinkTarget::NotPublic) => {
            let message = format!(
                "the link `{}` leads to the article `{}`, which is not public: publish that one first, or take the link out",
                shorten(url),
                shorten(slug.as_str())
            );
            issues.error(IssueCode::InternalLinkBroken, "body", message);
        }
        None => {
            let message = format!(
                "the link `{}` leads to no known article: correct it, unless it is another page of the site",
                shorten(url)
            );
            issues.warning(IssueCode::InternalLinkBroken, "body", message);
        }
    }
}

/// A bare address as a text is not vague: it is what it leads to.
fn is_vague(text: &str) -> bool {
    // No vague text is longer.
    if text.len() > 80 {
        return false;
    }
    let text = text.to_lowercase();
    VAGUE.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// The slugs of a text, as many as are looked up.
#[derive(Default)]
struct Slugs {
    in_order: Vec<Slug>,
    known: HashSet<Slug>,
}

impl Slugs {
    /// Whether the slug is among those that are looked up.
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

/// Where an address leads, as seen from the article.
enum Destination<'a> {
    /// To a part of the article: what follows the `#`.
    Part(&'a str),
    /// To an address within the site that ends in a slug.
    Path(Slug),
    /// To another site, a file, or a page that cannot be an article.
    Elsewhere,
}

fn destination<'a>(url: &'a str, policy: &Policy) -> Destination<'a> {
    if let Some(fragment) = url.strip_prefix('#') {
        return Destination::Part(fragment);
    }
    let path = match below_site(url, policy.site_url.as_deref()) {
        Some(path) => path,
        None if is_relative(url) => url,
        None => return Destination::Elsewhere,
    };
    slug_of(path).map_or(Destination::Elsewhere, Destination::Path)
}

/// What follows the address of the site; `http`, `https` and neither are the same site.
fn below_site<'a>(url: &'a str, site: Option<&str>) -> Option<&'a str> {
    let site = without_scheme(site?.trim_end_matches('/'))?;
    let url = without_scheme(url)?;
    let begins = url.get(..site.len())?.eq_ignore_ascii_case(site);
    let rest = &url[if begins { site.len() } else { return None }..];
    (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
}

/// An address of the web from its host on.
fn without_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("//")?;
    ["", "http:", "https:"].iter().any(|web| web.eq_ignore_ascii_case(scheme)).then_some(rest)
}

/// Whether an address has neither a scheme nor a host. Browsers take a backslash for a slash.
fn is_relative(url: &str) -> bool {
    let path = url.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let has_host = url.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count() >= 2;
    !path.contains(':') && !has_host
}

/// The slug that a path ends in. Files of other kinds have a dot, which no slug has.
fn slug_of(path: &str) -> Option<Slug> {
    let path = path.split(['?', '#']).next()?.trim_end_matches('/');
    let last = path.rsplit('/').next()?;
    let stem = last.strip_suffix(".html").or_else(|| last.strip_suffix(".htm")).unwrap_or(last);
    Slug::parse(stem).ok()
}

/// A fragment as headings write it: ids of other scripts are encoded in addresses.
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
            Destination::Part(_) | Destination::Elsewhere => None,
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
    fn other_links_do_not() {
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
    fn texts_that_say_nothing() {
        for text in ["here", "Click here", "Read more…", "» more", "[this link]", "HERE!"] {
            assert!(is_vague(text), "{text}");
        }
        for text in ["", "flu shots", "https://a.example/more", "here is the schedule", "More on flu shots"] {
            assert!(!is_vague(text), "{text}");
        }
    }

    #[test]
    fn fragments_are_decoded() {
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
