//! Finds or creates the tags, topics and authors that files name.
//!
//! A name finds the label with the same name, or else the label whose slug it is. Otherwise it becomes a new label. If
//! another label has the slug of the new name, the new slug gets a number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::{
    Author, AuthorId, EditionNumber, LIMITS, Slug, SlugLetters, Tag, TagId, Taxonomy, Topic, TopicId,
};
use importer::taxonomy::SourceTaxonomy;
use persistence::Write;

use super::names::{is_made_from, is_spelling_of, key_of, slug_of};
use super::report::LabelConflict;
use crate::taxonomy::{Label, next_position};
use crate::{env, text};

/// The taxonomy, including the labels that the batch has created so far.
pub(super) struct Labels<'a> {
    actor: &'a str,
    edition: EditionNumber,
    letters: SlugLetters,
    pub(super) taxonomy: Taxonomy,
    tags: HashMap<String, TagId>,
    topics: HashMap<String, TopicId>,
    authors: HashMap<String, AuthorId>,
    pub(super) created: BTreeMap<&'static str, usize>,
    /// The labels whose names share a slug.
    pub(super) conflicts: Vec<LabelConflict>,
    /// The writes for created labels that are not applied yet.
    pub(super) pending: Vec<Write>,
}

/// The names of labels in a file. The labels may not exist yet.
#[derive(Debug, Default)]
pub(super) struct Named {
    tags: Vec<Name>,
    topics: Vec<Vec<Name>>,
    authors: Vec<Name>,
}

/// The name of a label.
#[derive(Debug, Clone)]
struct Name {
    text: String,
    /// The slug that the file gives to the label, or that is made from the name.
    slug: Slug,
    /// Whether the file gives the slug.
    has_slug: bool,
}

impl Name {
    /// `None` when no slug can be made.
    fn new(text: &str, slug: Option<&str>, letters: SlugLetters) -> Option<Self> {
        let made_from = slug.unwrap_or(text);
        let made = slug_of(made_from, letters).ok()?;
        Some(Self { text: text.to_owned(), slug: made, has_slug: slug.is_some() })
    }
}

impl Named {
    /// Checks the names. Names without letters and digits are left out, with a note.
    ///
    /// # Errors
    /// A message about a name that is too long, or about too many names.
    pub(super) fn parse(
        tags: &[String],
        topics: &[String],
        authors: &[String],
        letters: SlugLetters,
        notes: &mut Vec<String>,
    ) -> Result<Self, String> {
        let mut all = |kind: &str, names: &[String]| {
            if names.len() > LIMITS.list {
                return Err(format!(
                    "{} {kind}s are named and at most {} are allowed",
                    names.len(),
                    LIMITS.list
                ));
            }
            let mut valid = Vec::with_capacity(names.len());
            for name in names {
                let text =
                    text::name(name, kind).map_err(|error| format!("{kind} `{name}`: {}", error.message))?;
                match Name::new(&text, None, letters) {
                    Some(name) => valid.push(name),
                    None => notes.push(format!(
                        "the {kind} `{text}` was left out: its name has no letters and no digits"
                    )),
                }
            }
            Ok(valid)
        };
        let tags = all("tag", tags)?;
        let authors = all("author", authors)?;
        let paths = topics.iter().map(|path| {
            let names: Vec<String> = path.split(" > ").map(str::to_owned).collect();
            all("topic", &names)
        });
        let topics = paths.collect::<Result<_, _>>()?;
        Ok(Self { tags, topics, authors })
    }
}

/// What a name stands for: an existing label, or a new one with this slug.
enum Found<I> {
    Known(I),
    New(Slug),
}

