//! Writing topics.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Scope, Taxonomy, Timestamp, Topic, TopicId, UserError,
    UserErrorCode, Version,
};
use persistence::Write;

use crate::labels::{self, Label, LabelChange, line_for, name_for, slug_for, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult};

/// What an editor sends of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInput {
    /// Its name for people.
    pub name: String,
    /// Its name in web addresses; without one it is made of the name.
    pub slug: Option<String>,
    /// What belongs here, in a sentence.
    pub description: Option<String>,
    /// The slug of the topic above; without one it is a root.
    pub parent: Option<String>,
    /// Its place among its siblings, from 0; without one it comes last.
    pub position: Option<i32>,
}

impl App {
    /// Makes a topic.
    ///
    /// # Errors
    /// When the name is blank, the slug is taken, the parent does not exist, or the caller may not.
    pub async fn create_topic(
        &self,
        caller: &Caller,
        input: &TopicInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Topic, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = name_for(&input.name, "input.name")?;
        let slug = slug_for(input.slug.as_deref(), &name, "input.slug")?;
        let description = line_for(input.description.as_deref(), "input.description")?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            if let Some(owner) = taxonomy.topic_by_slug(slug.as_str()) {
                return Err(slug_taken("input.slug", &slug, format_args!("the topic “{}”", owner.name)));
            }
            let parent = parent(taxonomy, input.parent.as_deref(), "input.parent")?;
            Ok(Topic {
                id,
                version: 1,
                slug: slug.clone(),
                name: name.clone(),
                description: description.clone(),
                parent,
                position: place(taxonomy, parent, input.position, "input.position")?,
            })
        })
        .await
    }

    /// Moves a topic, with everything below it, under another one or to the top.
    ///
    /// # Errors
    /// When either does not exist, the topic has changed since, or it would become its own ancestor.
    pub async fn move_topic(
        &self,
        caller: &Caller,
        id: TopicId,
        expected: Version,
        new_parent: Option<&str>,
        position: Option<i32>,
    ) -> WriteResult<(Topic, Edition)> {
        caller.require(Scope::ContentPublish)?;
        self.change_label(caller, |taxonomy| {
            let current = taxonomy.topic(id).ok_or_else(|| {
                UserError::at(
                    "id",
                    UserErrorCode::NotFound,
                    format!("there is no topic `{id}`: `topics` lists them"),
                )
            })?;
            current.expect(expected)?;
            let parent = parent(taxonomy, new_parent, "parent")?;
            if let Some(parent) = parent
                && taxonomy.would_cycle(id, parent)
            {
                let message = format!(
                    "`{}` cannot move under `{}`, which is the topic itself or lies below it: name another parent",
                    current.slug,
                    new_parent.unwrap_or_default()
                );
                return Err(UserError::at("parent", UserErrorCode::TopicCycle, message));
            }
            let topic = Topic {
                version: current.version + 1,
                parent,
                position: place(taxonomy, parent, position, "position")?,
                ..current.clone()
            };
            let write = Write::Topic(topic.clone());
            Ok(LabelChange { label: topic.clone(), write, action: AuditAction::TopicMoved, subject: topic })
        })
        .await
    }
}

impl Label for Topic {
    type Id = TopicId;

    const CREATED: AuditAction = AuditAction::TopicCreated;

    fn id(&self) -> TopicId {
        self.id
    }

    fn find(taxonomy: &Taxonomy, id: TopicId) -> Option<&Self> {
        taxonomy.topic(id)
    }

    fn insertion(self) -> Write {
        Write::NewTopic(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self { id, version, slug, name, description: _, parent: _, position: _ } = self;
        labels::record(now, actor, action, AuditSubject::Topic(*id), (name, slug)).of_version(*version)
    }
}

fn parent(taxonomy: &Taxonomy, slug: Option<&str>, path: &str) -> Result<Option<TopicId>, UserError> {
    let Some(slug) = slug else { return Ok(None) };
    let topic = taxonomy.topic_by_slug(slug).ok_or_else(|| {
        let shown: String = slug.chars().take(100).collect();
        UserError::at(
            path,
            UserErrorCode::NotFound,
            format!("there is no topic `{shown}`: `topics` lists them"),
        )
    })?;
    Ok(Some(topic.id))
}

/// The position that was given, or the one after the last sibling.
fn place(
    taxonomy: &Taxonomy,
    parent: Option<TopicId>,
    given: Option<i32>,
    path: &str,
) -> Result<i32, UserError> {
    match given {
        Some(given) if given < 0 => Err(UserError::at(
            path,
            UserErrorCode::Invalid,
            format!("the position is {given}: it counts from 0"),
        )),
        Some(given) => Ok(given),
        None => Ok(last_place(taxonomy.children(parent))),
    }
}

/// The position after the last of these.
pub(crate) fn last_place<'a>(siblings: impl Iterator<Item = &'a Topic>) -> i32 {
    siblings.map(|topic| topic.position).max().map_or(0, |last| last.saturating_add(1))
}
