//! Topics.

use std::sync::Arc;

use app::{TopicInput as Input, TopicUpdate};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::{Subject, TopicId};

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, caller, ledger, reader};
use crate::graphql::execution::cost::entries;
use crate::graphql::mutations::article_input::field;
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::scalar::{DateTime, Slug};
use crate::graphql::types::user_error::{UserError, id_argument, written_or_errors};

pub(crate) struct Topic {
    topic: domain::Topic,
    reader: Arc<Reader>,
}

impl Topic {
    pub(crate) fn new(topic: domain::Topic, reader: &Arc<Reader>) -> Self {
        reader.mentions.note(Subject::Topic(topic.id));
        Self { topic, reader: Arc::clone(reader) }
    }

    fn all<'a>(&self, topics: impl IntoIterator<Item = &'a domain::Topic>) -> Vec<Self> {
        self.reader.mentions.note_all(SubjectKind::Topics);
        topics.into_iter().map(|topic| Self::new(topic.clone(), &self.reader)).collect()
    }
}

/// A topic: a node in the curated topic tree. A topic can be renamed, moved, replaced by another one, or deleted. Its
/// former slugs keep working until it is deleted.
#[Object]
impl Topic {
    /// The id of the topic. It never changes.
    pub(crate) async fn id(&self) -> ID {
        self.topic.id.to_string().into()
    }

    /// The display name.
    async fn name(&self) -> &str {
        &self.topic.name
    }

    /// The slug: the name of the topic in web addresses.
    async fn slug(&self) -> &str {
        self.topic.slug.as_str()
    }

    /// A sentence that says what belongs to the topic. Null if there is none.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let description = self.topic.description.as_deref();
        ledger(ctx).answer(description.map_or(0, str::len) as u64)?;
        Ok(description)
    }

    /// The parent topic. Null at the top of the tree.
    async fn parent(&self) -> Option<Self> {
        let parent = self.reader.view.taxonomy().topic(self.topic.parent?)?;
        Some(Self::new(parent.clone(), &self.reader))
    }

    /// The child topics, in their order.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ApiError> {
        let children: Vec<_> = self.reader.view.taxonomy().children(Some(self.topic.id)).collect();
        ledger(ctx).list(ctx, children.len(), entries::FEW)?;
        Ok(self.all(children))
    }

    /// The topics from the top of the tree down to this one, which is the last: the breadcrumbs.
    async fn path(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ApiError> {
        let path = self.reader.view.taxonomy().path(self.topic.id);
        ledger(ctx).list(ctx, path.len(), entries::SEVERAL)?;
        Ok(self.all(path))
    }

    /// The number of published articles with exactly this topic. To count those of the topics below it too, select
    /// `articles(where: {topics: {in: [slug]}}) { totalCount }`.
    async fn article_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.count(self.topic.id.into()).await?)
    }

    /// The version of the topic, which increases with each change. Send it as `expectedVersion` with the next write.
    async fn version(&self) -> i32 {
        self.topic.version
    }

    /// The time at which the topic was deleted. Null if it was not. Only old versions of articles still have a deleted
    /// topic.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.topic.deleted_at.map(DateTime::from)
    }
}

/// Resolves `topic`.
pub(crate) async fn topic(ctx: &Context<'_>, slug: &str) -> Result<Option<Topic>, ApiError> {
    let reader = reader(ctx).await?;
    let found = reader.view.taxonomy().topic_by_slug(slug);
    if found.is_none_or(|topic| topic.slug.as_str() != slug) {
        reader.mentions.note_all(SubjectKind::Topics);
    }
    Ok(found.map(|topic| Topic::new(topic.clone(), &reader)))
}

/// Resolves `topics`.
pub(crate) async fn topics(ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Topics);
    let roots = reader.view.taxonomy().children(None);
    Ok(roots.map(|topic| Topic::new(topic.clone(), &reader)).collect())
}

/// The data of a new topic.
#[derive(InputObject)]
pub(crate) struct TopicInput {
    /// The display name.
    name: String,
    /// The slug: the name of the topic in web addresses. Without one, it is made from the name.
    slug: Option<Slug>,
    /// A sentence that says what belongs to the topic.
    description: Option<String>,
    /// The slug of the parent topic. Without one, the topic is at the top of the tree.
    parent: Option<Slug>,
    /// The position among the children of the parent, from 0. Without one, the topic comes last.
    position: Option<i32>,
}

/// The changes of a topic. Fields that are left out stay as they are.
#[derive(InputObject)]
pub(crate) struct TopicUpdateInput {
    /// The display name. Null counts as left out.
    name: Option<String>,
    /// The slug: the name of the topic in web addresses. The old slug keeps working. Null counts as left out.
    slug: Option<Slug>,
    /// A sentence that says what belongs to the topic. Null removes it.
    description: MaybeUndefined<String>,
}

