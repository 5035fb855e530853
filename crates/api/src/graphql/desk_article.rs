//! Articles, as editors see them.

use std::sync::Arc;

use app::Saved;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::Revision as Saving;

use super::article::{Article, Seo};
use super::author::Author;
use super::context::Reader;
use super::error::{ApiError, or_null};
use super::image::Image;
use super::scalar::{DateTime, Locale};
use super::tag::Tag;
use super::times;
use super::topic::Topic;

pub(crate) struct DeskArticle {
    saved: Saved,
    reader: Arc<Reader>,
}

impl DeskArticle {
    pub(crate) fn new(saved: Saved, reader: &Arc<Reader>) -> Self {
        Self { saved, reader: Arc::clone(reader) }
    }
}

/// An article as editors see it: its working copy, its state, and what is public of it.
#[Object]
impl DeskArticle {
    /// Its id, the same through all its versions.
    async fn id(&self) -> ID {
        self.saved.article.id.to_string().into()
    }

    /// The version of its working copy: the `expectedVersion` of the next write.
    async fn version(&self) -> i32 {
        self.saved.article.version
    }

    /// What the public sees of it.
    async fn state(&self) -> ArticleState {
        (&self.saved.article.state).into()
    }

    /// The slug of its working copy.
    async fn slug(&self) -> &str {
        self.saved.revision.content.slug.as_str()
    }

    /// The title of its working copy.
    async fn title(&self) -> &str {
        &self.saved.revision.content.title
    }

    /// What the system that it came from calls it.
    async fn external_ref(&self) -> Option<&str> {
        self.saved.article.external_ref.as_deref()
    }

    /// What is being written.
    async fn working_copy(&self) -> Revision {
        Revision { revision: self.saved.revision.clone(), reader: Arc::clone(&self.reader) }
    }

    /// What the public sees; null when it is not published.
    async fn publication(&self, ctx: &Context<'_>) -> Option<Article> {
        let found = self.reader.view.article(self.saved.article.id).await.map_err(ApiError::from);
        or_null(ctx, found).map(|publication| Article::single(publication, &self.reader))
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.saved.article.created_at.into()
    }

    /// When its working copy was last saved.
    async fn updated_at(&self) -> DateTime {
        self.saved.article.updated_at.into()
    }

    /// The date of its first publication; null when it never was published.
    async fn first_published_at(&self) -> Option<DateTime> {
        self.saved.article.first_published_at.map(DateTime::from)
    }
}

/// What the public sees of an article. More may be added.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ArticleState {
    /// Nothing, and it never has.
    Draft,
    /// The publication of one version.
    Published,
    /// Nothing any more, or another article in its place.
    Withdrawn,
}

impl From<&domain::ArticleState> for ArticleState {
    fn from(state: &domain::ArticleState) -> Self {
        match state {
            domain::ArticleState::Draft => Self::Draft,
            domain::ArticleState::Published { .. } => Self::Published,
            domain::ArticleState::Withdrawn { .. } => Self::Withdrawn,
        }
    }
}

pub(crate) struct Revision {
    revision: Saving,
    reader: Arc<Reader>,
}

/// One saved version of an article. Never changed.
#[Object]
impl Revision {
    /// Its place among the article's saved versions, from 1.
    async fn version(&self) -> i32 {
        self.revision.version
    }

    /// The name in web addresses.
    async fn slug(&self) -> &str {
        self.revision.content.slug.as_str()
    }

    /// The language.
    async fn locale(&self) -> Locale {
        Locale(self.revision.content.locale.to_string())
    }

    /// The headline, plain text.
    async fn title(&self) -> &str {
        &self.revision.content.title
    }

    /// The line below the headline, plain text.
    async fn deck(&self) -> Option<&str> {
        self.revision.content.deck.as_deref()
    }

    /// The teaser, plain text; without one, lists show the beginning of the text.
    async fn excerpt(&self) -> Option<&str> {
        self.revision.content.excerpt.as_deref()
    }

    /// The text, in Markdown.
    async fn body(&self) -> &str {
        &self.revision.content.body
    }

    /// The picture on top.
    async fn hero_image(&self) -> Option<Image> {
        self.revision.content.hero_image.clone().map(Image::from)
    }

    /// What search engines are told.
    async fn seo(&self) -> Seo {
        self.revision.content.seo.clone().into()
    }

    /// Who wrote it, in the order of print.
    #[graphql(complexity = "times(2, child_complexity)")]
    async fn authors(&self) -> Vec<Author> {
        let taxonomy = self.reader.view.taxonomy();
        let found = self.revision.content.authors.iter().filter_map(|id| taxonomy.author(*id));
        found.map(|author| Author::new(author.clone(), &self.reader)).collect()
    }

    /// Where it belongs in the tree, the main topic first.
    #[graphql(complexity = "times(2, child_complexity)")]
    async fn topics(&self) -> Vec<Topic> {
        let taxonomy = self.reader.view.taxonomy();
        let found = self.revision.content.topics.iter().filter_map(|id| taxonomy.topic(*id));
        found.map(|topic| Topic::new(topic.clone(), &self.reader)).collect()
    }

    /// The labels.
    #[graphql(complexity = "times(5, child_complexity)")]
    async fn tags(&self) -> Vec<Tag> {
        let tags = self.reader.view.taxonomy().resolve_tags(&self.revision.content.tags);
        tags.into_iter().map(|tag| Tag::new(tag.clone(), &self.reader)).collect()
    }

    /// Addresses under which it was published elsewhere before.
    async fn aliases(&self) -> &[String] {
        &self.revision.content.aliases
    }

    /// The date that readers will see; null for the moment of the first publication.
    async fn published_at(&self) -> Option<DateTime> {
        self.revision.content.published_at.map(DateTime::from)
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        self.revision.created_at.into()
    }

    /// Who saved it: the id of an API key, or `cli`.
    async fn actor(&self) -> &str {
        &self.revision.actor
    }
}

/// Why an article is withdrawn.
#[derive(Enum, Copy, Clone, PartialEq, Eq, Default)]
pub(crate) enum WithdrawReason {
    /// It is gone for good.
    #[default]
    Gone,
    /// Another article stands in its place; `redirectTo` names it.
    Redirect,
}

/// The answer to a change of an article.
#[derive(SimpleObject)]
pub(crate) struct ArticlePayload {
    /// The article; when the write was refused for a stale version, as it is now; null when it was
    /// refused for anything else.
    pub(crate) article: Option<DeskArticle>,
    /// The edition that shows the change to the public; null when it changed nothing public, or was
    /// refused.
    pub(crate) edition: Option<super::edition::Edition>,
    /// Why it was refused, and what to mend.
    pub(crate) user_errors: Vec<super::user_error::UserError>,
}
