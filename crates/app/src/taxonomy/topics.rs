//! Writing topics.

use domain::{
    AuditAction, AuditRecord, AuditSubject, Edition, Remedy, Scope, Slug, Taxonomy, Timestamp, Topic,
    TopicId, UserError, UserErrorCode, Version,
};
use persistence::Write;

use super::labels::{self, Label, LabelChange, check_slug, find, find_pair};
use crate::{App, Caller, Field, Idempotency, WriteResult, text};

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

/// The changes of a topic. A field that is left out keeps its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicUpdate {
    /// The display name.
    pub name: Option<String>,
    /// The slug.
    pub slug: Option<String>,
    /// What the topic covers.
    pub description: Field<String>,
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
            check_slug::<Topic>(taxonomy, &slug, None)?;
            let parent = find_parent(taxonomy, input.parent.as_deref())?;
            Ok(Topic {
                id,
                version: 1,
                slug: slug.clone(),
                name: name.clone(),
                description: description.clone(),
                parent,
                position: position_for(taxonomy, parent, input.position)?,
                merged_into: None,
                deleted_at: None,
            })
        })
        .await
    }

    /// Changes the name, the slug or the description of a topic. Its articles keep it, and its former slug keeps
    /// working.
    ///
    /// # Errors
    /// When the topic does not exist, it has another version, the input is wrong, or the slug is taken.
    pub async fn update_topic(
        &self,
        caller: &Caller,
        id: TopicId,
        expected: Version,
        input: &TopicUpdate,
    ) -> WriteResult<(Topic, Edition)> {
        caller.require(Scope::ContentPublish)?;
        let TopicUpdate { name, slug, description } = input;
        let name = name.as_deref().map(|name| text::name(name, "name")).transpose()?;
        let slug = text::given_slug(slug.as_deref())?;
        let description = text::line_field(description, "description")?;
        self.change_label(caller, |taxonomy, _| {
            let current = find::<Topic>(taxonomy, id, "id")?;
            current.expect(expected)?;
            let next = Topic {
                version: current.version + 1,
                name: name.clone().unwrap_or_else(|| current.name.clone()),
                slug: slug.clone().unwrap_or_else(|| current.slug.clone()),
                description: description.clone().apply(current.description.clone()),
                ..current.clone()
            };
            check_slug::<Topic>(taxonomy, &next.slug, Some(id))?;
            let unchanged = |current: &Topic, next: &Topic| {
                *current == Topic { version: current.version, ..next.clone() }
            };
            let write = |topic, old_slug| Write::Topic { topic, old_slug };
            Ok(LabelChange::update(current, next, AuditAction::TopicUpdated, unchanged, write))
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
        self.change_label(caller, |taxonomy, _| {
            let current = find::<Topic>(taxonomy, id, "id")?;
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
            // Moving a topic to the place where it is has always made a new version.
            let write = |topic, old_slug| Write::Topic { topic, old_slug };
            Ok(LabelChange::update(current, topic, AuditAction::TopicMoved, |_, _| false, write))
        })
        .await
    }

    /// Deletes a topic that no article uses, or replaces it by another topic. Returns the other topic, or the deleted
    /// one.
    ///
    /// # Errors
    /// When one of the topics does not exist, the topic has another version or children, or an article uses it and no
    /// topic replaces it.
    pub async fn delete_topic(
        &self,
        caller: &Caller,
        id: TopicId,
        expected: Version,
        replace_with: Option<TopicId>,
    ) -> WriteResult<(Topic, Edition)> {
        caller.require(Scope::ContentPublish)?;
        self.change_label(caller, |taxonomy, now| {
            let Some(target) = replace_with else {
                let topic = find::<Topic>(taxonomy, id, "id")?;
                topic.expect(expected)?;
                check_childless(taxonomy, topic)?;
                let write = Write::TopicDeleted { id, at: domain::truncate(now) };
                return Ok(LabelChange::deletion(topic, AuditAction::TopicDeleted, write));
            };
            let (source, target) = find_pair::<Topic>(taxonomy, (id, expected), target, "replaceWith")?;
            check_childless(taxonomy, source)?;
            let write = Write::TopicMerged { source: source.id, target: target.id };
            Ok(LabelChange::replacement(source, target, AuditAction::TopicDeleted, write))
        })
        .await
    }
}

impl Label for Topic {
    type Id = TopicId;

    const KIND: &'static str = "topic";

    const LIST: Remedy = Remedy::ListTopics;

    const CREATED: AuditAction = AuditAction::TopicCreated;

    fn id(&self) -> TopicId {
        self.id
    }

    fn slug(&self) -> &Slug {
        &self.slug
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    fn find(taxonomy: &Taxonomy, id: TopicId) -> Option<&Self> {
        taxonomy.topic(id)
    }

    fn slug_owner<'a>(taxonomy: &'a Taxonomy, slug: &Slug) -> Option<&'a Self> {
        taxonomy.topic_slug_owner(slug.as_str())
    }

    fn expect(&self, expected: Version) -> Result<(), UserError> {
        Self::expect(self, expected)
    }

    fn insertion(self) -> Write {
        Write::NewTopic(self)
    }

    fn record(&self, action: AuditAction, now: Timestamp, actor: &str) -> AuditRecord {
        let Self {
            id,
            version,
            slug,
            name,
            description: _,
            parent: _,
            position: _,
            merged_into: _,
            deleted_at: _,
        } = self;
        labels::record(now, actor, action, AuditSubject::Topic(*id), (name, slug)).of_version(*version)
    }
}

/// Checks that no topics are below a topic.
fn check_childless(taxonomy: &Taxonomy, topic: &Topic) -> Result<(), UserError> {
    let Some(child) = taxonomy.children(Some(topic.id)).next() else { return Ok(()) };
    let message = format!(
        "the topic `{}` is below the topic `{}`: move or delete all topics below it first",
        child.slug, topic.slug
    );
    Err(UserError::at("id", UserErrorCode::InUse, message))
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
