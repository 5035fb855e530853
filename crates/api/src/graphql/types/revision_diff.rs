//! What was changed between two saved versions.

use std::sync::Arc;

use app::diff::{self, FieldChangeKind as Change, ListChange};
use async_graphql::{Enum, SimpleObject};
use domain::Taxonomy;

use crate::graphql::execution::context::Reader;

/// What was changed from one saved version to another.
#[derive(SimpleObject)]
pub(crate) struct RevisionDiff {
    /// The version that it starts from.
    from_version: i32,
    /// The version that it leads to.
    to_version: i32,
    /// The fields that differ, but for the body.
    fields: Vec<FieldChange>,
    /// The places where the bodies differ, with three lines around each.
    hunks: Vec<DiffHunk>,
    /// How many lines of the body have come.
    added_lines: i64,
    /// How many lines of the body have gone.
    removed_lines: i64,
    /// The same of the body in the unified format of `diff -u`; empty when the bodies are alike.
    unified: String,
}

/// A field that differs. Lists tell what has come and gone; everything else what it was and what it is.
#[derive(SimpleObject, Default)]
pub(crate) struct FieldChange {
    /// The path of the input field, like `heroImage.alt`.
    field: String,
    /// What it was; null when it was empty, or is a list.
    before: Option<String>,
    /// What it is; null when it is empty, or a list.
    after: Option<String>,
    /// What has come, for a list: slugs, or addresses.
    added: Vec<String>,
    /// What has gone, for a list: slugs, or addresses.
    removed: Vec<String>,
    /// Whether what has stayed is in another order, for a list.
    reordered: bool,
}

/// A place where two bodies differ. Lines count from 1, as in a unified diff.
#[derive(SimpleObject)]
pub(crate) struct DiffHunk {
    /// The first line in the old body.
    old_start: i64,
    /// How many lines of the old body it covers.
    old_lines: i64,
    /// The first line in the new body.
    new_start: i64,
    /// How many lines of the new body it covers.
    new_lines: i64,
    /// The lines.
    lines: Vec<DiffLine>,
}

/// What became of a line.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "diff::LineKind")]
pub(crate) enum DiffLineKind {
    /// It has stayed.
    Equal,
    /// It has come.
    Added,
    /// It has gone.
    Removed,
}

/// A line of a place where two bodies differ.
#[derive(SimpleObject)]
pub(crate) struct DiffLine {
    /// Whether it has stayed, come or gone.
    kind: DiffLineKind,
    /// The line, without its end.
    text: String,
    /// The same in parts.
    words: Vec<DiffWord>,
}

/// A part of a line.
#[derive(SimpleObject)]
pub(crate) struct DiffWord {
    /// The text.
    text: String,
    /// Whether it differs from the line that it is compared with.
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
