//! The differences between two saved versions.

use std::sync::Arc;

use app::diff::{self, FieldChangeKind as Change, ListChange};
use async_graphql::{Enum, SimpleObject};
use domain::Taxonomy;

use crate::graphql::execution::context::Reader;

/// The differences between two saved versions of an article.
#[derive(SimpleObject)]
pub(crate) struct RevisionDiff {
    /// The number of the old version.
    from_version: i32,
    /// The number of the new version.
    to_version: i32,
    /// The fields that differ, without the body.
    fields: Vec<FieldChange>,
    /// The parts of the bodies that differ, each with up to three unchanged lines before and after.
    hunks: Vec<DiffHunk>,
    /// The number of lines that were added to the body.
    added_lines: i64,
    /// The number of lines that were removed from the body.
    removed_lines: i64,
    /// The differences of the bodies in the unified format of `diff -u`. Empty if the bodies are equal.
    unified: String,
}

/// A field that differs. Lists show added and removed entries; other fields show both values.
#[derive(SimpleObject, Default)]
pub(crate) struct FieldChange {
    /// The path of the input field, for example `heroImage.alt`.
    field: String,
    /// The old value. Null if it was empty, or if the field is a list.
    before: Option<String>,
    /// The new value. Null if it is empty, or if the field is a list.
    after: Option<String>,
    /// For a list: the added entries, which are slugs or URLs.
    added: Vec<String>,
    /// For a list: the removed entries, which are slugs or URLs.
    removed: Vec<String>,
    /// For a list: whether the remaining entries have another order.
    reordered: bool,
}

/// A part of two bodies that differs. Lines count from 1, as in a unified diff.
#[derive(SimpleObject)]
pub(crate) struct DiffHunk {
    /// The first line of the part in the old body.
    old_start: i64,
    /// The number of lines of the part in the old body.
    old_lines: i64,
    /// The first line of the part in the new body.
    new_start: i64,
    /// The number of lines of the part in the new body.
    new_lines: i64,
    /// The lines of the part.
    lines: Vec<DiffLine>,
}

/// How a line has changed.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "diff::LineKind")]
pub(crate) enum DiffLineKind {
    /// The line is in both bodies.
    Equal,
    /// The line was added.
    Added,
    /// The line was removed.
    Removed,
}

/// A line in a part that differs.
#[derive(SimpleObject)]
pub(crate) struct DiffLine {
    /// How the line has changed.
    kind: DiffLineKind,
    /// The text of the line, without the line break.
    text: String,
    /// The text of the line, divided into changed and unchanged parts.
    words: Vec<DiffWord>,
}

/// A part of a line.
#[derive(SimpleObject)]
pub(crate) struct DiffWord {
    /// The text of the part.
    text: String,
    /// Whether the part differs from the line with which this one is compared.
    changed: bool,
}

impl RevisionDiff {
    pub(crate) fn new(
        found: diff::RevisionDiff,
        from_version: i32,
        to_version: i32,
        reader: &Arc<Reader>,
    ) -> Self {
        let diff::RevisionDiff { fields, body } = found;
        let unified = body.unified(&format!("version {from_version}"), &format!("version {to_version}"));
        let diff::BodyDiff { hunks, added_lines, removed_lines } = body;
        let taxonomy = reader.view.taxonomy();
        Self {
            from_version,
            to_version,
            fields: fields.into_iter().map(|change| FieldChange::new(change, taxonomy)).collect(),
            hunks: hunks.into_iter().map(DiffHunk::from).collect(),
            added_lines: number(added_lines),
            removed_lines: number(removed_lines),
            unified,
        }
    }
}

impl FieldChange {
    fn new(change: diff::FieldChange, taxonomy: &Taxonomy) -> Self {
        let diff::FieldChange { field, kind } = change;
        let field = field.to_owned();
        match kind {
            Change::Text { before, after } => Self { field, before, after, ..Self::default() },
            Change::Aliases(list) => Self::list(field, list, |alias| alias),
            Change::Authors(list) => Self::list(field, list, |id| {
                taxonomy.author(id).map_or_else(|| id.to_string(), |author| author.slug.to_string())
            }),
            Change::Topics(list) => Self::list(field, list, |id| {
                taxonomy.topic(id).map_or_else(|| id.to_string(), |topic| topic.slug.to_string())
            }),
            Change::Tags(list) => Self::list(field, list, |id| {
                taxonomy.tag(id).map_or_else(|| id.to_string(), |tag| tag.slug.to_string())
            }),
        }
    }

    fn list<T>(field: String, list: ListChange<T>, show: impl Fn(T) -> String) -> Self {
        let ListChange { added, removed, reordered } = list;
        let (added, removed) =
            (added.into_iter().map(&show).collect(), removed.into_iter().map(&show).collect());
        Self { field, added, removed, reordered, ..Self::default() }
    }
}

impl From<diff::Hunk> for DiffHunk {
    fn from(hunk: diff::Hunk) -> Self {
        let diff::Hunk { old_start, old_lines, new_start, new_lines, lines } = hunk;
        Self {
            old_start: number(old_start),
            old_lines: number(old_lines),
            new_start: number(new_start),
            new_lines: number(new_lines),
            lines: lines.into_iter().map(DiffLine::from).collect(),
        }
    }
}

impl From<diff::DiffLine> for DiffLine {
    fn from(line: diff::DiffLine) -> Self {
        let diff::DiffLine { kind, text, newline: _, words } = line;
        let words =
            words.into_iter().map(|diff::Word { text, changed }| DiffWord { text, changed }).collect();
        Self { kind: kind.into(), text, words }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
