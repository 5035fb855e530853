//! The text of an article, in every form that readers ask for.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};

use super::image::InlineImage;

pub(crate) struct Body(pub(crate) Arc<domain::Body>);

/// The text of an article, in every form that readers ask for.
#[Object]
impl Body {
    /// As it was written: Markdown (CommonMark with GitHub's tables, strikethrough, autolinks, task
    /// lists and footnotes).
    async fn markdown(&self) -> &str {
        &self.0.markdown
    }

    /// Sanitised HTML, safe to put into a page: no scripts, styles, frames or event handlers.
    async fn html(&self) -> &str {
        &self.0.html
    }

    /// What a reader sees, without markup.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The headings, in the order of the text.
    async fn outline(&self) -> Vec<Heading> {
        self.0.outline.iter().map(Heading::from).collect()
    }

    /// The pictures within the text, in its order.
    async fn images(&self) -> Vec<InlineImage> {
        self.0.images.iter().map(InlineImage::from).collect()
    }

    /// How many words the text has.
    async fn word_count(&self) -> i32 {
        self.0.word_count
    }

    /// How many minutes reading takes, at 220 words a minute.
    async fn reading_time_minutes(&self) -> i32 {
        self.0.reading_time_minutes
    }
}

/// A heading of a text.
#[derive(SimpleObject)]
pub(crate) struct Heading {
    /// 1 to 6.
    level: i32,
    /// The `id` attribute that it carries in the HTML, for links to it. It is unique only within its article.
    anchor: String,
    /// Its text.
    text: String,
}

impl From<&domain::Heading> for Heading {
    fn from(heading: &domain::Heading) -> Self {
        let domain::Heading { level, id, text } = heading.clone();
        Self { level: level.into(), anchor: id, text }
    }
}
