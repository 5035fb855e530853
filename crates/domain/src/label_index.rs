//! The labels of one kind (tags, topics or authors), found by id and by slug.

use std::collections::HashMap;
use std::hash::Hash;

use jiff::Timestamp;

use crate::{Author, AuthorId, Slug, Tag, TagId, Topic, TopicId};

/// What tags, topics and authors have in common.
pub(crate) trait Label {
    /// The type of its id.
    type Id: Copy + Eq + Hash;

    fn id(&self) -> Self::Id;

    fn slug(&self) -> &Slug;

    /// The label that replaces this one.
    fn merged_into(&self) -> Option<Self::Id>;

    fn deleted_at(&self) -> Option<Timestamp>;

    /// Whether articles can get this label: it was neither merged nor deleted.
    fn is_current(&self) -> bool {
        self.merged_into().is_none() && self.deleted_at().is_none()
    }
}

/// All labels of one kind, with their current and former slugs.
#[derive(Debug, Clone)]
pub(crate) struct LabelIndex<T: Label> {
    labels: HashMap<T::Id, T>,
    slugs: HashMap<Slug, T::Id>,
}

impl<T: Label> Default for LabelIndex<T> {
    fn default() -> Self {
        Self { labels: HashMap::new(), slugs: HashMap::new() }
    }
}

impl<T: Label> LabelIndex<T> {
    pub(crate) fn new(labels: Vec<T>, former_slugs: Vec<(Slug, T::Id)>) -> Self {
        let mut slugs: HashMap<_, _> = former_slugs.into_iter().collect();
        slugs.extend(labels.iter().map(|label| (label.slug().clone(), label.id())));
        Self { slugs, labels: labels.into_iter().map(|label| (label.id(), label)).collect() }
    }

    pub(crate) fn insert(&mut self, label: T) {
        self.slugs.insert(label.slug().clone(), label.id());
        self.labels.insert(label.id(), label);
    }

    /// Returns the label with this id, or the label that replaced it. It may be deleted.
    pub(crate) fn get(&self, id: T::Id) -> Option<&T> {
        let mut label = self.labels.get(&id)?;
        // The database stores merges flattened, so one step is enough. The bound guards against a corrupt database.
        for _ in 0..8 {
            match label.merged_into() {
                None => return Some(label),
                Some(target) => label = self.labels.get(&target)?,
            }
        }
        None
    }

    /// Returns the current label with this current or former slug, or the current label that replaced it.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&T> {
        self.get(*self.slugs.get(slug)?).filter(|label| label.is_current())
    }

    /// Returns the label that has or had this slug, even if it was merged or deleted.
    pub(crate) fn slug_owner(&self, slug: &str) -> Option<&T> {
        self.labels.get(self.slugs.get(slug)?)
    }

    /// Iterates over the current labels, in no particular order.
    pub(crate) fn current(&self) -> impl Iterator<Item = &T> {
        self.labels.values().filter(|label| label.is_current())
    }

    /// Returns the labels with these ids in their order. It follows merges, drops unknown ids, and returns each label
    /// once. A deleted label is included.
    pub(crate) fn resolve(&self, ids: &[T::Id]) -> Vec<&T> {
        let mut found: Vec<&T> = Vec::with_capacity(ids.len());
        for label in ids.iter().filter_map(|&id| self.get(id)) {
            if !found.iter().any(|known| known.id() == label.id()) {
                found.push(label);
            }
        }
        found
    }

    /// Returns the current labels with these ids in their order, each once. It follows merges.
    pub(crate) fn resolve_current(&self, ids: &[T::Id]) -> Vec<T::Id> {
        self.resolve(ids).into_iter().filter(|label| label.is_current()).map(Label::id).collect()
    }

    /// Iterates over each label that was merged, with the label that replaced it.
    pub(crate) fn merged(&self) -> impl Iterator<Item = (&T, &T)> {
        let merged = self.labels.values().filter(|label| label.merged_into().is_some());
        merged.filter_map(|label| Some((label, self.get(label.id())?)))
    }

    /// The number of labels, including those that were merged or deleted.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }
}

impl Label for Tag {
    type Id = TagId;

    fn id(&self) -> TagId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn merged_into(&self) -> Option<TagId> {
        self.merged_into
    }

    fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }
}

impl Label for Topic {
    type Id = TopicId;

    fn id(&self) -> TopicId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn merged_into(&self) -> Option<TopicId> {
        self.merged_into
    }

    fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }
}

impl Label for Author {
    type Id = AuthorId;

    fn id(&self) -> AuthorId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn merged_into(&self) -> Option<AuthorId> {
        self.merged_into
    }

    /// Authors cannot be deleted, only merged.
    fn deleted_at(&self) -> Option<Timestamp> {
        None
    }
}
