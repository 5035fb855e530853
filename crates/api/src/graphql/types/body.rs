//! The text of an article, in several formats.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use domain::BodyForms;

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::ledger;
use crate::graphql::execution::cost::entries;
use crate::graphql::types::image::InlineImage;

pub(crate) struct Body {
    pub(crate) body: Arc<domain::Body>,
    /// The formats that were read.
    pub(crate) forms: BodyForms,
}

/// The formats of a body that a request selects.
pub(crate) struct RequestedForms {
    pub(crate) forms: BodyForms,
    /// How often each format is selected, in the order of [`BodyForms::EACH`].
    pub(crate) times: [u64; 5],
}

/// The fields of the formats, in the order of [`BodyForms::EACH`].
const FIELDS: [&str; 5] = ["markdown", "html", "text", "outline", "images"];

impl RequestedForms {
    /// Returns the formats that the field selects which is being resolved.
    pub(crate) fn of(ctx: &Context<'_>) -> Self {
        let mut asked = Self { forms: BodyForms::empty(), times: [0; 5] };
        for field in ctx.field().selection_set() {
            if let Some(place) = FIELDS.iter().position(|known| *known == field.name()) {
                asked.forms |= BodyForms::EACH[place];
                asked.times[place] += 1;
            }
        }
        asked
    }
}

impl Body {
    /// Returns the body, if this format of it was read. A format that was not read is empty here, whatever the
    /// database holds.
    fn with(&self, form: BodyForms) -> Result<&domain::Body, ApiError> {
        let has = self.forms.contains(form);
        has.then(|| &*self.body)
            .ok_or_else(|| ApiError::internal(&"a requested format of a body was not read"))
    }
}

/// The text of an article, in several formats.
#[Object]
impl Body {
    /// The source text in Markdown: CommonMark with GitHub's tables, strikethrough, autolinks, task lists and
    /// footnotes.
    async fn markdown(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::MARKDOWN)?.markdown)
    }

    /// The text as sanitised HTML that is safe to embed in a page. It has no scripts, styles, frames or event
    /// handlers. A note or a warning is a `div` with the classes `markdown-alert` and `markdown-alert-note`, `-tip`,
    /// `-important`, `-warning` or `-caution`; its first paragraph is its title.
    async fn html(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::HTML)?.html)
    }

    /// The text without markup.
    async fn text(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::TEXT)?.text)
    }

    /// The headings, in the order of the text.
    async fn outline(&self, ctx: &Context<'_>) -> Result<Vec<Heading>, ApiError> {
        let outline = &self.with(BodyForms::OUTLINE)?.outline;
        ledger(ctx).list(ctx, outline.len(), entries::SEVERAL)?;
        Ok(outline.iter().map(Heading::from).collect())
    }

    /// The pictures in the text, in the order of the text.
    async fn images(&self, ctx: &Context<'_>) -> Result<Vec<InlineImage>, ApiError> {
        let images = &self.with(BodyForms::IMAGES)?.images;
        ledger(ctx).list(ctx, images.len(), entries::SEVERAL)?;
        Ok(images.iter().map(InlineImage::from).collect())
    }

    /// The number of words in the text. In Chinese, Japanese, Thai, Lao, Khmer and Burmese, which have no spaces between
    /// words, a dictionary finds them.
    async fn word_count(&self) -> i32 {
        self.body.word_count
    }

    /// The reading time in minutes, at 220 words per minute.
    async fn reading_time_minutes(&self) -> i32 {
        self.body.reading_time_minutes
    }
}

/// A heading in a text.
#[derive(SimpleObject)]
pub(crate) struct Heading {
    /// The level, from 1 to 6.
    level: i32,
    /// The `id` attribute of the heading in the HTML, for links to it: the id that the author gave (`## Hours {#hours}`),
    /// or one made from the text. It is unique only within the article.
    anchor: String,
    /// The text of the heading.
    text: String,
}

impl From<&domain::Heading> for Heading {
    fn from(heading: &domain::Heading) -> Self {
        let domain::Heading { level, id, text } = heading.clone();
        Self { level: level.into(), anchor: id, text }
    }
}
