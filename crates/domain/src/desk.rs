//! Filters and orders for the articles at the desk.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::filter::EMPTY_LIST;
use crate::{
    ArticleFilter, CursorList, Direction, FilterError, LabelFilter, LabelId, Predicate, Stage, Taxonomy,
    TopicFilter, UnknownSlug,
};

/// Selects articles at the desk, in any state. An article must match every field that is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskFilter {
    /// In one of these states.
    pub states: Option<Vec<Stage>>,
    /// By the tags of the working copy.
    pub tags: Option<LabelFilter>,
    /// By the topics of the working copy.
    pub topics: Option<TopicFilter>,
    /// By the authors of the working copy.
    pub authors: Option<LabelFilter>,
    /// The title of the working copy contains this text; case does not matter.
    pub title: Option<String>,
    /// The working copy was saved at or after this instant.
    pub changed_since: Option<Timestamp>,
    /// Whether the article is public and its working copy is another version.
    pub has_unpublished_changes: Option<bool>,
    /// Whether the editorial review is overdue.
    pub review_overdue: Option<bool>,
}

/// A [`DeskFilter`] whose slugs are resolved to ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskPredicate {
    /// A condition on the labels of the working copy.
    pub labels: Predicate,
    /// In one of these states.
    pub states: Option<Vec<Stage>>,
    /// The lower-case title contains this lower-case text.
    pub title: Option<String>,
    /// The working copy was saved at or after this instant.
    pub changed_since: Option<Timestamp>,
    /// Whether the article is public and its working copy is another version.
    pub has_unpublished_changes: Option<bool>,
    /// Whether the editorial review is overdue at the given instant.
    pub review_overdue: Option<(bool, Timestamp)>,
}

impl DeskFilter {
    /// Resolves slugs to ids. Reviews that are due at `now` or earlier count as overdue.
    ///
    /// # Errors
    /// [`FilterError`] when a list is empty, or when the filter exceeds its limits.
    pub fn resolve(&self, taxonomy: &Taxonomy, now: Timestamp) -> Result<DeskPredicate, FilterError> {
        let Self {
            states,
            tags: _,
            topics: _,
            authors: _,
            title,
            changed_since,
            has_unpublished_changes,
            review_overdue,
        } = self;
        if states.as_ref().is_some_and(Vec::is_empty) {
            return Err(FilterError::at("states", EMPTY_LIST));
        }
        let labels = with_merged_labels(self.labels().resolve(taxonomy)?, taxonomy);
        let title = title.as_ref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        if title.as_ref().is_some_and(|text| text.chars().count() > 300 || text.contains('\0')) {
            let reason = "is longer than any title (300 characters), or holds a NUL character: shorten it";
            return Err(FilterError::at("title", reason));
        }
        Ok(DeskPredicate {
            labels,
            states: states.clone(),
            title,
            changed_since: *changed_since,
            has_unpublished_changes: *has_unpublished_changes,
            review_overdue: review_overdue.map(|overdue| (overdue, now)),
        })
    }

    /// Returns the slugs that no tag, topic or author ever had, in the order of the filter.
    #[must_use]
    pub fn unknown_slugs(&self, taxonomy: &Taxonomy) -> Vec<UnknownSlug> {
        self.labels().unknown_slugs(taxonomy)
    }

    /// Returns the conditions on labels.
    fn labels(&self) -> ArticleFilter {
        let Self { tags, topics, authors, .. } = self;
        ArticleFilter {
            tags: tags.clone(),
            topics: topics.clone(),
            authors: authors.clone(),
            ..ArticleFilter::default()
        }
    }
}

/// Extends each label condition by the labels that were merged into its labels: a working copy keeps the labels that
/// it was saved with.
fn with_merged_labels(predicate: Predicate, taxonomy: &Taxonomy) -> Predicate {
    let each =
        |operands: Vec<Predicate>| operands.into_iter().map(|it| with_merged_labels(it, taxonomy)).collect();
    match predicate {
        Predicate::All(operands) => Predicate::All(each(operands)),
        Predicate::Any(operands) => Predicate::Any(each(operands)),
        Predicate::Not(operand) => Predicate::Not(Box::new(with_merged_labels(*operand, taxonomy))),
        Predicate::Labelled(labels) => {
            let merged: BTreeSet<LabelId> = taxonomy.merged_into(&labels).collect();
            Predicate::Labelled(labels.union(&merged).copied().collect())
        }
        other => other,
    }
}

/// The field that articles at the desk are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskOrderField {
    /// When the working copy was last saved.
    UpdatedAt,
    /// When the article was created.
    CreatedAt,
    /// The title of the working copy, by its [`sort_key`](crate::sort_key).
    Title,
}

/// The order of articles at the desk. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskOrder {
    /// The field.
    pub field: DeskOrderField,
    /// The direction.
    pub direction: Direction,
}

impl From<DeskOrderField> for CursorList {
    fn from(field: DeskOrderField) -> Self {
        match field {
            DeskOrderField::UpdatedAt => Self::DeskByUpdatedAt,
            DeskOrderField::CreatedAt => Self::DeskByCreatedAt,
            DeskOrderField::Title => Self::DeskByTitle,
        }
    }
}
