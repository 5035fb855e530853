//! Filters and orders for the articles at the desk.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::filter::EMPTY_LIST;
use crate::{
    ArticleFilter, CursorList, Direction, FilterError, LabelFilter, LabelId, Predicate, Slug, Stage,
    Taxonomy, TopicFilter, UnknownSlug,
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
    /// The article has, or had, this slug.
    pub slug: Option<String>,
    /// The working copy contains all words of this text.
    pub text: Option<String>,
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
    /// The article has, or had, this slug.
    pub slug: Option<Slug>,
    /// The working copy contains all of these words.
    pub words: Vec<Word>,
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
            slug,
            text,
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
        let slug = slug.as_deref().map(Slug::parse).transpose();
        let slug = slug.map_err(|error| FilterError::at("slug", format!("names no slug: {error}")))?;
        Ok(DeskPredicate {
            labels,
            states: states.clone(),
            title,
            slug,
            words: text.as_deref().map(words).transpose()?.unwrap_or_default(),
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

/// A word to search for, in all forms that count as the word: as it was written, in lower case, in capitals, and with a
/// capital first letter. Databases fold case differently, so they compare the forms exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    forms: BTreeSet<String>,
}

impl Word {
    fn new(word: &str) -> Self {
        let lower = word.to_lowercase();
        let mut letters = lower.chars();
        let capitalized = letters.next().map(|first| first.to_uppercase().chain(letters).collect());
        let forms = [Some(word.to_owned()), Some(word.to_uppercase()), capitalized, Some(lower)];
        Self { forms: forms.into_iter().flatten().collect() }
    }

    /// Returns the forms, at most four.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(String::as_str)
    }
}

/// The maximum number of words in [`DeskFilter::text`]. Each of them makes the search slower.
const MOST_WORDS: usize = 8;
/// The maximum length of [`DeskFilter::text`], in characters.
const LONGEST_TEXT: usize = 200;

/// Splits the text of a filter into words.
fn words(text: &str) -> Result<Vec<Word>, FilterError> {
    let words: Vec<_> = text.split_whitespace().collect();
    let reason = if text.contains('\0') {
        "holds a NUL character: remove it".to_owned()
    } else if text.chars().count() > LONGEST_TEXT {
        format!("is longer than {LONGEST_TEXT} characters: shorten it")
    } else if words.len() > MOST_WORDS {
        format!("has {} words and may have {MOST_WORDS}: leave some out", words.len())
    } else {
        return Ok(words.into_iter().map(Word::new).collect());
    };
    Err(FilterError::at("text", reason))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_at_most_four_forms() {
        let forms = |word| Word::new(word).forms().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(forms("flu"), ["FLU", "Flu", "flu"]);
        assert_eq!(forms("iPhone"), ["IPHONE", "Iphone", "iPhone", "iphone"]);
        assert_eq!(forms("äpfel"), ["ÄPFEL", "Äpfel", "äpfel"]);
        assert_eq!(forms("権利"), ["権利"]);
    }

    #[test]
    fn a_text_of_too_many_words_is_refused() {
        assert_eq!(words(" flu \n shots ").unwrap().len(), 2);
        assert_eq!(words(&"a ".repeat(MOST_WORDS)).unwrap().len(), MOST_WORDS);
        for bad in ["a ".repeat(MOST_WORDS + 1), "a".repeat(LONGEST_TEXT + 1), "a\0b".to_owned()] {
            assert_eq!(words(&bad).unwrap_err().path, ["text"], "{bad}");
        }
    }
}
