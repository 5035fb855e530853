//! Reads the image at the top of the article, for which front matter has many formats.

use crate::markdown::article::{Refusal, SourceImage};
use crate::markdown::front_matter::FrontMatter;
use crate::markdown::keys::Field;
use crate::markdown::plain;
use crate::markdown::value::{Node, Value};

const URL: [&str; 8] = ["src", "url", "path", "image", "file", "href", "filename", "overlay_image"];
const ALT: [&str; 4] = ["alt", "alt_text", "image_alt", "description"];
const CAPTION: [&str; 3] = ["caption", "figcaption", "title"];
const CREDIT: [&str; 5] = ["credit", "attribution", "photographer", "source", "copyright"];

/// Returns the image of the first key that has one. Its missing fields come from keys such as `image_alt`.
pub(crate) fn read(front_matter: &FrontMatter<'_>) -> Result<Option<SourceImage>, Refusal> {
    let mut image = None;
    for (key, node) in front_matter.nodes(Field::Image) {
        image = from_node(key, node, 0)?;
        if image.is_some() {
            break;
        }
    }
    let Some(mut image) = image else {
        return Ok(None);
    };
    for (slot, field) in [
        (&mut image.alt, Field::ImageAlt),
        (&mut image.caption, Field::ImageCaption),
        (&mut image.credit, Field::ImageCredit),
    ] {
        if slot.is_none() {
            *slot = front_matter.line(field)?;
        }
    }
    Ok(Some(image))
}

fn from_node(key: &str, node: &Node, depth: u8) -> Result<Option<SourceImage>, Refusal> {
    if node.is_empty() || depth > 3 {
        return Ok(None);
    }
    match &node.value {
        Value::Null => Ok(None),
        // `hero: true` enables the image of a theme. It does not name an image.
        Value::Scalar { .. } if node.boolean().is_some() => Ok(None),
        Value::Scalar { text, .. } => Ok(Some(SourceImage {
            url: text.trim().to_owned(),
            alt: None,
            caption: None,
            credit: None,
            width: None,
            height: None,
        })),
        Value::List(items) => items.first().map_or(Ok(None), |first| from_node(key, first, depth + 1)),
        Value::Map(map) => {
            let first = |keys: &[&str]| keys.iter().find_map(|key| map.get(key)).map(|(_, node)| node);
            let text = |keys: &[&str]| {
                let texts = keys.iter().filter_map(|key| map.get(key)?.1.text()).map(plain::line);
                texts.into_iter().find(|text| !text.is_empty())
            };
            // A size that is not a number of pixels, such as `100%`, says nothing about the image.
            let pixels = |key: &str| map.get(key)?.1.text()?.trim().parse().ok().filter(|pixels| *pixels > 0);
            let Some(url) = first(&URL) else {
                let reason = "the image has no URL: add `src:` or `url:` under this key, or remove the key";
                return Err(Refusal::new(reason).at(node.line).in_field(key));
            };
            Ok(from_node(key, url, depth + 1)?.map(|image| SourceImage {
                url: image.url,
                alt: text(&ALT).or(image.alt),
                caption: text(&CAPTION).or(image.caption),
                credit: text(&CREDIT).or(image.credit),
                width: pixels("width").or(image.width),
                height: pixels("height").or(image.height),
            }))
        }
    }
}
