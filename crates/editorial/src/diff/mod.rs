//! Compares two revisions.

mod body;
mod fields;
#[cfg(test)]
mod properties;
mod sequence;
mod words;

use domain::{AuthorId, Content, TagId, TopicId};

/// The difference between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDiff {
    /// The fields other than the body that changed, in the order of the article input.
    pub fields: Vec<FieldChange>,
    /// The difference between the bodies.
    pub body: BodyDiff,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The path of the field in the article input, for example `heroImage.alt`.
    pub field: &'static str,
    /// How it changed.
    pub kind: FieldChangeKind,
}

/// How a field changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChangeKind {
    /// A scalar value changed. Numbers and instants are given as text.
    Text {
        /// The value before; `None` when there was none.
        before: Option<String>,
        /// The value after; `None` when there is none.
        after: Option<String>,
    },
    /// The list of authors changed.
    Authors(ListChange<AuthorId>),
    /// The list of topics changed.
    Topics(ListChange<TopicId>),
    /// The list of tags changed.
    Tags(ListChange<TagId>),
    /// The list of former URLs changed.
    Aliases(ListChange<String>),
}

/// How a list changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange<T> {
    /// The new entries, in the order of the new list.
    pub added: Vec<T>,
    /// The removed entries, in the order of the old list.
    pub removed: Vec<T>,
    /// Whether the entries that both lists have are in another order.
    pub reordered: bool,
}

/// The difference between two bodies, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyDiff {
    /// The changed places, each with up to three unchanged lines before and after. Empty when the bodies
    /// are equal.
    pub hunks: Vec<Hunk>,
    /// The number of added lines.
    pub added_lines: usize,
    /// The number of removed lines.
    pub removed_lines: usize,
}

/// A changed place. Its numbers are those of the line `@@ -1,3 +1,4 @@` of a unified diff: lines count from 1;
/// where the hunk covers no lines, the start is the number of the line before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The number of its first line in the old body.
    pub old_start: usize,
    /// The number of lines of the old body that it covers.
    pub old_lines: usize,
    /// The number of its first line in the new body.
    pub new_start: usize,
    /// The number of lines of the new body that it covers.
    pub new_lines: usize,
    /// Its lines. Where lines changed, the removed lines come before the added ones.
    pub lines: Vec<DiffLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Which of the two bodies has the line.
    pub kind: LineKind,
    /// The text of the line, without the line feed. A carriage return before it is part of the text.
    pub text: String,
    /// Whether a line feed ends the line. Only the last line of a body can lack it.
    pub newline: bool,
    /// `text` cut into pieces, each marked as changed or unchanged.
    pub words: Vec<Word>,
}

/// Which of the two bodies has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Both bodies.
    Equal,
    /// Only the old body.
    Removed,
    /// Only the new body.
    Added,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// One or more words, with the white space and punctuation between them.
    pub text: String,
    /// Whether the piece differs from the line that this line replaces or is replaced by. Nothing is marked when there
    /// is no such line, or when the two lines have little in common.
    pub changed: bool,
}

/// Compares two contents.
#[must_use]
pub fn diff(before: &Content, after: &Content) -> RevisionDiff {
    RevisionDiff { fields: fields::changes(before, after), body: body::compare(&before.body, &after.body) }
}
