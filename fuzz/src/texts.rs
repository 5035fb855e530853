//! The fuzz targets for texts that are parsed without a database.

use domain::{Cursor, CursorList, ZonedInstant};
use importer::markdown::Settings;

#[path = "../../crates/richtext/tests/strict/mod.rs"]
mod strict;

/// The target for bodies in Markdown. Asserts that the HTML is well-formed and contains no active content.
pub(crate) fn markdown(input: &[u8]) {
    let Ok(markdown) = std::str::from_utf8(input) else { return };
    let rich = richtext::render(markdown);
    strict::check(&rich.html);
    for url in rich.links.iter().map(|link| &link.url).chain(rich.images.iter().map(|image| &image.url)) {
        strict::check_url(url);
    }
    for heading in &rich.outline {
        assert!(rich.html.contains(&format!(" id=\"{}\"", heading.id)), "{heading:?} in {}", rich.html);
    }
    assert!(!rich.text.contains(['\0', '\u{ad}', '\u{200b}', '\u{feff}', '\u{a0}']), "{:?}", rich.text);
    assert_eq!(rich.text.is_empty(), rich.reading_time_minutes == 0);
    // A footnote reference of a few bytes becomes a link of about a hundred. Nothing grows more than that.
    assert!(
        rich.html.len() <= 4_096 + 128 * markdown.len(),
        "{} bytes of {}",
        rich.html.len(),
        markdown.len()
    );
    for id in &rich.targets {
        assert!(rich.html.contains(&format!(" id=\"{id}\"")), "{id} in {}", rich.html);
    }
    for max in [0, 1, 7, 160] {
        assert!(richtext::excerpt(&rich.text, max).chars().count() <= max);
        assert!(richtext::excerpt_of_html(&rich.html, max).chars().count() <= max);
    }
}

/// The target for cursors. Asserts that a cursor written as text parses to the same cursor.
pub(crate) fn cursors(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for list in [
        CursorList::ArticlesByPublishedAt,
        CursorList::ArticlesByTitle,
        CursorList::TagsByUse,
        CursorList::TagsByName,
        CursorList::Revisions,
        CursorList::Audit,
        CursorList::Redirects,
    ] {
        match Cursor::parse(text, list) {
            Ok(cursor) => assert_eq!(Cursor::parse(&cursor.to_string(), list), Ok(cursor)),
            Err(error) => assert!(error.to_string().len() < 1_000),
        }
    }
}

/// The target for instants with a zone. Asserts that the local time parses to the same instant.
pub(crate) fn instants(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match ZonedInstant::parse(text) {
        Ok(instant) => {
            let _ = instant.note();
            let again = ZonedInstant::parse(&instant.local());
            assert_eq!(again.as_ref().map(|again| again.at), Ok(instant.at), "{text:?}: {}", instant.local());
        }
        Err(error) => assert!(error.to_string().len() < 2_000),
    }
}

/// The target for article files: the name on the first line, then the content.
pub(crate) fn article_files(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let Ok(name) = std::str::from_utf8(&input[..end]) else { return };
    match importer::markdown::parse(name, &input[end..], &Settings::default()) {
        Ok(article) => {
            assert!(!article.title.trim().is_empty() && !article.title.contains('\n'), "{:?}", article.title);
            assert!(article.notes.len() <= input.len());
        }
        Err(refusal) => assert!(refusal.to_string().len() <= 1_000 + input.len()),
    }
}

/// The target for `taxonomy.yaml`.
pub(crate) fn taxonomy_files(input: &[u8]) {
    if let Err(refusal) = importer::taxonomy::parse(input) {
        assert!(refusal.to_string().len() <= 1_000 + input.len());
    }
}
