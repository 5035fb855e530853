//! Parses Markdown files with front matter, as Jekyll, Hugo, Eleventy and similar systems store articles.
//!
//! Pure: it takes bytes and returns an article or a refusal. `yaml` and `toml_tree` parse front matter into a
//! tree with line numbers; `front_matter` and `image` read fields from it. `template` removes template tags
//! from the body and keeps the text for readers.

mod addresses;
mod article;
mod body;
mod dates;
mod file_name;
mod front_matter;
mod image;
mod keys;
mod people;
mod plain;
mod settings;
mod source;
mod template;
mod toml_tree;
pub(crate) mod value;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;

pub use article::{Dropped, Note, Refusal, SourceArticle, SourceImage};
pub use keys::{KeyMap, KeyMapError};
pub use settings::Settings;
pub use template::{TagMap, TagMapError};

use article::Findings;
use front_matter::FrontMatter;
use keys::Field;
use source::{Source, Syntax};
use template::Dialect;

/// Parses one file. `file_name` is a relative path with `/` separators; it can contain a date, a slug and a
/// language. The running time is linear in the size of the file.
///
/// # Errors
/// [`Refusal`] when the file cannot be imported; it names the line and the field where it can.
pub fn parse(file_name: &str, bytes: &[u8], settings: &Settings) -> Result<SourceArticle, Refusal> {
    let Source { syntax, front_matter, front_matter_line, body, body_line } = source::split(bytes)?;
    let map = front_matter_map(syntax, &front_matter, front_matter_line)?;
    let fields = FrontMatter { map: &map, keys: &settings.keys };
    let file = file_name::parse(file_name);

    let dialect = match syntax {
        _ if file_name.to_ascii_lowercase().ends_with(".mdx") => Dialect::Mdx,
        Syntax::Toml => Dialect::Shortcodes,
        Syntax::Yaml | Syntax::Absent => Dialect::LiquidAndShortcodes,
    };
    let template::Cleaned { text: mut body, notes, dropped } =
        template::clean(&body, body_line, dialect, &map, settings);

    let separator = map.get("excerpt_separator").and_then(|(_, node)| node.text());
    let excerpt_of_body = body::take_excerpt(&mut body, separator);
    let title = title(&fields, &mut body, syntax)?;
    let published_at = match fields.date(Field::PublishedAt)? {
        Some(date) => Some(date),
        None => file.date.transpose().map_err(|reason| Refusal::new(reason).in_field("date"))?,
    };
    let published_at = match published_at {
        Some(date) => Some(date),
        None => {
            let permalink = fields.text(Field::Permalink)?;
            permalink.as_deref().and_then(dates::in_path).or_else(|| dates::in_path(file_name))
        }
    };
    let mut kept = Findings { notes, dropped };
    let image = image::read(&fields, &mut kept)?;
    let image = image.map(|image| SourceImage {
        url: addresses::resolve(&image.url, file_name, &settings.image_base),
        ..image
    });
    if body.trim().is_empty()
        && let Some(link_post) = link_post(&fields)?
    {
        let message = "a link post: its text is its summary and the link";
        kept.notes.push(Note { line: body_line, message: message.to_owned() });
        body = link_post;
    }
    let Findings { notes, dropped } = kept;
    let body = addresses::resolve_all(&body::trimmed(&body), file_name, &settings.image_base);

    Ok(SourceArticle {
        title,
        slug: slug(&fields)?,
        file_slug: file.slug.to_owned(),
        deck: fields.line(Field::Deck)?,
        published_at,
        updated_at: fields.date(Field::UpdatedAt)?,
        expires_at: fields.date(Field::ExpiresAt)?,
        draft: fields.draft()? || file.draft,
        locale: fields
            .text(Field::Locale)?
            .or_else(|| file.locale.map(str::to_owned))
            .map(|tag| tag.replace('_', "-")),
        tags: fields.names(Field::Tags)?,
        topics: fields.names(Field::Topics)?,
        authors: fields.names(Field::Authors)?,
        excerpt: fields.line(Field::Excerpt)?.or(excerpt_of_body),
        image,
        aliases: fields.texts(Field::Aliases)?,
        external_ref: fields.text(Field::ExternalRef)?,
        seo_title: fields.line(Field::SeoTitle)?,
        seo_description: fields.line(Field::SeoDescription)?,
        body,
        notes,
        dropped,
    })
}

