//! Removes template tags from Markdown, and keeps the text for readers.
//!
//! It makes one pass over the text, in linear time. Jekyll runs Liquid inside code too, so only `{% raw %}`
//! protects a tag. A tag must close before the next tag opens, before a blank line, and within 4 KiB;
//! otherwise it stays as written, with a note. The replacement of a construct is never parsed as a template
//! again.

mod args;
mod blocks;
mod engine;
mod expression;
mod filters;
mod iframe;
mod kramdown;
mod liquid;
mod media;
mod output;
mod paths;
mod scan;
mod shortcode;

use crate::markdown::article::Note;
use crate::markdown::value::Map;

/// The template tags that a body can contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Liquid, Hugo's shortcodes and kramdown's attribute lists.
    LiquidAndShortcodes,
    /// Only Hugo's shortcodes: `{{ … }}` and `{% … %}` are ordinary text.
    Shortcodes,
}

/// A body without template tags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
}

/// Removes the template tags of a body whose first line is line `first_line` of the file. `page` provides the values of
/// `{{ page.key }}`.
pub(crate) fn clean(body: &str, first_line: u32, dialect: Dialect, page: &Map) -> Cleaned {
    engine::Engine::new(body, first_line, dialect, page).run()
}

#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
