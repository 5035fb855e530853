//! Finds or creates the tags, topics and authors that files name.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Author, AuthorId, EditionNumber, LIMITS, Slug, Tag, TagId, Taxonomy, Topic, TopicId};
use importer::taxonomy::{SourceAuthor, SourceTaxonomy};
use persistence::Write;

use crate::taxonomy::{Label, next_position};
use crate::{env, text};

/// The taxonomy, including the labels that the batch has created so far.
pub(super) struct Labels<'a> {
    actor: &'a str,
    edition: EditionNumber,
    pub(super) taxonomy: Taxonomy,
    pub(super) created: BTreeMap<&'static str, usize>,
    /// The writes for created labels that are not applied yet.
    pub(super) pending: Vec<Write>,
}

/// The names of labels in a file, with the slugs that find them. The names are valid; the labels may not exist yet.
#[derive(Debug, Default)]
pub(super) struct Named {
    tags: Vec<(Slug, String)>,
    topics: Vec<Vec<(Slug, String)>>,
    authors: Vec<(Slug, String)>,
}

impl Named {
    /// Checks the names and makes their slugs.
    ///
    /// # Errors
    /// A message about a name that is too long or that no slug can be made from, or about too many names.
    pub(super) fn parse(tags: &[String], topics: &[String], authors: &[String]) -> Result<Self, String> {
        let all = |kind: &str, names: &[String]| {
            if names.len() > LIMITS.list {
                return Err(format!(
                    "{} {kind}s are named and at most {} are allowed",
                    names.len(),
                    LIMITS.list
                ));
            }
            names.iter().map(|name| named(kind, name)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            tags: all("tag", tags)?,
            topics: topics
                .iter()
                .map(|path| path.split(" > ").map(|name| named("topic", name)).collect())
                .collect::<Result<_, _>>()?,
            authors: all("author", authors)?,
        })
    }
}

fn named(kind: &str, name: &str) -> Result<(Slug, String), String> {
    let name = text::name(name, kind).map_err(|error| format!("{kind} `{name}`: {}", error.message))?;
    let slug = Slug::from_text(&name).map_err(|_| {
        format!("no slug can be made from the {kind} `{name}`: give it a name with letters or digits")
    })?;
    Ok((slug, name))
}

impl<'a> Labels<'a> {
    pub(super) fn new(taxonomy: Arc<Taxonomy>, actor: &'a str, edition: EditionNumber) -> Self {
        let taxonomy = Arc::unwrap_or_clone(taxonomy);
        Self { actor, edition, taxonomy, created: BTreeMap::new(), pending: Vec::new() }
    }

    /// Creates the labels that a `taxonomy.yaml` lists. Existing labels stay unchanged, as they may have been edited
    /// here.
    pub(super) fn create_listed(&mut self, source: &SourceTaxonomy) {
        let mut topics: Vec<Option<TopicId>> = Vec::with_capacity(source.topics.len());
        for topic in &source.topics {
            let parent = topic.parent.and_then(|index| topics[index]);
            let slug = slug_of(topic.slug.as_deref(), &topic.name);
            let id = slug.map(|slug| self.topic(slug, &topic.name, parent, topic.description.clone()));
            topics.push(id);
        }
        for author in &source.authors {
            if let Some(slug) = slug_of(author.slug.as_deref(), &author.name) {
                self.author(slug, author);
            }
        }
        for tag in &source.tags {
            if let Some(slug) = slug_of(tag.slug.as_deref(), &tag.name) {
                self.tag(slug, &tag.name);
            }
        }
    }

    /// Returns the ids of the labels that a file names, and creates missing ones.
    pub(super) fn ids(&mut self, named: &Named) -> (Vec<TagId>, Vec<TopicId>, Vec<AuthorId>) {
        let (mut tags, mut topics, mut authors) = (Vec::new(), Vec::new(), Vec::new());
        for (slug, name) in &named.tags {
            push_new(&mut tags, self.tag(slug.clone(), name));
        }
        for path in &named.topics {
            let mut parent = None;
            for (slug, name) in path {
                parent = Some(self.topic(slug.clone(), name, parent, None));
            }
            if let Some(topic) = parent {
                push_new(&mut topics, topic);
            }
        }
        for (slug, name) in &named.authors {
            let author = SourceAuthor { name: name.clone(), slug: None, job_title: None, bio: None };
            push_new(&mut authors, self.author(slug.clone(), &author));
        }
        (tags, topics, authors)
    }

    fn tag(&mut self, slug: Slug, name: &str) -> TagId {
        if let Some(known) = self.taxonomy.tag_by_slug(slug.as_str()) {
            return known.id;
        }
        let id = env::new_id(env::now());
        let tag = Tag { id, version: 1, slug, name: name.to_owned(), merged_into: None };
        self.create("tag", &tag);
        self.taxonomy.insert_tag(tag);
        id
    }

    fn topic(
        &mut self,
        slug: Slug,
        name: &str,
        parent: Option<TopicId>,
        description: Option<String>,
    ) -> TopicId {
        if let Some(known) = self.taxonomy.topic_by_slug(slug.as_str()) {
            return known.id;
        }
        let id = env::new_id(env::now());
        let position = next_position(self.taxonomy.children(parent));
        let topic = Topic { id, version: 1, slug, name: name.to_owned(), description, parent, position };
        self.create("topic", &topic);
        self.taxonomy.insert_topic(topic);
        id
    }

    fn author(&mut self, slug: Slug, source: &SourceAuthor) -> AuthorId {
        if let Some(known) = self.taxonomy.author_by_slug(slug.as_str()) {
            return known.id;
        }
        let id = env::new_id(env::now());
        let SourceAuthor { name, slug: _, job_title, bio } = source.clone();
        let author = Author { id, slug, name, job_title, bio };
        self.create("author", &author);
        self.taxonomy.insert_author(author);
        id
    }

    fn create<T: Label>(&mut self, kind: &'static str, label: &T) {
        let record = label.record(T::CREATED, env::now(), self.actor).in_edition(self.edition);
        self.pending.extend([label.clone().insertion(), Write::Audit(record)]);
        *self.created.entry(kind).or_default() += 1;
    }
}

fn slug_of(slug: Option<&str>, name: &str) -> Option<Slug> {
    Slug::from_text(slug.unwrap_or(name)).ok()
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
