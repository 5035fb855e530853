//! Pictures.

use app::ImageInput as Input;
use async_graphql::{InputObject, SimpleObject};

/// A picture that lives elsewhere, and the words that stand for it.
#[derive(SimpleObject)]
pub(crate) struct Image {
    /// Where it is: an absolute address, or a path on the publication's site.
    url: String,
    /// What it shows, for those who do not see it. Always there on what is published.
    alt: Option<String>,
    /// A line shown below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// Width in CSS pixels.
    width: Option<u32>,
    /// Height in CSS pixels.
    height: Option<u32>,
}

impl From<domain::Image> for Image {
    fn from(image: domain::Image) -> Self {
        let domain::Image { url, alt, caption, credit, width, height } = image;
        Self { url, alt, caption, credit, width, height }
    }
}

/// A picture within a text.
#[derive(SimpleObject)]
pub(crate) struct InlineImage {
    /// Where it is: an absolute address, or a path on the publication's site.
    url: String,
    /// What it shows, for those who do not see it.
    alt: String,
    /// The title that browsers show on hover.
    title: Option<String>,
}

impl From<&domain::InlineImage> for InlineImage {
    fn from(image: &domain::InlineImage) -> Self {
        let domain::InlineImage { url, alt, title } = image.clone();
        Self { url, alt, title }
    }
}

/// A picture for the top of an article.
#[derive(InputObject)]
pub(crate) struct ImageInput {
    /// Where it is: an absolute `http(s)` address, or a path on the publication's site.
    url: String,
    /// What it shows, for those who do not see it. Publishing asks for it.
    alt: Option<String>,
    /// A line shown below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// Width in CSS pixels.
    width: Option<i32>,
    /// Height in CSS pixels.
    height: Option<i32>,
}

impl From<ImageInput> for Input {
    fn from(image: ImageInput) -> Self {
        let ImageInput { url, alt, caption, credit, width, height } = image;
        Self { url, alt, caption, credit, width, height }
    }
}
