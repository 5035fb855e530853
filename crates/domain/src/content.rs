//! The content of a revision, and the limits that it must respect to be saved.

use jiff::Timestamp;

use crate::{AuthorId, Image, LabelId, Locale, Slug, TagId, TopicId, UserError, UserErrorCode};

/// The content of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The slug: the article's name in URLs.
    pub slug: Slug,
    /// The language.
    pub locale: Locale,
    /// The headline, plain text.
    pub title: String,
    /// The line below the headline, plain text.
    pub deck: Option<String>,
    /// The teaser that lists show, plain text. Without one, lists show the beginning of the body.
    pub excerpt: Option<String>,
    /// The body, in Markdown.
    pub body: String,
    /// The image at the top of the article.
    pub hero_image: Option<Image>,
    /// Title and description for search engines.
    pub seo: Seo,
    /// The authors, in display order.
    pub authors: Vec<AuthorId>,
    /// The topics, the main topic first.
    pub topics: Vec<TopicId>,
    /// The tags, in the order that the editor chose.
    pub tags: Vec<TagId>,
    /// URLs under which the article was published on another site before.
    pub aliases: Vec<String>,
    /// The date that readers see. Without one, readers see the instant of the first publication.
    pub published_at: Option<Timestamp>,
}

/// Title and description for search engines, which replace the article's title and excerpt there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seo {
    /// The title for search result pages.
    pub title: Option<String>,
    /// The description for search result pages.
    pub description: Option<String>,
}

/// The maximum sizes of the fields of content.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Characters of a title, a search-engine title, or the name of a tag, topic or author.
    pub title: usize,
    /// Characters of a deck, excerpt, caption, credit, alternative text or description.
    pub line: usize,
    /// Bytes of a body (UTF-8).
    pub body: usize,
    /// Characters of a URL.
    pub url: usize,
    /// Characters of an external reference.
    pub external_ref: usize,
    /// Authors, topics, tags or aliases of one article.
    pub list: usize,
}

/// The limits in force.
pub const LIMITS: Limits =
    Limits { title: 300, line: 2_000, body: 1 << 20, url: 2_048, external_ref: 255, list: 100 };

impl Content {
    /// Returns the ids of its tags, topics and authors.
    pub fn labels(&self) -> impl Iterator<Item = LabelId> + '_ {
        crate::id::labels(&self.tags, &self.topics, &self.authors)
    }

    /// Returns every violation of the limits; the content can be saved when there is none. A working
    /// copy may be incomplete, so only the title is required.
    #[must_use]
    pub fn problems(&self) -> Vec<UserError> {
        let Self {
            slug: _,
            locale: _,
            title,
            deck,
            excerpt,
            body,
            hero_image,
            seo,
            authors,
            topics,
            tags,
            aliases,
            published_at: _,
        } = self;
        let mut problems = Problems::default();
        problems.name("title", title, LIMITS.title);
        problems.line("deck", deck.as_deref(), LIMITS.line);
        problems.line("excerpt", excerpt.as_deref(), LIMITS.line);
        problems.line("seo.title", seo.title.as_deref(), LIMITS.title);
        problems.line("seo.description", seo.description.as_deref(), LIMITS.line);
        if body.len() > LIMITS.body {
            problems.add(
                "body",
                UserErrorCode::TooLong,
                format!(
                    "the body is {} bytes long and may have {} (1 MiB): split the article",
                    body.len(),
                    LIMITS.body
                ),
            );
        }
        if body.contains('\0') {
            problems.add("body", UserErrorCode::Invalid, "the body holds a NUL character: remove it");
        }
        if let Some(Image { url, alt, caption, credit, width: _, height: _ }) = hero_image {
            if let Err(reason) = check_address(url) {
                problems.add("heroImage.url", UserErrorCode::Invalid, reason);
            }
            problems.line("heroImage.alt", alt.as_deref(), LIMITS.line);
            problems.line("heroImage.caption", caption.as_deref(), LIMITS.line);
            problems.line("heroImage.credit", credit.as_deref(), LIMITS.line);
        }
        for (path, count) in [
            ("authors", authors.len()),
            ("topics", topics.len()),
            ("tags", tags.len()),
            ("aliases", aliases.len()),
        ] {
            if count > LIMITS.list {
                problems.add(
                    path,
                    UserErrorCode::TooLong,
                    format!("{count} entries, and at most {} are allowed: remove some", LIMITS.list),
                );
            }
        }
        for alias in aliases {
            if let Err(reason) = check_address(alias) {
                problems.add("aliases", UserErrorCode::Invalid, reason);
            }
        }
        problems.0
    }
}

