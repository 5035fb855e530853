//! A picture and the words that stand for it.

/// A picture that lives elsewhere. Alternative text may be missing while an article is written;
/// publishing asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where the picture is: an absolute `http(s)` address, or a path on the publication's site.
    pub url: String,
    /// What the picture shows, for those who do not see it.
    pub alt: Option<String>,
    /// A line shown below the picture.
    pub caption: Option<String>,
    /// Who made the picture.
    pub credit: Option<String>,
    /// Width in CSS pixels.
    pub width: Option<u32>,
    /// Height in CSS pixels.
    pub height: Option<u32>,
}
