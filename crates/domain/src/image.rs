//! Images.

/// A reference to an image that another server stores. A working copy may lack the alternative text;
/// publishing requires it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The URL of the image: an absolute `http(s)` URL, or a path on the publication's site.
    pub url: String,
    /// The alternative text: what the image shows, for readers who cannot see it.
    pub alt: Option<String>,
    /// The caption, shown below the image.
    pub caption: Option<String>,
    /// The credit: who made the image.
    pub credit: Option<String>,
    /// Width in CSS pixels.
    pub width: Option<u32>,
    /// Height in CSS pixels.
    pub height: Option<u32>,
}