impl<'a> Labels<'a> {
    pub(super) fn new(
        taxonomy: Arc<Taxonomy>,
        actor: &'a str,
        edition: EditionNumber,
        letters: SlugLetters,
    ) -> Self {
        let taxonomy = Arc::unwrap_or_clone(taxonomy);
        Self {
            actor,
            edition,
            letters,
            tags: keys(taxonomy.tags()),
            topics: keys(taxonomy.topics()),
            authors: keys(taxonomy.authors()),
            taxonomy,
            created: BTreeMap::new(),
            conflicts: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Creates the labels that a `taxonomy.yaml` lists. Existing labels stay unchanged, as they may have been edited
    /// here.
    pub(super) fn create_listed(&mut self, source: &SourceTaxonomy) {
        let letters = self.letters;
        let mut topics: Vec<Option<TopicId>> = Vec::with_capacity(source.topics.len());
        for topic in &source.topics {
            let parent = topic.parent.and_then(|index| topics[index]);
            let name = Name::new(&topic.name, topic.slug.as_deref(), letters);
            topics.push(name.map(|name| self.topic(&name, parent, topic.description.clone())));
        }
        for author in &source.authors {
            if let Some(name) = Name::new(&author.name, author.slug.as_deref(), letters) {
                self.author(&name, author.job_title.clone(), author.bio.clone());
            }
        }
        for tag in &source.tags {
            if let Some(name) = Name::new(&tag.name, tag.slug.as_deref(), letters) {
                self.tag(&name);
            }
        }
    }

    /// Returns the ids of the labels that a file names, and creates missing ones.
    pub(super) fn ids(&mut self, named: &Named) -> (Vec<TagId>, Vec<TopicId>, Vec<AuthorId>) {
        let (mut tags, mut topics, mut authors) = (Vec::new(), Vec::new(), Vec::new());
        for name in &named.tags {
            push_new(&mut tags, self.tag(name));
        }
        for path in &named.topics {
            let mut parent = None;
            for name in path {
                parent = Some(self.topic(name, parent, None));
            }
            if let Some(topic) = parent {
                push_new(&mut topics, topic);
            }
        }
        for name in &named.authors {
            push_new(&mut authors, self.author(name, None, None));
        }
        (tags, topics, authors)
    }

    fn tag(&mut self, name: &Name) -> TagId {
        let key = key_of(&name.text);
        let slug = match self.find::<Tag>(name, self.tags.get(&key).copied()) {
            Found::Known(id) => return id,
            Found::New(slug) => slug,
        };
        let id = env::new_id(env::now());
        let name = name.text.clone();
        let tag = Tag { id, version: 1, slug, name, merged_into: None, deleted_at: None };
        self.create(&tag);
        self.tags.entry(key).or_insert(id);
        self.taxonomy.insert_tag(tag);
        id
    }

    fn topic(&mut self, name: &Name, parent: Option<TopicId>, description: Option<String>) -> TopicId {
        let key = key_of(&name.text);
        let slug = match self.find::<Topic>(name, self.topics.get(&key).copied()) {
            Found::Known(id) => {
                self.note_other_parent(id, parent);
                return id;
            }
            Found::New(slug) => slug,
        };
        // A topic below a deleted one would be in no tree.
        let is_deleted = |topic: &Topic| topic.deleted_at.is_some();
        let parent = parent.filter(|id| !self.taxonomy.topic(*id).is_some_and(is_deleted));
        let id = env::new_id(env::now());
        let topic = Topic {
            id,
            version: 1,
            slug,
            name: name.text.clone(),
            description,
            parent,
            position: next_position(self.taxonomy.children(parent)),
            merged_into: None,
            deleted_at: None,
        };
        self.create(&topic);
        self.topics.entry(key).or_insert(id);
        self.taxonomy.insert_topic(topic);
        id
    }

    fn author(&mut self, name: &Name, job_title: Option<String>, bio: Option<String>) -> AuthorId {
        let key = key_of(&name.text);
        let slug = match self.find::<Author>(name, self.authors.get(&key).copied()) {
            Found::Known(id) => return id,
            Found::New(slug) => slug,
        };
        let id = env::new_id(env::now());
        let name = name.text.clone();
        let author = Author { id, version: 1, slug, name, job_title, bio, merged_into: None };
        self.create(&author);
        self.authors.entry(key).or_insert(id);
        self.taxonomy.insert_author(author);
        id
    }

    /// Finds the label of a name. `same_name` is the label whose name has the same key.
    fn find<T: Label>(&mut self, name: &Name, same_name: Option<T::Id>) -> Found<T::Id> {
        let Name { text, slug, has_slug } = name;
        let by_slug =
            T::slug_owner(&self.taxonomy, slug).and_then(|owner| T::find(&self.taxonomy, owner.id()));
        if *has_slug {
            return by_slug.map_or_else(|| Found::New(slug.clone()), |label| Found::Known(label.id()));
        }
        if let Some(label) = same_name.and_then(|id| T::find(&self.taxonomy, id)) {
            let id = label.id();
            if !is_spelling_of(text, label.name()) {
                self.conflicts.push(conflict(label, text, true));
            }
            return Found::Known(id);
        }
        let Some(other) = by_slug else { return Found::New(slug.clone()) };
        let id = other.id();
        if other.slug() != slug || !is_made_from(other.slug(), other.name()) {
            // The label was renamed here, or merged, or has a slug of its own.
            return Found::Known(id);
        }
        if other.is_deleted() && is_spelling_of(text, other.name()) {
            // A deleted label is not created again. Publishing leaves it out, and the checks report it.
            return Found::Known(id);
        }
        if slug.as_str() == text {
            // The file names the slug.
            self.conflicts.push(conflict(other, text, true));
            return Found::Known(id);
        }
        let mut number = 2;
        while T::slug_owner(&self.taxonomy, &slug.numbered(number)).is_some() {
            number += 1;
        }
        let free = slug.numbered(number);
        let found = LabelConflict { slug: free.to_string(), ..conflict(other, text, false) };
        self.conflicts.push(found);
        Found::New(free)
    }

    /// Reports a topic that a file names below another parent than it has here.
    fn note_other_parent(&mut self, id: TopicId, parent: Option<TopicId>) {
        let Some(topic) = self.taxonomy.topic(id) else { return };
        if parent.is_none() || topic.parent == parent {
            return;
        }
        let path = |parent: Option<TopicId>| {
            let path = parent.map(|parent| self.taxonomy.path(parent)).unwrap_or_default();
            let names = path.into_iter().map(|topic| topic.name.as_str()).chain([topic.name.as_str()]);
            names.collect::<Vec<_>>().join(" > ")
        };
        let found = LabelConflict {
            kind: Topic::KIND,
            name: path(parent),
            other: path(topic.parent),
            slug: topic.slug.to_string(),
            is_same: true,
        };
        self.conflicts.push(found);
    }

    fn create<T: Label>(&mut self, label: &T) {
        let record = label.record(T::CREATED, env::now(), self.actor).in_edition(self.edition);
        self.pending.extend([label.clone().insertion(), Write::Audit(record)]);
        *self.created.entry(T::KIND).or_default() += 1;
    }
}

fn conflict<T: Label>(other: &T, name: &str, is_same: bool) -> LabelConflict {
    LabelConflict {
        kind: T::KIND,
        name: name.to_owned(),
        other: other.name().to_owned(),
        slug: other.slug().to_string(),
        is_same,
    }
}

/// The ids of labels by the keys of their names.
fn keys<'t, T: Label + 't>(labels: impl Iterator<Item = &'t T>) -> HashMap<String, T::Id> {
    let mut labels: Vec<&T> = labels.collect();
    // The first label of several with the same name counts.
    labels.sort_by(|a, b| b.slug().cmp(a.slug()));
    labels.into_iter().map(|label| (key_of(label.name()), label.id())).collect()
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
