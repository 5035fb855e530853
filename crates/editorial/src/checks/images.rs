//! Alternative texts that say nothing.

use domain::Content;
use richtext::RichText;

use super::{IssueCode, Issues, shorten};

/// Words that say that there is a picture, which whoever hears them knows already.
const EMPTY_WORDS: [&str; 22] = [
    "a",
    "alt",
    "an",
    "banner",
    "figure",
    "graphic",
    "header",
    "hero",
    "icon",
    "illustration",
    "image",
    "img",
    "logo",
    "of",
    "our",
    "photo",
    "photograph",
    "pic",
    "picture",
    "screenshot",
    "the",
    "thumbnail",
];

/// Endings of the names of picture files.
const ENDINGS: [&str; 9] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif", ".bmp", ".tiff"];

pub(super) fn check(content: &Content, rich: &RichText, issues: &mut Issues) {
    let hero = content.hero_image.as_ref();
    let hero = hero.and_then(|image| Some(("heroImage.alt", image.url.as_str(), image.alt.as_deref()?)));
    let inline = rich.images.iter().map(|image| ("body", image.url.as_str(), image.alt.as_str()));
    for (path, url, alt) in hero.into_iter().chain(inline) {
        if let Some(why) = useless(url, alt) {
            let message = format!(
                "the alternative text “{}” of the image `{}` {why}: say what the picture shows",
                shorten(alt),
                shorten(url)
            );
            issues.warn(IssueCode::AltTextUseless, path, message);
        }
    }
}

fn useless(url: &str, alt: &str) -> Option<&'static str> {
    let alt = alt.trim().to_lowercase();
    if alt.is_empty() {
        // That it is missing is another matter.
        return None;
    }
    let file = url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or(url).to_lowercase();
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    if alt == file || alt == stem || ENDINGS.iter().any(|ending| alt.ends_with(ending)) || is_serial(&alt) {
        return Some("is a file name");
    }
    let mut words = alt.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_empty = |word: &str| EMPTY_WORDS.contains(&word) || word.bytes().all(|b| b.is_ascii_digit());
    words.all(is_empty).then_some("only says that there is a picture")
}

/// What cameras call pictures: `img_1234`, `dsc-0042`.
fn is_serial(alt: &str) -> bool {
    let letters = alt.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    ["img", "dsc", "dscn", "pxl", "image", "photo", "screenshot"].contains(&letters)
        && letters.len() < alt.len()
}
