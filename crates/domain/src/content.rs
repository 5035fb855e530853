//! What is written: the content of a revision, and what it takes to save and to publish it.

use jiff::Timestamp;

use crate::{AuthorId, Image, LabelId, Locale, Slug, TagId, TopicId, UserError, UserErrorCode};

/// The content of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its name in web addresses.
    pub slug: Slug,
    /// Its language.
    pub locale: Locale,
    /// The headline, plain text.
    pub title: String,
    /// The line below the headline, plain text.
    pub deck: Option<String>,
    /// The teaser that lists show, plain text; without one, lists show the beginning of the body.
    pub excerpt: Option<String>,
    /// The text, in Markdown.
    pub body: String,
    /// The picture on top.
    pub hero_image: Option<Image>,
    /// What search engines are told.
    pub seo: Seo,
    /// Who wrote it, in the order of print.
    pub authors: Vec<AuthorId>,
    /// Where it belongs in the tree, the main topic first.
    pub topics: Vec<TopicId>,
    /// Its labels, in the order given.
    pub tags: Vec<TagId>,
    /// Addresses under which it was published elsewhere before.
    pub aliases: Vec<String>,
    /// The date that readers see; without one, the moment of the first publication.
    pub published_at: Option<Timestamp>,
}

/// What search engines are told instead of title and excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seo {
    /// The title for result pages.
    pub title: Option<String>,
    /// The description for result pages.
    pub description: Option<String>,
}

/// The greatest sizes that are stored.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Characters of a title, a search-engine title, or the name of a tag, topic or author.
    pub title: usize,
    /// Characters of a deck, excerpt, caption, credit, alternative text or description.
    pub line: usize,
    /// Bytes of a body (UTF-8).
    pub body: usize,
    /// Characters of an address.
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
    /// The tags, topics and authors that it is filed under, as it names them.
    pub fn labels(&self) -> impl Iterator<Item = LabelId> + '_ {
        crate::publication::labels(&self.tags, &self.topics, &self.authors)
    }

    /// What keeps this content from being saved: sizes and shapes. A working copy may be
    /// incomplete, so nothing is asked for but a title.
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
        problems.name("input.title", title, LIMITS.title);
        problems.line("input.deck", deck.as_deref(), LIMITS.line);
        problems.line("input.excerpt", excerpt.as_deref(), LIMITS.line);
        problems.line("input.seo.title", seo.title.as_deref(), LIMITS.title);
        problems.line("input.seo.description", seo.description.as_deref(), LIMITS.line);
        if body.len() > LIMITS.body {
            problems.add(
                "input.body",
                UserErrorCode::TooLong,
                format!(
                    "the body is {} bytes long and may have {} (1 MiB): split the article",
                    body.len(),
                    LIMITS.body
                ),
            );
        }
        if body.contains('\0') {
            problems.add("input.body", UserErrorCode::Invalid, "the body holds a NUL character: remove it");
        }
        if let Some(Image { url, alt, caption, credit, width: _, height: _ }) = hero_image {
            if let Err(reason) = check_address(url) {
                problems.add("input.heroImage.url", UserErrorCode::Invalid, reason);
            }
            problems.line("input.heroImage.alt", alt.as_deref(), LIMITS.line);
            problems.line("input.heroImage.caption", caption.as_deref(), LIMITS.line);
            problems.line("input.heroImage.credit", credit.as_deref(), LIMITS.line);
        }
        for (path, count) in [
            ("input.authors", authors.len()),
            ("input.topics", topics.len()),
            ("input.tags", tags.len()),
            ("input.aliases", aliases.len()),
        ] {
            if count > LIMITS.list {
                problems.add(
                    path,
                    UserErrorCode::TooLong,
                    format!("{count} entries, and at most {} are allowed", LIMITS.list),
                );
            }
        }
        for alias in aliases {
            if let Err(reason) = check_address(alias) {
                problems.add("input.aliases", UserErrorCode::Invalid, reason);
            }
        }
        problems.0
    }
}

/// Collects problems; the checks that every kind of text shares.
#[derive(Default)]
pub(crate) struct Problems(pub(crate) Vec<UserError>);

impl Problems {
    pub(crate) fn add(&mut self, path: &str, code: UserErrorCode, message: impl std::fmt::Display) {
        self.0.push(UserError::at(path, code, message));
    }

    /// A text that must be there.
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

    /// A text that may be missing.
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

/// Whether a text is an absolute `http(s)` address, or a path on the site; never a script or inline data.
///
/// # Errors
/// What is wrong with it.
pub fn check_address(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("the address is blank".to_owned());
    }
    if url.chars().count() > LIMITS.url {
        return Err(format!("the address has more than {} characters", LIMITS.url));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!(
            "`{}` holds white space or control characters: encode them (a space is %20)",
            shorten(url)
        ));
    }
    let scheme =
        url.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '?', '#']));
    match scheme {
        None => Ok(()),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => Ok(()),
        Some(_) => Err(format!(
            "`{}` is neither an http(s) address nor a path: use one like https://images.example/ward.jpg",
            shorten(url)
        )),
    }
}

fn shorten(url: &str) -> String {
    if url.chars().count() <= 80 { url.to_owned() } else { url.chars().take(79).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_web_addresses_or_paths() {
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
