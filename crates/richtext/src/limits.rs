//! The bounds that keep every input's cost in proportion to its length.
//!
//! No limit is an error and none loses text. What lies beyond one is shown as plain text, or
//! loses its mark-up and keeps its words. Each is far above what an editor writes.

/// Column (tabs stop every 4) from which a block quote, list or footnote marker at the start of a
/// line is plain text. A container needs at least one column, so this bounds how deep they nest:
/// 100 block quotes, 50 lists.
///
/// The Markdown parser walks all open containers at each line; without the bound, a staircase of
/// list items followed by blank lines costs the square of its depth.
pub(crate) const CONTAINER_COLUMNS: usize = 100;

/// Elements open at once in the HTML. Beyond it, a tag is dropped and its content stays.
pub(crate) const OPEN_ELEMENTS: usize = 128;

/// References to one footnote that become links with a way back. Further ones are plain `[1]`.
pub(crate) const REFERENCES_PER_FOOTNOTE: u32 = 100;

/// Empty table cells of a document. In further rows, those at the end are left out: a row of one
/// letter below a wide header would otherwise grow by as many cells as the header has.
pub(crate) const EMPTY_CELLS: usize = 10_000;

/// Bytes of a link's or image's URL. A longer one is dropped: the link keeps its text.
pub(crate) const URL_BYTES: usize = 4096;

/// Bytes of an `alt`, `aria-label` or `title`. A longer one is cut.
pub(crate) const ATTRIBUTE_BYTES: usize = 8192;

/// Bytes of text in one text node of the sanitiser's tree. Its serialiser looks through the whole
/// rest of a text for `<` before each `&` and each Latin-1 character, which costs the square of the
/// text's length; pieces this short keep that below what parsing costs.
pub(crate) const TEXT_NODE_BYTES: usize = 4096;

/// Characters of a heading's id, before the suffix that makes it unique.
pub(crate) const HEADING_ID_CHARS: usize = 80;
