//! Which articles an editor asks for.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    ArticleFilter, CursorList, Direction, LabelFilter, LabelId, Predicate, Stage, Taxonomy, TopicFilter,
    UserError, UserErrorCode,
};

/// Which articles an editor asks for, in whatever state. Everything that is named must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskFilter {
    /// In one of these states.
    pub states: Option<Vec<Stage>>,
    /// By tag of the working copy.
    pub tags: Option<LabelFilter>,
    /// By topic of the working copy.
    pub topics: Option<TopicFilter>,
    /// By author of the working copy.
    pub authors: Option<LabelFilter>,
    /// With this text in the title of the working copy, case ignored.
    pub title: Option<String>,
    /// Whose working copy was saved at this instant or later.
    pub changed_since: Option<Timestamp>,
    /// Whether it is public and its working copy says something else.
    pub has_unpublished_changes: Option<bool>,
    /// Whether its editorial review is overdue.
    pub review_overdue: Option<bool>,
}

/// The same, in plain logic over ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskPredicate {
    /// What the working copy is filed under.
    pub labels: Predicate,
    /// In one of these states.
    pub states: Option<Vec<Stage>>,
    /// With this text in the title, in lower case.
    pub title: Option<String>,
    /// Saved at this instant or later.
    pub changed_since: Option<Timestamp>,
    /// Whether there is something that the public does not see yet.
    pub has_unpublished_changes: Option<bool>,
    /// Whether the editorial review is overdue, as of an instant.
    pub review_overdue: Option<(bool, Timestamp)>,
}

impl DeskFilter {
    /// Turns slugs into ids. `now` is what is overdue.
    ///
    /// # Errors
    /// An empty list, or more than a filter may hold.
    pub fn resolve(&self, taxonomy: &Taxonomy, now: Timestamp) -> Result<DeskPredicate, UserError> {
        let Self {
            states,
            tags,
            topics,
            authors,
            title,
            changed_since,
            has_unpublished_changes,
            review_overdue,
        } = self;
        if states.as_ref().is_some_and(Vec::is_empty) {
            let message = "`where.states` is an empty list, which could mean everything or nothing: leave it out, or name at least one entry";
            return Err(UserError::at("where.states", UserErrorCode::Invalid, message));
        }
        let labels = ArticleFilter {
            tags: tags.clone(),
            topics: topics.clone(),
            authors: authors.clone(),
            ..ArticleFilter::default()
        };
        let labels = as_written(labels.resolve(taxonomy)?, taxonomy);
        let title = title.as_ref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        if title.as_ref().is_some_and(|text| text.chars().count() > 300 || text.contains('\0')) {
            let message = "`where.title` is longer than any title (300 characters), or holds a NUL character: shorten it";
            return Err(UserError::at("where.title", UserErrorCode::TooLong, message));
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
}

/// Working copies keep the tags that they were saved with: those that were merged since count as well.
fn as_written(predicate: Predicate, taxonomy: &Taxonomy) -> Predicate {
    let all = |parts: Vec<Predicate>| parts.into_iter().map(|part| as_written(part, taxonomy)).collect();
    match predicate {
        Predicate::All(parts) => Predicate::All(all(parts)),
        Predicate::Any(parts) => Predicate::Any(all(parts)),
        Predicate::Not(inner) => Predicate::Not(Box::new(as_written(*inner, taxonomy))),
        Predicate::Labelled(labels) => {
            let merged: BTreeSet<LabelId> = taxonomy.merged_into(&labels).collect();
            Predicate::Labelled(labels.union(&merged).copied().collect())
        }
        other => other,
    }
}

/// What articles at the desk are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskOrderField {
    /// When the working copy was last saved.
    UpdatedAt,
    /// When the article was made.
    CreatedAt,
    /// The title of the working copy, case folded, by code point.
    Title,
}

/// The order of articles at the desk. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskOrder {
    /// By what.
    pub field: DeskOrderField,
    /// Which way.
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
