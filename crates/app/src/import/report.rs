//! The report about an import.

use std::collections::BTreeMap;

use domain::EditionNumber;
use importer::markdown::Note;

/// The outcome of importing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new article was published.
    Imported,
    /// An article was saved and is not public, because the file says `draft` or its date is in the future.
    Draft,
    /// A new version of an article was published.
    Updated,
    /// The file has not changed since the last import.
    Unchanged,
    /// The file was not imported.
    Refused {
        /// The line of the problem, if it is known.
        line: Option<u32>,
        /// What is wrong and how to fix it.
        reason: String,
    },
}

/// The report about one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The path of the file.
    pub path: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The path of the file at the last import, if it has been moved since.
    pub moved_from: Option<String>,
    /// What the file has in common with another one, and what the import chose instead: a slug with a number, another
    /// external reference.
    pub conflicts: Vec<String>,
    /// Notes about content that was left out or changed.
    pub notes: Vec<Note>,
}

impl FileReport {
    /// A report without conflicts and notes.
    pub(super) fn new(path: String, outcome: Outcome) -> Self {
        Self { path, outcome, moved_from: None, conflicts: Vec::new(), notes: Vec::new() }
    }
}

/// A label that got a slug with a number, because another label has the slug of its name, or a name that counts as the
/// name of another label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelConflict {
    /// `tag`, `topic` or `author`.
    pub kind: &'static str,
    /// The name in the file.
    pub name: String,
    /// The name of the other label.
    pub other: String,
    /// The slug of the label that the name stands for.
    pub slug: String,
    /// Whether the two names are one label.
    pub is_same: bool,
}

/// An article whose file is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// The path of the file at the last import.
    pub path: String,
    /// The title of the article.
    pub title: String,
    /// What happened to the article.
    pub outcome: MissingOutcome,
}

/// What happened to an article whose file is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingOutcome {
    /// It is still public.
    Kept,
    /// It is still public, because it was edited here since the last import.
    EditedHere,
    /// It was withdrawn.
    Withdrawn,
}

/// The report about an import.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// The reports about all files, in the order of the input.
    pub files: Vec<FileReport>,
    /// The public articles whose files are missing.
    pub missing: Vec<MissingFile>,
    /// The labels whose names share a slug.
    pub labels: Vec<LabelConflict>,
    /// The numbers of created labels, by kind: `tag`, `topic`, `author`.
    pub created: BTreeMap<&'static str, usize>,
    /// The last edition that the import made. `None` when nothing public has changed.
    pub edition: Option<EditionNumber>,
}

impl ImportReport {
    /// Counts the files with a matching outcome.
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.files.iter().filter(|file| wanted(&file.outcome)).count()
    }

    /// Adds the report about a batch.
    pub(super) fn add(&mut self, batch: Self) {
        let Self { files, missing, labels, created, edition } = batch;
        self.files.extend(files);
        self.missing.extend(missing);
        for conflict in labels {
            if !self.labels.contains(&conflict) {
                self.labels.push(conflict);
            }
        }
        for (kind, count) in created {
            *self.created.entry(kind).or_default() += count;
        }
        self.edition = edition.or(self.edition);
    }
}
