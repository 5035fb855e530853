//! Removes template tags from Markdown, and keeps the text for readers.
//!
//! It makes one pass over the text, in linear time. Jekyll runs Liquid inside code too, so only `{% raw %}`
//! protects a tag. A tag must close before the next tag opens, before a blank line, and within 4 KiB;
//! otherwise it stays as written, with a note. The replacement of a construct is never parsed as a template
//! again.

mod args;
mod blocks;
mod call;
mod elements;
mod engine;
mod expression;
mod filters;
mod jsx;
mod kept;
mod kramdown;
mod liquid;
mod media;
mod output;
pub(crate) mod paths;
mod scan;
mod shortcode;
mod tag;
mod tag_map;

use crate::markdown::article::{Dropped, Note};
use crate::markdown::settings::Settings;
use crate::markdown::value::Map;

/// The template tags that a body can contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Liquid, Hugo's shortcodes and kramdown's attribute lists.
    LiquidAndShortcodes,
    /// The shortcodes of Hugo and Zola: other `{{ … }}` and `{% … %}` are ordinary text.
    Shortcodes,
    /// MDX: components, expressions in braces, and code that imports or exports.
    Mdx,
}

/// A body without template tags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
    pub(crate) dropped: Vec<Dropped>,
}

pub use tag_map::{TagMap, TagMapError};

/// Writes a link on a line of its own.
pub(crate) fn link(url: &str, text: &str) -> String {
    media::link(url, text, &media::Place::Alone(String::new()))
}

/// Writes a plain text as a paragraph.
pub(crate) fn paragraph(text: &str) -> String {
    media::plain_paragraph(text)
}

/// Removes the template tags of a body whose first line is line `first_line` of the file. `page` provides the values of
/// `{{ page.key }}`.
pub(crate) fn clean(
    body: &str,
    first_line: u32,
    dialect: Dialect,
    page: &Map,
    settings: &Settings,
) -> Cleaned {
    if dialect == Dialect::Mdx {
        let (body, imports) = jsx::without_modules(body);
        let mut engine = engine::Engine::new(&body, first_line, dialect, page, settings);
        engine.imports = imports;
        return engine.run();
    }
    engine::Engine::new(body, first_line, dialect, page, settings).run()
}

#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
