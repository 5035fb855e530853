//! Bodies, rendered by the renderer of the server.

use domain::{Body, Heading, InlineImage};
use serde_json::json;

use crate::random::Random;
use crate::words::Prose;

/// How long a body is in Markdown, in bytes; it ends with the block that gets it there.
const LENGTH: usize = 2_850;
/// How many bodies there are at most. Beyond that articles share them: what is measured does not
/// read them, and rendering a million would take longer than all the rest.
const MOST: usize = 10_000;
/// How long the teaser is of an article that names none, in characters.
const EXCERPT: usize = 300;

/// A body as a publication keeps it.
pub(crate) struct RenderedBody {
    pub(crate) body: Body,
    /// The `outline` column.
    pub(crate) outline: String,
    /// The `images` column.
    pub(crate) images: String,
    pub(crate) excerpt: String,
}

pub(crate) struct Bodies(Vec<RenderedBody>);

impl Bodies {
    pub(crate) fn new(prose: &Prose, random: &mut Random, articles: usize) -> Self {
        Self((0..articles.clamp(1, MOST)).map(|_| rendered(prose.markdown(random, LENGTH))).collect())
    }

    /// The body of the article at this place.
    pub(crate) fn of(&self, place: usize) -> &RenderedBody {
        &self.0[place % self.0.len()]
    }
}

fn rendered(markdown: String) -> RenderedBody {
    let richtext::RichText { html, text, outline, images, links: _, word_count, reading_time_minutes } =
        richtext::render(&markdown);
    let body = Body {
        markdown,
        html,
        text,
        outline: outline
            .into_iter()
            .map(|richtext::Heading { level, id, text }| Heading { level, id, text })
            .collect(),
        images: images
            .into_iter()
            .map(|richtext::InlineImage { url, alt, title }| InlineImage { url, alt, title })
            .collect(),
        word_count: i32::try_from(word_count).unwrap_or(i32::MAX),
        reading_time_minutes: i32::try_from(reading_time_minutes).unwrap_or(i32::MAX),
    };
    let outline: Vec<_> = body
        .outline
        .iter()
        .map(|Heading { level, id, text }| json!({ "level": level, "id": id, "text": text }))
        .collect();
    let images: Vec<_> = body
        .images
        .iter()
        .map(|InlineImage { url, alt, title }| json!({ "url": url, "alt": alt, "title": title }))
        .collect();
    RenderedBody {
        outline: json!(outline).to_string(),
        images: json!(images).to_string(),
        excerpt: richtext::excerpt(&body.text, EXCERPT),
        body,
    }
}
