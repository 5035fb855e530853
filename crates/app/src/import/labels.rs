//! The tags, topics and authors that files name: found, or created.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    AuditAction, Author, AuthorId, Change, LIMITS, Slug, Subject, Tag, TagId, Taxonomy, Topic, TopicId,
};
use importer::taxonomy::{SourceAuthor, SourceTaxonomy};
use persistence::EditionTx;

use crate::labels::{Labelling, name_for};
use crate::topics::last_place;
use crate::{WriteResult, authors, env, tags, topics};

/// The tags, topics and authors of the batch so far.
pub(super) struct Labels<'a> {
    actor: &'a str,
    pub(super) taxonomy: Taxonomy,
    pub(super) created: BTreeMap<&'static str, usize>,
}

/// What a file names, each with the slug that finds it. Checked, and nothing created yet.
#[derive(Default)]
pub(super) struct Named {
    tags: Vec<(Slug, String)>,
    topics: Vec<Vec<(Slug, String)>>,
    authors: Vec<(Slug, String)>,
}

impl Named {
    /// Reads the names.
    ///
    /// # Errors
    /// The name that no slug can be made of, or that is too long.
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
    let name = name_for(name, kind).map_err(|error| format!("{kind} `{name}`: {}", error.message))?;
    let slug = Slug::from_text(&name).map_err(|_| {
        format!("no slug can be made of the {kind} `{name}`: give it a name with letters or digits")
    })?;
    Ok((slug, name))
}

impl<'a> Labels<'a> {
    pub(super) fn new(taxonomy: Arc<Taxonomy>, actor: &'a str) -> Self {
        Self { actor, taxonomy: Arc::unwrap_or_clone(taxonomy), created: BTreeMap::new() }
    }

    /// Creates what a `taxonomy.yaml` lists and is not there yet. What is there stays as it is: it may
    /// have been edited here.
    pub(super) async fn take(&mut self, tx: &mut EditionTx, source: &SourceTaxonomy) -> WriteResult<()> {
        let mut topics: Vec<Option<TopicId>> = Vec::with_capacity(source.topics.len());
        for topic in &source.topics {
            let parent = topic.parent.and_then(|place| topics[place]);
            let id = match slug_of(topic.slug.as_deref(), &topic.name) {
                Some(slug) => {
                    Some(self.topic(tx, slug, &topic.name, parent, topic.description.clone()).await?)
                }
                None => None,
            };
            topics.push(id);
        }
        for author in &source.authors {
            if let Some(slug) = slug_of(author.slug.as_deref(), &author.name) {
                self.author(tx, slug, author).await?;
            }
        }
        for tag in &source.tags {
            if let Some(slug) = slug_of(tag.slug.as_deref(), &tag.name) {
                self.tag(tx, slug, &tag.name).await?;
            }
        }
        Ok(())
    }

    /// The ids of what a file names; what does not exist yet is created.
    pub(super) async fn ids(
        &mut self,
        tx: &mut EditionTx,
        named: Named,
    ) -> WriteResult<(Vec<TagId>, Vec<TopicId>, Vec<AuthorId>)> {
        let (mut tags, mut topics, mut authors) = (Vec::new(), Vec::new(), Vec::new());
        for (slug, name) in named.tags {
            push_new(&mut tags, self.tag(tx, slug, &name).await?);
        }
        for path in named.topics {
            let mut parent = None;
            for (slug, name) in path {
                parent = Some(self.topic(tx, slug, &name, parent, None).await?);
            }
            if let Some(topic) = parent {
                push_new(&mut topics, topic);
            }
        }
        for (slug, name) in named.authors {
            let author = SourceAuthor { name, slug: None, job_title: None, bio: None };
            push_new(&mut authors, self.author(tx, slug, &author).await?);
        }
        Ok((tags, topics, authors))
    }

    async fn tag(&mut self, tx: &mut EditionTx, slug: Slug, name: &str) -> WriteResult<TagId> {
        if let Some(known) = self.taxonomy.tag_by_slug(slug.as_str()) {
            return Ok(known.id);
        }
        let id = env::new_id(env::now());
        let tag = Tag { id, version: 1, slug, name: name.to_owned(), merged_into: None };
        tx.taxonomy().insert_tag(&tag).await?;
        self.record(tx, Subject::Tag(id), tags::labelling(AuditAction::TagCreated, &tag)).await?;
        self.taxonomy.insert_tag(tag);
        *self.created.entry("tag").or_default() += 1;
        Ok(id)
    }

    async fn topic(
        &mut self,
        tx: &mut EditionTx,
        slug: Slug,
        name: &str,
        parent: Option<TopicId>,
        description: Option<String>,
    ) -> WriteResult<TopicId> {
        if let Some(known) = self.taxonomy.topic_by_slug(slug.as_str()) {
            return Ok(known.id);
        }
        let id = env::new_id(env::now());
        let position = last_place(self.taxonomy.children(parent));
        let topic = Topic { id, version: 1, slug, name: name.to_owned(), description, parent, position };
        tx.taxonomy().insert_topic(&topic).await?;
        self.record(tx, Subject::Topic(id), topics::labelling(AuditAction::TopicCreated, &topic)).await?;
        self.taxonomy.insert_topic(topic);
        *self.created.entry("topic").or_default() += 1;
        Ok(id)
    }

    async fn author(
        &mut self,
        tx: &mut EditionTx,
        slug: Slug,
        source: &SourceAuthor,
    ) -> WriteResult<AuthorId> {
        if let Some(known) = self.taxonomy.author_by_slug(slug.as_str()) {
            return Ok(known.id);
        }
        let id = env::new_id(env::now());
        let SourceAuthor { name, slug: _, job_title, bio } = source.clone();
        let author = Author { id, slug, name, job_title, bio };
        tx.taxonomy().insert_author(&author).await?;
        self.record(tx, Subject::Author(id), authors::labelling(AuditAction::AuthorCreated, &author)).await?;
        self.taxonomy.insert_author(author);
        *self.created.entry("author").or_default() += 1;
        Ok(id)
    }
}

impl Labels<'_> {
    async fn record(&self, tx: &mut EditionTx, subject: Subject, what: Labelling<'_>) -> WriteResult<()> {
        tx.record(Change::upserted(subject));
        let record = what.record(env::now(), self.actor).in_edition(tx.edition());
        Ok(tx.audit().record(&record).await?)
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
