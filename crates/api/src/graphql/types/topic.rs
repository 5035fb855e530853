//! Topics.

use std::sync::Arc;

use app::TopicInput as Input;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::{Subject, TopicId};

use crate::delivery::Kind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::context::{Reader, app, caller, ledger, reader};
use crate::graphql::execution::cost::entries;
use crate::graphql::protocol::idempotency::idempotency;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::scalar::Slug;
use crate::graphql::types::user_error::{UserError, id_argument, outcome};

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
        self.reader.mentions.note_all(Kind::Topics);
        topics.into_iter().map(|topic| Self::new(topic.clone(), &self.reader)).collect()
    }
}

/// A place in the curated tree of subjects.
#[Object]
impl Topic {
    /// Its id, which a move does not change.
    pub(crate) async fn id(&self) -> ID {
        self.topic.id.to_string().into()
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.topic.name
    }

    /// Its name in web addresses.
    async fn slug(&self) -> &str {
        self.topic.slug.as_str()
    }

    /// What belongs here, in a sentence.
    async fn description(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
        let description = self.topic.description.as_deref();
        ledger(ctx).answer(description.map_or(0, str::len) as u64)?;
        Ok(description)
    }

    /// The topic above; null for a root.
    async fn parent(&self) -> Option<Self> {
        let parent = self.reader.view.taxonomy().topic(self.topic.parent?)?;
        Some(Self::new(parent.clone(), &self.reader))
    }

    /// The topics directly below, in their order.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ApiError> {
        let children: Vec<_> = self.reader.view.taxonomy().children(Some(self.topic.id)).collect();
        ledger(ctx).list(ctx, children.len(), entries::FEW)?;
        Ok(self.all(children))
    }

    /// The way from the root to this topic, itself included: its breadcrumbs.
    async fn path(&self, ctx: &Context<'_>) -> Result<Vec<Self>, ApiError> {
        let path = self.reader.view.taxonomy().path(self.topic.id);
        ledger(ctx).list(ctx, path.len(), entries::SEVERAL)?;
        Ok(self.all(path))
    }

    /// How many published articles are filed under this topic itself. For the whole subtree, ask
    /// `articles(where: {topics: {in: [slug]}}) { totalCount }`.
    async fn article_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.count(self.topic.id.into()).await?)
    }

    /// Counts its changes; a change names the one that it is based on.
    async fn version(&self) -> i32 {
        self.topic.version
    }
}

/// Resolves `topic`.
pub(crate) async fn topic(ctx: &Context<'_>, slug: &str) -> Result<Option<Topic>, ApiError> {
    let reader = reader(ctx).await?;
    let found = reader.view.taxonomy().topic_by_slug(slug);
    if found.is_none_or(|topic| topic.slug.as_str() != slug) {
        reader.mentions.note_all(Kind::Topics);
    }
    Ok(found.map(|topic| Topic::new(topic.clone(), &reader)))
}

/// Resolves `topics`.
pub(crate) async fn topics(ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
    let reader = reader(ctx).await?;
    reader.mentions.note_all(Kind::Topics);
    let roots = reader.view.taxonomy().children(None);
    Ok(roots.map(|topic| Topic::new(topic.clone(), &reader)).collect())
}

/// A new topic.
#[derive(InputObject)]
pub(crate) struct TopicInput {
    /// Its name for people.
    name: String,
    /// Its name in web addresses; left out, it is made of the name.
    slug: Option<Slug>,
    /// What belongs here, in a sentence.
    description: Option<String>,
    /// The slug of the topic above; left out, it is a root.
    parent: Option<Slug>,
    /// Its place among its siblings, from 0; left out, it comes last.
    position: Option<i32>,
}

/// The answer to a change of a topic.
#[derive(SimpleObject)]
pub(crate) struct TopicPayload {
    /// The topic; null when it was refused.
    topic: Option<Topic>,
    /// The edition that shows the change; null when it was refused.
    edition: Option<Edition>,
    /// Why it was refused, and what to mend.
    user_errors: Vec<UserError>,
}

impl TopicPayload {
    async fn new(
        ctx: &Context<'_>,
        written: app::WriteResult<(domain::Topic, domain::Edition)>,
    ) -> Result<Self, ApiError> {
        let (written, user_errors) = outcome(ctx, written)?;
        let Some((topic, edition)) = written else {
            return Ok(Self { topic: None, edition: None, user_errors });
        };
        let reader = Reader::open(app(ctx)).await?;
        Ok(Self { topic: Some(Topic::new(topic, &reader)), edition: Some(edition.into()), user_errors })
    }
}

#[derive(Default)]
pub(crate) struct TopicMutation;

#[Object]
impl TopicMutation {
    /// Makes a topic. Scope: `content:publish`.
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

    /// Moves a topic, with everything below it, under another one or to the top. Scope:
    /// `content:publish`.
    async fn topic_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The topic.")] id: ID,
        #[graphql(desc = "The version that the move is based on.")] expected_version: i32,
        #[graphql(desc = "The slug of the topic above; null makes it a root.")] parent: Option<Slug>,
        #[graphql(desc = "Its place among its new siblings, from 0; left out, it comes last.")]
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
