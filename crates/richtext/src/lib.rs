//! Renders Markdown to safe HTML, plain text, outline, images, links and word count.
//!
//! The functions cannot fail, do no I/O and keep no state. The running time is linear in the length of
//! the input, even for hostile inputs; `limits.rs` lists the limits that ensure this.
//!
//! ```text
//! Markdown ─ alerts, addresses, guard ─▶ comrak ─ attributes ─▶ HTML ─ balance ─▶ ammonia ─▶ safe HTML ─ document ─▶ RichText
//! ```
//!
//! `alerts`, `addresses` and `attributes` handle what other dialects add to `CommonMark`. `guard` and `balance` bound the work of the two libraries. The result is safe because the sanitiser
//! `ammonia` runs after every step that writes an author's text into HTML. Only one kind of HTML skips
//! `ammonia`: HTML of a form so simple that `verbatim` knows that `ammonia` would not change it.

#![forbid(unsafe_code)]

use std::collections::HashSet;

mod addresses;
mod alerts;
mod attribute_list;
mod attributes;
mod balance;
mod beginning;
mod canonical;
mod document;
mod elements;
mod guard;
mod ids;
mod limits;
mod markdown;
#[cfg(test)]
mod properties;
mod removed;
mod sanitise;
mod scripts;
mod serialised;
mod text;
mod tokens;
mod urls;
mod verbatim;
mod words;

/// A rendered body in all its forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// Well-formed HTML without scripts, styles, frames, or attributes that carry code. Headings
    /// have ids; links to other sites have `rel="noopener noreferrer"`; images load lazily. An alert is a `div` with the
    /// classes that GitHub uses: `markdown-alert`, and one of `markdown-alert-note`, `-tip`, `-important`, `-warning` and
    /// `-caution`. Its first paragraph is its title and has the class `markdown-alert-title`.
    pub html: String,
    /// Plain text. A blank line separates blocks. Each list item is on a line of its own after `• ` or
    /// `1. `. Each table row is on a line of its own, with tabs between cells. Code stays as written,
    /// images are left out, and a footnote reference is `[1]`. Non-breaking spaces become spaces.
    /// Zero-width spaces, byte order marks and soft hyphens are removed.
    pub text: String,
    /// Headings in document order, including headings written as raw HTML.
    pub outline: Vec<Heading>,
    /// Images in document order. An image that occurs twice is listed twice.
    pub images: Vec<InlineImage>,
    /// Links in document order, except the links between footnotes and their references.
    pub links: Vec<Link>,
    /// The ids to which links within the document can lead: those of headings, and those that the author gave to other
    /// elements. The ids of footnotes are left out.
    pub targets: HashSet<String>,
    /// The number of words of `text`: runs without white space that contain a letter or a digit. In scripts
    /// that are written without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), a dictionary
    /// finds the words.
    pub word_count: u32,
    /// The reading time at 220 words a minute, rounded up to whole minutes. 0 only when `text` is empty.
    pub reading_time_minutes: u32,
    /// The elements of raw HTML that were removed because readers cannot use them safely, or because they are unknown. In
    /// document order, at most 100.
    pub removed_html: Vec<RemovedHtml>,
}

/// An element of raw HTML that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedHtml {
    /// The name of the element, in lower case.
    pub name: String,
    /// The line of the Markdown, from 1.
    pub line: usize,
}

/// A heading of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The level, 1 to 6.
    pub level: u8,
    /// The `id` of the heading in the HTML, where it is unique: the id that the author gave, or one made from the text.
    /// It consists of letters and digits of any script and of `-_.:`. One made from the text has lower-case letters and
    /// starts with a letter or a digit.
    pub id: String,
    /// The plain text on one line, or the alternative text when the heading has only an image. It can be empty when the
    /// author gave an id.
    pub text: String,
}

/// An image within the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineImage {
    /// A URL with the scheme `http` or `https`, or a relative one.
    pub url: String,
    /// The alternative text; empty when there is none.
    pub alt: String,
    /// The tooltip.
    pub title: Option<String>,
}

/// A link within the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// A URL with the scheme `http`, `https`, `mailto` or `tel`, or a relative one, such as `#part`.
    pub url: String,
    /// The text on one line; empty when the link contains only an image.
    pub text: String,
}

/// Renders a body: [CommonMark](https://spec.commonmark.org/0.31.2/) with GitHub's
/// [tables, strikethrough, autolinks, task lists](https://github.github.com/gfm/), footnotes and alerts. Raw
/// HTML is allowed as far as it is harmless.
///
/// What other dialects add is understood as well: ids of headings (`## Hours {#hours}`, `{: #hours }`, `{/*hours*/}`), and
/// alerts (`:::tip`, `!!! note`). Other attribute lists and the place of a table of contents (`[[toc]]`) are dropped.
#[must_use]
pub fn render(markdown: &str) -> RichText {
    let removed_html = removed::removed(markdown);
    RichText { removed_html, ..read(&markdown::body_html(markdown)) }
}

/// Returns the start of the text of [`RichText::html`], like [`excerpt`]. Footnotes, references to them and the titles of
/// alerts are left out.
#[must_use]
pub fn excerpt_of_html(html: &str, max_chars: usize) -> String {
    // Each character has at most four bytes; the rest is room for white space.
    excerpt(&beginning::beginning(html, max_chars.saturating_mul(8)), max_chars)
}

/// Returns the start of a text on one line; each run of white space becomes one space. The result has at
/// most `max_chars` Unicode scalar values, including the `…` that marks an omission. The cut is at the end
/// of a word, unless that would leave less than half; it is never inside a grapheme cluster
/// ([UAX #29](https://unicode.org/reports/tr29/)).
#[must_use]
pub fn excerpt(text: &str, max_chars: usize) -> String {
    words::excerpt(text, max_chars)
}

fn read(html: &str) -> RichText {
    let balanced = balance::balanced(html);
    let safe = verbatim::verbatim(&balanced).unwrap_or_else(|| sanitise::sanitised(&balanced));
    document::read(&safe)
}
