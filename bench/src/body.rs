//! Generates bodies, and renders them as the server does.

use domain::{Body, Heading, InlineImage};
use serde::Serialize;

use crate::random::Random;
use crate::words::Prose;

/// The minimum length of a body in Markdown, in bytes. The body ends with the block that reaches this length.
const LENGTH: usize = 2_850;
/// The maximum number of bodies. Larger publications share them: the measured queries do not read
/// bodies, and rendering a million would take longer than everything else.
const MAX_BODIES: usize = 10_000;

/// A rendered body, as the database stores it.
pub(crate) struct RenderedBody {
    pub(crate) body: Body,
    /// The value of the column `outline`.
    pub(crate) outline: String,
    /// The value of the column `images`.
    pub(crate) images: String,
    pub(crate) excerpt: String,
}

pub(crate) struct Bodies(Vec<RenderedBody>);

impl Bodies {
    pub(crate) fn new(prose: &Prose, random: &mut Random, articles: usize) -> Self {
        Self((0..articles.clamp(1, MAX_BODIES)).map(|_| rendered(&prose.markdown(random, LENGTH))).collect())
    }

    /// Returns the body of the article with this index.
    pub(crate) fn of(&self, index: usize) -> &RenderedBody {
        &self.0[index % self.0.len()]
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

/// A heading in the format of the column `outline`.
#[derive(Serialize)]
struct HeadingJson<'a> {
    level: u8,
    id: &'a str,
    text: &'a str,
}

/// An image in the format of the column `images`.
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
