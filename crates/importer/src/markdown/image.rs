//! Reads the image at the top of the article, for which front matter has many formats.

use crate::markdown::article::{Findings, Refusal, SourceImage};
use crate::markdown::front_matter::FrontMatter;
use crate::markdown::keys::Field;
use crate::markdown::plain;
use crate::markdown::value::{Node, Value};

const URL: [&str; 8] = ["src", "url", "path", "image", "file", "href", "filename", "overlay_image"];
const ALT: [&str; 4] = ["alt", "alt_text", "image_alt", "description"];
const CAPTION: [&str; 3] = ["caption", "figcaption", "title"];
const CREDIT: [&str; 5] = ["credit", "attribution", "photographer", "source", "copyright"];

/// Returns the image of the first key that has one. Its missing fields come from keys such as `image_alt`. An image without
/// an address is left out.
pub(crate) fn read(
    front_matter: &FrontMatter<'_>,
    findings: &mut Findings,
) -> Result<Option<SourceImage>, Refusal> {
    let image = front_matter.nodes(Field::Image).find_map(|(_, node)| from_node(node, 0));
    let Some(mut image) = image else {
        let without_address =
            front_matter.nodes(Field::Image).find(|(_, node)| matches!(node.value, Value::Map(_)));
        if let Some((key, node)) = without_address {
            let message =
                format!("`{key}` has no address and was left out: add `src:` or `url:` under this key");
            findings.drop_at(node.line, "hero image without address", message);
        }
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

fn from_node(node: &Node, depth: u8) -> Option<SourceImage> {
    if node.is_empty() || depth > 3 {
        return None;
    }
    match &node.value {
        Value::Null => None,
        // `hero: true` enables the image of a theme. It does not name an image.
        Value::Scalar { .. } if node.boolean().is_some() => None,
        Value::Scalar { text, .. } => Some(SourceImage {
            url: text.trim().to_owned(),
            alt: None,
            caption: None,
            credit: None,
            width: None,
            height: None,
        }),
        Value::List(items) => items.iter().find_map(|item| from_node(item, depth + 1)),
        Value::Map(map) => {
            let text = |keys: &[&str]| {
                let texts = keys.iter().filter_map(|key| map.get(key)?.1.text()).map(plain::line);
                texts.into_iter().find(|text| !text.is_empty())
            };
            // A size that is not a number of pixels, such as `100%`, says nothing about the image.
            let pixels = |key: &str| map.get(key)?.1.text()?.trim().parse().ok().filter(|pixels| *pixels > 0);
            let address = URL.iter().find_map(|key| from_node(map.get(key)?.1, depth + 1))?;
            Some(SourceImage {
                url: address.url,
                alt: text(&ALT).or(address.alt),
                caption: text(&CAPTION).or(address.caption),
                credit: text(&CREDIT).or(address.credit),
                width: pixels("width").or(address.width),
                height: pixels("height").or(address.height),
            })
        }
    }
}
