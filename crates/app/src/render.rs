//! From Markdown to what readers get.

use domain::{Body, Heading, InlineImage};
use richtext::RichText;

/// How long a teaser is that is made from the text, in characters.
const EXCERPT: usize = 300;

/// Bodies above this many bytes are rendered apart from the threads that answer requests.
pub(crate) const INLINE: usize = 16 << 10;

/// A text as readers get it.
pub(crate) async fn markdown(markdown: &str) -> RichText {
    if markdown.len() <= INLINE {
        return richtext::render(markdown);
    }
    let markdown = markdown.to_owned();
    match tokio::task::spawn_blocking(move || richtext::render(&markdown)).await {
        Ok(rich) => rich,
        // It is never cancelled, so it can only have panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// What readers get of a text in Markdown. The largest take seconds: publishing renders those apart from
/// the threads that answer requests.
#[must_use]
pub fn render_body(markdown: &str) -> Body {
    into_body(markdown, richtext::render(markdown))
}

/// The body of a publication whose text is rendered already.
pub(crate) fn into_body(markdown: &str, rich: RichText) -> Body {
    let RichText { html, text, outline, images, links: _, word_count, reading_time_minutes } = rich;
    Body {
        markdown: markdown.to_owned(),
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
    }
}

/// The teaser of an article that has none of its own.
#[must_use]
pub fn excerpt(body: &Body) -> String {
    richtext::excerpt(&body.text, EXCERPT)
}

/// A text cut to at most `max` characters, at a word.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    richtext::excerpt(text, max)
}