/// The result of a mutation of a topic.
#[derive(SimpleObject)]
pub(crate) struct TopicPayload {
    /// The topic. Null if the write was refused.
    topic: Option<Topic>,
    /// The edition that shows the change. Null if the write was refused.
    edition: Option<Edition>,
    /// Why the write was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

impl TopicPayload {
    async fn new(
        ctx: &Context<'_>,
        written: app::WriteResult<(domain::Topic, domain::Edition)>,
    ) -> Result<Self, ApiError> {
        let (written, user_errors) = written_or_errors(ctx, written)?;
        let Some((topic, edition)) = written else {
            return Ok(Self { topic: None, edition: None, user_errors });
        };
        let reader = Reader::open(app(ctx)).await?;
        Ok(Self { topic: Some(Topic::new(topic, &reader)), edition: Some(edition.into()), user_errors })
    }
}

/// The result of the deletion of a topic.
#[derive(SimpleObject)]
pub(crate) struct TopicDeletePayload {
    /// The id of the deleted topic. Null if the deletion was refused.
    deleted_id: Option<ID>,
    /// The topic that the articles have instead. Null if there is none.
    replacement: Option<Topic>,
    /// The edition that shows the change. Null if the deletion was refused.
    edition: Option<Edition>,
    /// Why the deletion was refused. Empty if it succeeded.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct TopicMutation;

#[Object]
impl TopicMutation {
    /// Creates a topic. Scope: `content:publish`.
    async fn topic_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new topic.")] input: TopicInput,
    ) -> Result<TopicPayload, ApiError> {
        let TopicInput { name, slug, description, parent, position } = input;
        let input = Input {
            name,
            slug: slug.map(|Slug(text)| text),
            description,
            parent: parent.map(|Slug(text)| text),
            position,
        };
        TopicPayload::new(ctx, app(ctx).create_topic(caller(ctx)?, &input, idempotency(ctx)?.as_ref()).await)
            .await
    }

    /// Changes the name, the slug or the description of a topic. Its articles keep the topic, and its old slug keeps
    /// working. Scope: `content:publish`.
    async fn topic_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the topic.")] id: ID,
        #[graphql(
            desc = "The `version` of the topic that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The changes.")] input: TopicUpdateInput,
    ) -> Result<TopicPayload, ApiError> {
        let TopicUpdateInput { name, slug, description } = input;
        let input = TopicUpdate {
            name,
            slug: slug.map(|Slug(text)| text),
            description: field(description, |text| text),
        };
        let written = match id_argument::<TopicId>(&id, "id") {
            Ok(id) => app(ctx).update_topic(caller(ctx)?, id, expected_version, &input).await,
            Err(error) => Err(error.into()),
        };
        TopicPayload::new(ctx, written).await
    }

    /// Deletes a topic. If the working copy or the publication of an article has the topic, the deletion is refused
    /// unless `replaceWith` names another topic; archived working copies do not count. It is also refused while other
    /// topics are below the topic. Old versions of articles still have the deleted topic, and nothing else finds it.
    /// Scope: `content:publish`.
    async fn topic_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the topic.")] id: ID,
        #[graphql(
            desc = "The `version` of the topic that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(
            desc = "The id of the topic that the articles get instead. The slugs of the deleted topic then lead to that one."
        )]
        replace_with: Option<ID>,
    ) -> Result<TopicDeletePayload, ApiError> {
        let ids = id_argument::<TopicId>(&id, "id").and_then(|id| {
            let other = replace_with.as_ref().map(|other| id_argument::<TopicId>(other, "replaceWith"));
            Ok((id, other.transpose()?))
        });
        let written = match ids {
            Ok((id, other)) => app(ctx).delete_topic(caller(ctx)?, id, expected_version, other).await,
            Err(error) => Err(error.into()),
        };
        let (written, user_errors) = written_or_errors(ctx, written)?;
        let Some((topic, edition)) = written else {
            return Ok(TopicDeletePayload {
                deleted_id: None,
                replacement: None,
                edition: None,
                user_errors,
            });
        };
        let replacement = match replace_with {
            None => None,
            Some(_) => Some(Topic::new(topic, &Reader::open(app(ctx)).await?)),
        };
        Ok(TopicDeletePayload {
            deleted_id: Some(id),
            replacement,
            edition: Some(edition.into()),
            user_errors,
        })
    }

    /// Moves a topic, with all topics below it, to another parent or to the top of the tree.
    /// Scope: `content:publish`.
    async fn topic_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the topic.")] id: ID,
        #[graphql(
            desc = "The `version` of the topic that you have seen. If it has changed since, the write is refused."
        )]
        expected_version: i32,
        #[graphql(desc = "The slug of the new parent topic. Null moves the topic to the top of the tree.")]
        parent: Option<Slug>,
        #[graphql(
            desc = "The position among the children of the new parent, from 0. Without one, the topic comes last."
        )]
        position: Option<i32>,
    ) -> Result<TopicPayload, ApiError> {
        let parent = parent.map(|Slug(text)| text);
        let written = match id_argument::<TopicId>(&id, "id") {
            Ok(id) => {
                app(ctx).move_topic(caller(ctx)?, id, expected_version, parent.as_deref(), position).await
            }
            Err(error) => Err(error.into()),
        };
        TopicPayload::new(ctx, written).await
    }
}