/// What identifies a file beside its path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identification {
    /// The id that another system uses for the article.
    pub id: Option<String>,
    /// The title in the front matter.
    pub title: Option<String>,
}

/// Reads only what identifies a file. A file that cannot be imported has neither id nor title.
#[must_use]
pub fn identify(bytes: &[u8], keys: &KeyMap) -> Identification {
    let read = || {
        let Source { syntax, front_matter, front_matter_line, body: _, body_line: _ } = source::split(bytes)?;
        let map = front_matter_map(syntax, &front_matter, front_matter_line)?;
        let fields = FrontMatter { map: &map, keys };
        Ok::<_, Refusal>(Identification {
            id: fields.text(Field::ExternalRef)?,
            title: fields.line(Field::Title)?,
        })
    };
    read().unwrap_or_default()
}

fn front_matter_map(syntax: Syntax, text: &str, first_line: u32) -> Result<value::Map, Refusal> {
    match syntax {
        Syntax::Yaml => yaml::parse(text, first_line),
        Syntax::Toml => toml_tree::parse(text, first_line),
        Syntax::Absent => Ok(value::Map::default()),
    }
}

/// Returns the title: from the front matter, or else from the heading at the start of the body. A heading that
/// equals the title is removed from the body.
fn title(fields: &FrontMatter<'_>, body: &mut String, syntax: Syntax) -> Result<String, Refusal> {
    let heading = body::leading_heading(body);
    match (fields.line(Field::Title)?, heading) {
        (Some(title), Some((heading, end))) if title.to_lowercase() == heading.to_lowercase() => {
            body.drain(..end);
            Ok(title)
        }
        (Some(title), _) => Ok(title),
        (None, Some((heading, end))) => {
            body.drain(..end);
            Ok(heading)
        }
        (None, None) if syntax == Syntax::Absent => Err(Refusal::new(
            "no front matter and no `# Heading` to take a title from: start the file with `---`, `title: …`, `---`",
        )
        .at(1)
        .in_field("title")),
        (None, None) => {
            let reason = "there is no title: add `title: …` to the front matter, or start the text with a `# Heading`";
            Err(Refusal::new(reason).at(1).in_field("title"))
        }
    }
}

/// Returns the text of a post that has only a summary and the address of a page of another site.
fn link_post(fields: &FrontMatter<'_>) -> Result<Option<String>, Refusal> {
    let address = fields.text(Field::SourceUrl)?.filter(|address| {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        is_web && !address.contains(char::is_whitespace)
    });
    let Some(address) = address else { return Ok(None) };
    let host = address.split('/').nth(2).unwrap_or(&address);
    let link = template::link(&address, host);
    let summary = fields.line(Field::Excerpt)?;
    Ok(Some(
        summary
            .map_or_else(|| link.clone(), |summary| format!("{}\n\n{link}", template::paragraph(&summary))),
    ))
}

/// Returns the slug: from the field, or else from the last segment of a permalink without placeholders.
fn slug(fields: &FrontMatter<'_>) -> Result<Option<String>, Refusal> {
    let slug = fields.text(Field::Slug)?.and_then(|slug| last_segment(&slug));
    if slug.is_some() {
        return Ok(slug);
    }
    let permalink = fields.text(Field::Permalink)?.filter(|link| {
        let path = link.split_once("://").map_or(link.as_str(), |(_, path)| path);
        !path.contains([':', '{', '?', '*'])
    });
    Ok(permalink.and_then(|link| {
        let path = link
            .split_once("://")
            .map_or(Some(link.as_str()), |(_, rest)| rest.split_once('/').map(|(_, p)| p));
        let path = path?.split('#').next()?;
        last_segment(path.strip_suffix("index.html").unwrap_or(path))
    }))
}

fn last_segment(path: &str) -> Option<String> {
    let segment = path.trim_end_matches('/').rsplit('/').next()?.trim();
    let segment = segment.strip_suffix(".html").or_else(|| segment.strip_suffix(".htm")).unwrap_or(segment);
    (!segment.is_empty()).then(|| segment.to_owned())
}
