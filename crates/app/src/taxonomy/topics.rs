//! Writing topics.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Remedy, Scope, Taxonomy, Timestamp, Topic, TopicId,
    UserError, UserErrorCode, Version,
};
use persistence::Write;

use super::labels::{self, Label, LabelChange, slug_taken};
use crate::{App, Caller, Idempotency, WriteResult, text};

/// The input for a new topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicInput {
    /// The display name.
    pub name: String,
    /// The slug. Without one, it is made from the name.
    pub slug: Option<String>,
    /// What the topic covers.
    pub description: Option<String>,
    /// The slug of the parent topic. A root topic has none.
    pub parent: Option<String>,
    /// The position among its siblings, from 0. Without one, the topic comes last.
    pub position: Option<i32>,
}

impl App {
    /// Creates a topic.
    ///
    /// # Errors
    /// When the input is wrong, the slug is taken, the parent does not exist, or the caller lacks the scope.
    pub async fn create_topic(
        &self,
        caller: &Caller,
        input: &TopicInput,
        idempotency: Option<&Idempotency>,
    ) -> WriteResult<(Topic, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let name = text::name(&input.name, "name")?;
        let slug = text::slug(input.slug.as_deref(), &name)?;
        let description = text::line(input.description.as_deref(), "description")?;
        self.create_label(caller, idempotency, |taxonomy, id| {
            if let Some(owner) = taxonomy.topic_by_slug(slug.as_str()) {
                return Err(slug_taken(&slug, format_args!("the topic “{}”", owner.name)));
            }
            let parent = find_parent(taxonomy, input.parent.as_deref())?;
            Ok(Topic {
                id,
                version: 1,
                slug: slug.clone(),
                name: name.clone(),
                description: description.clone(),
                parent,
                position: position_for(taxonomy, parent, input.position)?,
            })
        })
        .await
    }

    /// Moves a topic, with its descendants, to another parent or to the root.
    ///
    /// # Errors
    /// When one of the topics does not exist, the topic has another version, or it would become its own ancestor.
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
                UserError::at("id", UserErrorCode::NotFound, format!("there is no topic `{id}`"))
                    .with_remedy(Remedy::ListTopics)
            })?;
            current.expect(expected)?;
            let parent = find_parent(taxonomy, new_parent)?;
            if let Some(parent) = parent
                && taxonomy.would_cycle(id, parent)
            {
                let message = format!(
                    "`{}` cannot move under `{}`, which is the topic itself or one of its descendants: name another parent",
                    current.slug,
                    new_parent.unwrap_or_default()
                );
                return Err(UserError::at("parent", UserErrorCode::TopicCycle, message));
            }
            let topic = Topic {
                version: current.version + 1,
                parent,
                position: position_for(taxonomy, parent, position)?,
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

fn find_parent(taxonomy: &Taxonomy, slug: Option<&str>) -> Result<Option<TopicId>, UserError> {
    let Some(slug) = slug else { return Ok(None) };
    let topic = taxonomy.topic_by_slug(slug).ok_or_else(|| {
        let message = format!("there is no topic `{}`", text::quoted(slug));
        UserError::at("parent", UserErrorCode::NotFound, message).with_remedy(Remedy::ListTopics)
    })?;
    Ok(Some(topic.id))
}

/// Returns the position that was given, or the one after the last sibling.
fn position_for(taxonomy: &Taxonomy, parent: Option<TopicId>, given: Option<i32>) -> Result<i32, UserError> {
    match given {
        Some(given) if given < 0 => Err(UserError::at(
            "position",
            UserErrorCode::Invalid,
            format!("the position is {given}: it counts from 0"),
        )),
        Some(given) => Ok(given),
        None => Ok(next_position(taxonomy.children(parent))),
    }
}

/// Returns the position after the last of these topics.
pub(crate) fn next_position<'a>(siblings: impl Iterator<Item = &'a Topic>) -> i32 {
    siblings.map(|topic| topic.position).max().map_or(0, |last| last.saturating_add(1))
}
