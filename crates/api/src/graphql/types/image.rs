//! Pictures.

use app::ImageInput as Input;
use async_graphql::{InputObject, SimpleObject};

/// A picture on another server or on the publication's site.
#[derive(SimpleObject)]
pub(crate) struct Image {
    /// The address of the picture: an absolute URL, or a path on the publication's site.
    url: String,
    /// The alternative text. A published picture always has one.
    alt: Option<String>,
    /// The caption below the picture. Null if there is none.
    caption: Option<String>,
    /// The creator of the picture. Null if none is named.
    credit: Option<String>,
    /// The width in CSS pixels. Null if it is not known.
    width: Option<u32>,
    /// The height in CSS pixels. Null if it is not known.
    height: Option<u32>,
}

impl From<domain::Image> for Image {
    fn from(image: domain::Image) -> Self {
        let domain::Image { url, alt, caption, credit, width, height } = image;
        Self { url, alt, caption, credit, width, height }
    }
}

/// A picture in a text.
#[derive(SimpleObject)]
pub(crate) struct InlineImage {
    /// The address of the picture: an absolute URL, or a path on the publication's site.
    url: String,
    /// The alternative text.
    alt: String,
    /// The title that browsers show on hover. Null if there is none.
    title: Option<String>,
}

impl From<&domain::InlineImage> for InlineImage {
    fn from(image: &domain::InlineImage) -> Self {
        let domain::InlineImage { url, alt, title } = image.clone();
        Self { url, alt, title }
    }
}

/// The picture at the top of an article.
#[derive(InputObject)]
pub(crate) struct ImageInput {
    /// The address of the picture: an absolute `http(s)` URL, or a path on the site of the publication, which begins with
    /// a slash.
    url: String,
    /// The alternative text. Publishing requires it.
    alt: Option<String>,
    /// The caption below the picture.
    caption: Option<String>,
    /// The creator of the picture.
    credit: Option<String>,
    /// The width in CSS pixels.
    width: Option<i32>,
    /// The height in CSS pixels.
    height: Option<i32>,
}

impl From<ImageInput> for Input {
    fn from(image: ImageInput) -> Self {
        let ImageInput { url, alt, caption, credit, width, height } = image;
        Self { url, alt, caption, credit, width, height }
    }
}
