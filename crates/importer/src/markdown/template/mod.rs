//! Template tags out of Markdown: the tags go, the reader's text stays.
//!
//! One pass over the text, in time proportional to it. Jekyll runs Liquid inside code too, so nothing but
//! `{% raw %}` protects a tag. A tag that does not close before the next one opens, or before a blank line,
//! or within 4 KiB, is no tag: it stays as written, with a note. What a construct leaves behind is never read
//! again as a template.

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

/// Whose template tags a body can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Liquid, Hugo's shortcodes and kramdown's attribute lists.
    LiquidAndShortcodes,
    /// Hugo's shortcodes alone: `{{ … }}` and `{% … %}` are ordinary text there.
    Shortcodes,
}

/// A body without its tags.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) notes: Vec<Note>,
}

/// Clean a body whose first line is the file's line `first_line`. `page` answers `{{ page.key }}`.
pub(crate) fn clean(body: &str, first_line: u32, dialect: Dialect, page: &Map) -> Cleaned {
    engine::Engine::new(body, first_line, dialect, page).run()
}

#[cfg(test)]
mod media_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
