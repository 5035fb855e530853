//! The limits that keep the running time linear in the length of the input.
//!
//! Exceeding a limit is not an error and loses no text: the excess becomes plain text, or loses its
//! markup. Each limit is far above what editors write.

/// The column, with tab stops of 4, from which a block quote, list or footnote marker is plain text. Each
/// container needs at least one column, so this limits the nesting: to 100 block quotes, or 50 lists.
///
/// The Markdown parser visits all open containers at each line. Without this limit, ever deeper list items
/// followed by blank lines take time quadratic in the depth.
pub(crate) const CONTAINER_COLUMNS: usize = 100;

/// The maximum number of open elements in the HTML. Further tags are dropped, and their content stays.
pub(crate) const OPEN_ELEMENTS: usize = 128;

/// The maximum number of references to one footnote that become links with a back-reference. Further references
/// are plain `[1]`.
pub(crate) const REFERENCES_PER_FOOTNOTE: u32 = 100;

/// The maximum number of empty table cells of a document. Further rows lose the empty cells at their end.
/// Otherwise a row of one letter below a wide header would get as many cells as the header.
pub(crate) const EMPTY_CELLS: usize = 10_000;

/// The maximum length of the URL of a link or an image, in bytes. A longer URL is dropped, and the text of the
/// link stays.
pub(crate) const URL_BYTES: usize = 4096;

/// The maximum length of an `alt`, `aria-label` or `title`, in bytes. A longer value is cut.
pub(crate) const ATTRIBUTE_BYTES: usize = 8192;

/// The maximum size of a text node in the sanitiser's tree, in bytes. For each `&` and each Latin-1
/// character, its serialiser searches the whole rest of the text node for `<`, which is quadratic in the
/// size of the node. At this size, that takes less time than parsing.
pub(crate) const TEXT_NODE_BYTES: usize = 4096;

/// The maximum length of the id of a heading, in characters, without the suffix that makes it unique.
pub(crate) const HEADING_ID_CHARS: usize = 200;

/// The maximum length of an id that an author gave, in characters.
pub(crate) const AUTHOR_ID_CHARS: usize = 256;

/// The maximum nesting of alerts whose notation is rewritten. Deeper ones stay as written.
pub(crate) const NESTED_ALERTS: usize = 8;

/// The maximum number of pieces of text and line breaks of an attribute list. A longer one is text.
pub(crate) const ATTRIBUTE_LIST_NODES: usize = 16;
