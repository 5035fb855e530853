//! Markdown in; safe HTML, plain text, outline, images, links and word count out.
//!
//! Nothing here fails, waits, or remembers. Every input, however hostile, takes time in proportion
//! to its length; `limits.rs` says what bounds make it so.
//!
//! ```text
//! Markdown ─ guard ─▶ comrak ─▶ HTML ─ balance ─▶ ammonia ─▶ safe HTML ─ document ─▶ RichText
//! ```
//!
//! `guard` and `balance` bound the work of the two libraries; that `ammonia` comes after all that
//! writes author's text into HTML is what makes the result safe. It is passed over only by HTML of so few
//! forms that `verbatim` can tell that it would change nothing.

#![forbid(unsafe_code)]

mod balance;
mod canonical;
mod document;
mod elements;
mod guard;
mod limits;
mod markdown;
#[cfg(test)]
mod properties;
mod sanitise;
mod serialised;
mod slug;
mod text;
mod tokens;
mod urls;
mod verbatim;
mod words;

/// All that a body says, in the shapes that readers ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// Well-formed HTML without scripts, styles, frames, or attributes that carry code. Headings
    /// have ids; links to other sites have `rel="noopener noreferrer"`; images load lazily.
    pub html: String,
    /// What a reader sees, without mark-up: blocks parted by a blank line, list items on a line
    /// each behind `• ` or `1. `, a table's rows on lines with tabs between cells, code as written,
    /// nothing for images, `[1]` for a footnote's reference. Non-breaking spaces are plain ones;
    /// zero-width spaces, byte order marks and soft hyphens are gone.
    pub text: String,
    /// Headings in document order, those written as raw HTML among them.
    pub outline: Vec<Heading>,
    /// Images in document order, each as often as it is shown.
    pub images: Vec<InlineImage>,
    /// Links in document order, without those between footnotes and their references.
    pub links: Vec<Link>,
    /// Words of `text`: runs without white space that hold a letter or digit; in scripts written
    /// without spaces (Han, Hiragana, Katakana), characters.
    pub word_count: u32,
    /// Whole minutes at 220 words a minute, rounded up: 0 only when `text` is empty.
    pub reading_time_minutes: u32,
}

/// A heading of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The heading's `id` in the HTML, unique in it: lower-case letters and digits of any script,
    /// hyphens and underscores; it starts with a letter.
    pub id: String,
    /// On one line; the alternative text where the heading is but an image. May be empty.
    pub text: String,
}

/// An image within the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineImage {
    /// `http:`, `https:` or relative.
    pub url: String,
    /// Empty when there is none.
    pub alt: String,
    /// The tooltip.
    pub title: Option<String>,
}

/// A link within the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `http:`, `https:`, `mailto:`, `tel:` or relative (`#part` included).
    pub url: String,
    /// On one line; empty when the link is around an image.
    pub text: String,
}

/// Reads a body: [CommonMark](https://spec.commonmark.org/0.31.2/) with GitHub's
/// [tables, strikethrough, autolinks, task lists](https://github.github.com/gfm/) and footnotes,
/// raw HTML allowed as far as it is harmless.
#[must_use]
pub fn render(markdown: &str) -> RichText {
    read(&markdown::body_html(markdown))
}

/// The start of a text on one line: white space runs become one space. When something is left
/// out, it ends in `…`, at the end of a word unless that would leave less than half. At most
/// `max_chars` Unicode characters (scalar values), the ellipsis included; never cut within what a
/// reader takes for one character ([UAX #29](https://unicode.org/reports/tr29/)).
#[must_use]
pub fn excerpt(text: &str, max_chars: usize) -> String {
    words::excerpt(text, max_chars)
}

/// A title or the like as plain text on one line: text-level Markdown and HTML are dropped,
/// character references (`&amp;`, `&#8217;`) decoded exactly once.
#[must_use]
pub fn plain(markdown_inline: &str) -> String {
    if markdown_inline.chars().all(markdown::is_ordinary) {
        return one_line(markdown_inline);
    }
    one_line(&read(&markdown::inline_html(markdown_inline)).text)
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn read(html: &str) -> RichText {
    let balanced = balance::balanced(html);
    let safe = verbatim::verbatim(&balanced).unwrap_or_else(|| sanitise::sanitised(&balanced));
    document::read(&safe)
}
