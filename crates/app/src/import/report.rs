//! The report about an import.

use std::collections::BTreeMap;

use domain::EditionNumber;
use importer::markdown::{Dropped, Note};

/// The outcome of importing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new article was published.
    Imported,
    /// An article was saved and is not public, because the file says `draft`, or its date is missing or in the future.
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
    /// The content that was dropped.
    pub dropped: Vec<Dropped>,
    /// Whether the file has no date, and its article is new.
    pub is_undated: bool,
    /// What the body of the article contains.
    pub kept: KeptContent,
}

/// What the body of an article contains after the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptContent {
    /// The number of words.
    pub words: usize,
    /// The number of pictures.
    pub pictures: usize,
    /// The number of links.
    pub links: usize,
    /// The number of headings.
    pub headings: usize,
}

impl KeptContent {
    /// Adds the content of another article.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        let Self { words, pictures, links, headings } = other;
        Self {
            words: self.words + words,
            pictures: self.pictures + pictures,
            links: self.links + links,
            headings: self.headings + headings,
        }
    }
}

impl FileReport {
    /// A report without conflicts and notes.
    pub(super) fn new(path: String, outcome: Outcome) -> Self {
        Self {
            path,
            outcome,
            moved_from: None,
            conflicts: Vec::new(),
            notes: Vec::new(),
            dropped: Vec::new(),
            is_undated: false,
            kept: KeptContent::default(),
        }
    }
}

/// Content of one kind that was dropped from the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedContent {
    /// What was dropped, as it is written in files: `{{< chart >}}`, `<iframe>`.
    pub what: String,
    /// How often.
    pub count: u32,
    /// The number of files.
    pub files: usize,
    /// The path of the first file.
    pub path: String,
    /// The line in that file, from 1.
    pub line: u32,
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

    /// The dropped content of all files, the most frequent first.
    #[must_use]
    pub fn dropped(&self) -> Vec<DroppedContent> {
        let mut kinds: BTreeMap<&str, DroppedContent> = BTreeMap::new();
        for file in &self.files {
            for Dropped { what, count, line } in &file.dropped {
                let kind = kinds.entry(what).or_insert_with(|| DroppedContent {
                    what: what.clone(),
                    count: 0,
                    files: 0,
                    path: file.path.clone(),
                    line: *line,
                });
                kind.count += count;
                kind.files += 1;
            }
        }
        let mut kinds: Vec<_> = kinds.into_values().collect();
        kinds.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.cmp(&b.what)));
        kinds
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
