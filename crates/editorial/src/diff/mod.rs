//! What changed between two revisions.

mod body;
mod fields;
#[cfg(test)]
mod properties;
mod sequence;
mod words;

use domain::{AuthorId, Content, TagId, TopicId};

/// What changed between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDiff {
    /// The fields that changed, the body apart, in the order of the input.
    pub fields: Vec<FieldChange>,
    /// What changed in the text.
    pub body: BodyDiff,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Where the field is in the input, for example `heroImage.alt`.
    pub field: &'static str,
    /// How it changed.
    pub kind: FieldChangeKind,
}

/// How a field changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChangeKind {
    /// One value took the place of another. Numbers and instants are written out.
    Text {
        /// The value before; `None` when there was none.
        before: Option<String>,
        /// The value after; `None` when there is none.
        after: Option<String>,
    },
    /// Another list of authors.
    Authors(ListChange<AuthorId>),
    /// Another list of topics.
    Topics(ListChange<TopicId>),
    /// Another list of tags.
    Tags(ListChange<TagId>),
    /// Another list of former addresses.
    Aliases(ListChange<String>),
}

/// How a list changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange<T> {
    /// What is new, in the order of the list after.
    pub added: Vec<T>,
    /// What is gone, in the order of the list before.
    pub removed: Vec<T>,
    /// Whether what is in both lists stands in another order.
    pub reordered: bool,
}

/// What changed in the text, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyDiff {
    /// The places that changed, with up to three unchanged lines around each; none when the texts
    /// are equal.
    pub hunks: Vec<Hunk>,
    /// How many lines are new.
    pub added_lines: usize,
    /// How many lines are gone.
    pub removed_lines: usize,
}

/// A place that changed. Its numbers are those of a unified diff's `@@ -1,3 +1,4 @@`: lines count
/// from 1, and where there are none, the start is the line before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Its first line in the text before.
    pub old_start: usize,
    /// How many lines of the text before it covers.
    pub old_lines: usize,
    /// Its first line in the text after.
    pub new_start: usize,
    /// How many lines of the text after it covers.
    pub new_lines: usize,
    /// Its lines; of a changed place first those that are gone, then the new ones.
    pub lines: Vec<DiffLine>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Which of the texts it is in.
    pub kind: LineKind,
    /// What it says, without the line feed. A carriage return before that is part of the line.
    pub text: String,
    /// Whether a line feed ends it; not so only in the last line of a text.
    pub newline: bool,
    /// `text` in pieces, those that changed marked.
    pub words: Vec<Word>,
}

/// Which of the texts a line is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// In both.
    Equal,
    /// In the text before alone.
    Removed,
    /// In the text after alone.
    Added,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// One or more words, with the white space and marks between them.
    pub text: String,
    /// Whether the counterpart of the line says it otherwise. Nothing is marked in a line that has
    /// no counterpart, or has little in common with it: all of it changed.
    pub changed: bool,
}

/// What changed from one content to another.
#[must_use]
pub fn diff(before: &Content, after: &Content) -> RevisionDiff {
    RevisionDiff { fields: fields::changes(before, after), body: body::compare(&before.body, &after.body) }
}
