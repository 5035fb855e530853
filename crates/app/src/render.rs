//! Renders Markdown to the forms of a body.

use domain::{Body, Heading, InlineImage};
use richtext::RichText;

/// The maximum length of a generated excerpt, in characters.
const EXCERPT: usize = 300;

/// The maximum length in bytes of a body that is rendered on a thread of the async runtime. Longer ones use a blocking
/// thread.
pub(crate) const INLINE: usize = 16 << 10;

/// Renders a body.
pub(crate) async fn markdown(markdown: &str) -> RichText {
    if markdown.len() <= INLINE {
        return richtext::render(markdown);
    }
    let markdown = markdown.to_owned();
    match tokio::task::spawn_blocking(move || richtext::render(&markdown)).await {
        Ok(rich) => rich,
        // The task is never cancelled, so it panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Renders a body on this thread. The longest bodies take seconds.
#[must_use]
pub fn render_body(markdown: &str) -> Body {
    into_body(markdown, richtext::render(markdown))
}

/// Converts rendered Markdown to the body of a publication.
pub(crate) fn into_body(markdown: &str, rich: RichText) -> Body {
    let RichText {
        html,
        text,
        outline,
        images,
        links: _,
        targets: _,
        word_count,
        reading_time_minutes,
        removed_html: _,
    } = rich;
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

/// Makes the excerpt of an article that has none of its own.
#[must_use]
pub fn excerpt(body: &Body) -> String {
    richtext::excerpt_of_html(&body.html, EXCERPT)
}

/// Cuts a text to at most `max` characters, at the end of a word.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    richtext::excerpt(text, max)
}
