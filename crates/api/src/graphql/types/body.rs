//! The text of an article, in every form that readers ask for.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use domain::BodyForms;

use crate::graphql::error::ApiError;
use crate::graphql::execution::context::ledger;
use crate::graphql::execution::cost::entries;
use crate::graphql::types::image::InlineImage;

pub(crate) struct Body {
    pub(crate) body: Arc<domain::Body>,
    /// Which forms of it were read.
    pub(crate) forms: BodyForms,
}

/// The forms of a body that are asked for.
pub(crate) struct RequestedForms {
    pub(crate) forms: BodyForms,
    /// How often each is asked for, in the order of [`BodyForms::EACH`].
    pub(crate) times: [u64; 5],
}

/// The fields of the forms, in the order of [`BodyForms::EACH`].
const FIELDS: [&str; 5] = ["markdown", "html", "text", "outline", "images"];

impl RequestedForms {
    /// Those that the field asks for which is being resolved.
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
    /// The body, if this form of it was read. A form that was not read is empty here, whatever the database holds.
    fn with(&self, form: BodyForms) -> Result<&domain::Body, ApiError> {
        let has = self.forms.contains(form);
        has.then(|| &*self.body)
            .ok_or_else(|| ApiError::internal(&"a form of a body was not read that is asked for"))
    }
}

/// The text of an article, in every form that readers ask for.
#[Object]
impl Body {
    /// As it was written: Markdown (CommonMark with GitHub's tables, strikethrough, autolinks, task
    /// lists and footnotes).
    async fn markdown(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::MARKDOWN)?.markdown)
    }

    /// Sanitised HTML, safe to put into a page: no scripts, styles, frames or event handlers.
    async fn html(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::HTML)?.html)
    }

    /// What a reader sees, without markup.
    async fn text(&self) -> Result<&str, ApiError> {
        Ok(&self.with(BodyForms::TEXT)?.text)
    }

    /// The headings, in the order of the text.
    async fn outline(&self, ctx: &Context<'_>) -> Result<Vec<Heading>, ApiError> {
        let outline = &self.with(BodyForms::OUTLINE)?.outline;
        ledger(ctx).list(ctx, outline.len(), entries::SEVERAL)?;
        Ok(outline.iter().map(Heading::from).collect())
    }

    /// The pictures within the text, in its order.
    async fn images(&self, ctx: &Context<'_>) -> Result<Vec<InlineImage>, ApiError> {
        let images = &self.with(BodyForms::IMAGES)?.images;
        ledger(ctx).list(ctx, images.len(), entries::SEVERAL)?;
        Ok(images.iter().map(InlineImage::from).collect())
    }

    /// How many words the text has.
    async fn word_count(&self) -> i32 {
        self.body.word_count
    }

    /// How many minutes reading takes, at 220 words a minute.
    async fn reading_time_minutes(&self) -> i32 {
        self.body.reading_time_minutes
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
