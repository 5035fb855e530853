//! Bodies, rendered by the renderer of the server.

use domain::{Body, Heading, InlineImage};
use serde::Serialize;

use crate::random::Random;
use crate::words::Prose;

/// How long a body is in Markdown, in bytes; it ends with the block that gets it there.
const LENGTH: usize = 2_850;
/// How many bodies there are at most. Beyond that articles share them: what is measured does not
/// read them, and rendering a million would take longer than all the rest.
const MOST: usize = 10_000;

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
        Self((0..articles.clamp(1, MOST)).map(|_| rendered(&prose.markdown(random, LENGTH))).collect())
    }

    /// The body of the article at this place.
    pub(crate) fn of(&self, place: usize) -> &RenderedBody {
        &self.0[place % self.0.len()]
    }
}

fn rendered(markdown: &str) -> RenderedBody {
    let body = app::render_body(markdown);
    let outline =
        body.outline.iter().map(|Heading { level, id, text }| HeadingJson { level: *level, id, text });
    let images = body.images.iter().map(|InlineImage { url, alt, title }| ImageJson {
        url,
        alt,
        title: title.as_deref(),
    });
    RenderedBody { outline: json(outline), images: json(images), excerpt: app::excerpt(&body), body }
}

/// A heading as the `outline` column holds it.
#[derive(Serialize)]
struct HeadingJson<'a> {
    level: u8,
    id: &'a str,
    text: &'a str,
}

/// A picture as the `images` column holds it.
#[derive(Serialize)]
struct ImageJson<'a> {
    url: &'a str,
    alt: &'a str,
    title: Option<&'a str>,
}

#[expect(clippy::expect_used, reason = "plain data makes JSON")]
fn json<T: Serialize>(list: impl Iterator<Item = T>) -> String {
    serde_json::to_string(&list.collect::<Vec<_>>()).expect("plain data makes JSON")
}
