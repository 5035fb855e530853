//! Checks of alternative texts.

use domain::Image;
use richtext::InlineImage;

use super::issue::{IssueCode, Issues, shorten};

/// Words that do not describe an image: generic words, and words from the file names of cameras and phones.
const GENERIC_WORDS: &[&str] = &[
    "a",
    "alt",
    "alternative",
    "am",
    "an",
    "at",
    "attachment",
    "banner",
    "bild",
    "chart",
    "cover",
    "decoration",
    "description",
    "diagram",
    "drawing",
    "dsc",
    "dscf",
    "dscn",
    "featured",
    "figure",
    "foto",
    "graph",
    "graphic",
    "graphics",
    "header",
    "here",
    "hero",
    "icon",
    "illustration",
    "image",
    "imagen",
    "images",
    "img",
    "imgp",
    "infographic",
    "inline",
    "is",
    "logo",
    "main",
    "mvimg",
    "my",
    "null",
    "of",
    "our",
    "photo",
    "photograph",
    "photos",
    "pic",
    "picture",
    "pictures",
    "pm",
    "placeholder",
    "pxl",
    "screen",
    "screenshot",
    "shot",
    "spacer",
    "stock",
    "text",
    "the",
    "this",
    "thumbnail",
    "undefined",
    "unnamed",
    "untitled",
    "video",
];

/// Extensions of image files.
const ENDINGS: &[&str] = &[
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff",
    ".webp",
];

/// The length, in characters, from which every alternative text counts as useful.
const LONG_ALT: usize = 200;

/// Checks the alternative texts of the hero image and of the images in the body.
pub(super) fn check(hero: Option<&Image>, inline: &[InlineImage], issues: &mut Issues) {
    if let Some(Image { url, alt, caption: _, credit: _, width: _, height: _ }) = hero {
        let alt = alt.as_deref().unwrap_or_default();
        if alt.trim().is_empty() {
            issues.error(
                IssueCode::AltTextMissing,
                "heroImage.alt",
                "the hero image has no alternative text: say in `heroImage.alt` what it shows",
            );
        } else if is_useless(alt, url) {
            let message = format!(
                "the alternative text of the hero image, `{}`, does not say what it shows: say so in `heroImage.alt`",
                shorten(alt)
            );
            issues.warning(IssueCode::AltTextUseless, "heroImage.alt", message);
        }
    }
    for InlineImage { url, alt, title: _ } in inline {
        if alt.trim().is_empty() {
            let message = format!(
                "the image `{}` in the body has no alternative text: say what it shows, as in `![what it shows](address)`",
                shorten(url)
            );
            issues.error(IssueCode::AltTextMissing, "body", message);
        } else if is_useless(alt, url) {
            let message = format!(
                "the alternative text of the image `{}` in the body, `{}`, does not say what it shows: say so, as in `![what it shows](address)`",
                shorten(url),
                shorten(alt)
            );
            issues.warning(IssueCode::AltTextUseless, "body", message);
        }
    }
}

/// Whether an alternative text is a file name, the name of the image's own file, or made of generic words.
fn is_useless(alt: &str, url: &str) -> bool {
    if alt.chars().nth(LONG_ALT).is_some() {
        return false;
    }
    let alt = alt.trim().to_lowercase();
    is_file_name(&alt) || is_own_name(&alt, url) || is_generic(&alt)
}

fn is_file_name(alt: &str) -> bool {
    ENDINGS.iter().any(|ending| alt.ends_with(ending))
}

/// Whether the alternative text is the file name of the image, with or without extension. A file name with
/// spaces may describe the image; it is written with `%20` in the URL, so it is not equal to the text.
fn is_own_name(alt: &str, url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    alt == name || alt == stem
}

/// Whether the text has only generic words, digits and punctuation, like `IMG_1234`, `photo (2)` and `…`. Other
/// symbols, such as emoji, may describe an image.
fn is_generic(alt: &str) -> bool {
    alt.split(|c: char| {
        c.is_numeric() || c.is_whitespace() || c.is_ascii_punctuation() || "…–—’‘“”".contains(c)
    })
    .all(|word| word.is_empty() || GENERIC_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_do_not_describe_the_image_are_useless() {
        for alt in [
            "IMG_1234.jpg",
            "IMG_1234",
            "dsc-00012",
            "Image",
            "image of",
            "An image of the…",
            "Photo (2)",
            "picture of a",
            "LOGO",
            "our logo",
            "hero image",
            "alt text",
            "Screenshot 2026-03-01 at 10.11",
            "screenshot of dashboard.PNG",
            "...",
            "3",
            "ward",
            "Ward.webp",
            "Untitled-1",
            "Bild",
        ] {
            assert!(is_useless(alt, "https://images.example/2026/ward.webp?w=640"), "{alt}");
        }
    }

    #[test]
    fn texts_that_describe_the_image_are_useful() {
        for alt in [
            "A nurse at a desk",
            "Logo of the Red Cross",
            "Photo of a ward",
            "Flu cases, 2019 to 2026",
            "病棟",
            "Ward 3",
            "🙂",
            "The ward",
        ] {
            assert!(!is_useless(alt, "/2026/the-ward.png"), "{alt}");
        }
        assert!(!is_useless(&"image ".repeat(100), "/a.png"));
        assert!(!is_useless("Nurse at a desk", "/Nurse%20at%20a%20desk.jpg"));
    }
}