/// Collects violations. Its methods are the checks that several fields share.
#[derive(Default)]
pub(crate) struct Problems(pub(crate) Vec<UserError>);

impl Problems {
    pub(crate) fn add(&mut self, path: &str, code: UserErrorCode, message: impl std::fmt::Display) {
        self.0.push(UserError::at(path, code, message));
    }

    /// Checks a required text of at most `max` characters.
    pub(crate) fn name(&mut self, path: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            let field = path.rsplit('.').next().unwrap_or(path);
            self.add(
                path,
                UserErrorCode::Required,
                format!("`{field}` is blank: it needs at least one character"),
            );
        }
        self.line(path, Some(text), max);
    }

    /// Checks an optional text of at most `max` characters.
    pub(crate) fn line(&mut self, path: &str, text: Option<&str>, max: usize) {
        let Some(text) = text else { return };
        let field = path.rsplit('.').next().unwrap_or(path);
        let length = text.chars().count();
        if length > max {
            self.add(
                path,
                UserErrorCode::TooLong,
                format!("`{field}` has {length} characters and may have {max}: shorten it"),
            );
        }
        if text.contains('\0') {
            self.add(path, UserErrorCode::Invalid, format!("`{field}` holds a NUL character: remove it"));
        }
    }
}

/// Checks that a text is an absolute `http(s)` URL or a path on the site, of at most [`Limits::url`]
/// characters. URLs with other schemes, such as `javascript:` and `data:`, are refused.
///
/// # Errors
/// A message that says what is wrong with the text.
pub fn check_address(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("the URL is blank: name one, or leave the field out".to_owned());
    }
    if url.chars().count() > LIMITS.url {
        return Err(format!("the URL has more than {} characters: use a shorter one", LIMITS.url));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!(
            "`{}` holds white space or control characters: percent-encode them (a space is %20)",
            shorten(url)
        ));
    }
    let scheme =
        url.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '?', '#']));
    match scheme {
        None => Ok(()),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => Ok(()),
        Some(_) => Err(format!(
            "`{}` is neither an http(s) URL nor a path: use one like https://images.example/ward.jpg",
            shorten(url)
        )),
    }
}

/// Checks that a text is an address that leads to the same place from every page: an absolute `http(s)` URL with a host,
/// or a path that begins with a slash.
///
/// # Errors
/// A message that says what is wrong with the text.
pub fn check_full_address(url: &str) -> Result<(), String> {
    check_address(url)?;
    let host = match url.split_once("://") {
        Some((_, host)) => Some(host),
        None => url.strip_prefix("//"),
    };
    let is_full = match host {
        Some(host) => !host.starts_with(['/', '?', '#', ':']) && !host.is_empty(),
        None => url.starts_with('/'),
    };
    if is_full {
        return Ok(());
    }
    Err(format!(
        "`{}` is no address of a picture: use a URL like https://images.example/ward.jpg, or a path that begins with a slash",
        shorten(url)
    ))
}

fn shorten(url: &str) -> String {
    if url.chars().count() <= 80 { url.to_owned() } else { url.chars().take(79).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_address_has_a_host_or_begins_with_a_slash() {
        for good in
            ["https://a.example/b.png", "HTTP://a.example", "/assets/a.png", "//cdn.example/a", "/a?b=c://d"]
        {
            assert_eq!(check_full_address(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "photo",
            "a.png",
            "../a.png",
            "https://",
            "https:///a.png",
            "http:a.png",
            "//",
            "?a",
            "data:x",
        ] {
            assert!(check_full_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_web_urls_and_paths_are_accepted() {
        for good in [
            "https://a.example/b.png",
            "HTTP://a.example",
            "/assets/a.png",
            "a.png",
            "../a.png?x=y:z",
            "//cdn.example/a",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in
            ["", "javascript:alert(1)", "data:image/png;base64,AAAA", "java\tscript:x", "a b.png", "ftp://x"]
        {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}
