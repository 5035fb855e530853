//! Revisions: every saved version of an article.

use std::sync::Arc;

use app::Caller;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Object};
use domain::{ArticleId, Cursor, CursorList, PageRequest, SortKey};

use super::article::Seo;
use super::author::Author;
use super::context::{Reader, caller};
use super::cost::{STATEMENT, times};
use super::error::{ApiError, or_null};
use super::image::Image;
use super::paging::{Place, neighbours};
use super::revision_diff::RevisionDiff;
use super::scalar::{DateTime, Locale};
use super::sight::Sight;
use super::tag::Tag;
use super::topic::Topic;

pub(crate) struct Revision {
    revision: domain::Revision,
    reader: Arc<Reader>,
    sight: Sight,
}

impl Revision {
    pub(crate) fn new(revision: domain::Revision, reader: &Arc<Reader>, sight: &Sight) -> Self {
        Self { revision, reader: Arc::clone(reader), sight: sight.clone() }
    }
}

/// One saved version of an article. Never changed.
#[Object]
impl Revision {
    /// Its place among the article's saved versions, from 1.
    async fn version(&self) -> i32 {
        self.revision.version
    }

    /// The name in web addresses.
    async fn slug(&self) -> Result<&str, ApiError> {
        self.sight.text("slug").await?;
        Ok(self.revision.content.slug.as_str())
    }

    /// The language.
    async fn locale(&self) -> Result<Locale, ApiError> {
        self.sight.text("locale").await?;
        Ok(Locale(self.revision.content.locale.to_string()))
    }

    /// The headline, plain text.
    async fn title(&self) -> Result<&str, ApiError> {
        self.sight.text("title").await?;
        Ok(&self.revision.content.title)
    }

    /// The line below the headline, plain text.
    async fn deck(&self, ctx: &Context<'_>) -> Option<&str> {
        or_null(ctx, self.sight.text("deck").await.map(|()| self.revision.content.deck.as_deref()))
    }

    /// The teaser, plain text; without one, lists show the beginning of the text.
    async fn excerpt(&self, ctx: &Context<'_>) -> Option<&str> {
        or_null(ctx, self.sight.text("excerpt").await.map(|()| self.revision.content.excerpt.as_deref()))
    }

    /// The text, in Markdown.
    async fn body(&self) -> Result<&str, ApiError> {
        self.sight.text("body").await?;
        Ok(&self.revision.content.body)
    }

    /// The picture on top.
    async fn hero_image(&self, ctx: &Context<'_>) -> Option<Image> {
        let shown = self.sight.text("heroImage").await;
        or_null(ctx, shown.map(|()| self.revision.content.hero_image.clone().map(Image::from)))
    }

    /// What search engines are told.
    async fn seo(&self) -> Result<Seo, ApiError> {
        self.sight.text("seo").await?;
        Ok(self.revision.content.seo.clone().into())
    }

    /// Who wrote it, in the order of print.
    #[graphql(complexity = "times(2, child_complexity)")]
    async fn authors(&self) -> Result<Vec<Author>, ApiError> {
        self.sight.text("authors").await?;
        let taxonomy = self.reader.view.taxonomy();
        let found = self.revision.content.authors.iter().filter_map(|id| taxonomy.author(*id));
        Ok(found.map(|author| Author::new(author.clone(), &self.reader)).collect())
    }

    /// Where it belongs in the tree, the main topic first.
    #[graphql(complexity = "times(2, child_complexity)")]
    async fn topics(&self) -> Result<Vec<Topic>, ApiError> {
        self.sight.text("topics").await?;
        let taxonomy = self.reader.view.taxonomy();
        let found = self.revision.content.topics.iter().filter_map(|id| taxonomy.topic(*id));
        Ok(found.map(|topic| Topic::new(topic.clone(), &self.reader)).collect())
    }

    /// The labels.
    #[graphql(complexity = "times(5, child_complexity)")]
    async fn tags(&self) -> Result<Vec<Tag>, ApiError> {
        self.sight.text("tags").await?;
        let tags = self.reader.view.taxonomy().resolve_tags(&self.revision.content.tags);
        Ok(tags.into_iter().map(|tag| Tag::new(tag.clone(), &self.reader)).collect())
    }

    /// Addresses under which it was published elsewhere before.
    async fn aliases(&self) -> Result<&[String], ApiError> {
        self.sight.text("aliases").await?;
        Ok(&self.revision.content.aliases)
    }

    /// The date that readers will see; null for the moment of the first publication.
    async fn published_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        let shown = self.sight.text("publishedAt").await;
        or_null(ctx, shown.map(|()| self.revision.content.published_at.map(DateTime::from)))
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        self.revision.created_at.into()
    }

    /// Who saved it: the id of an API key, or `cli`.
    async fn actor(&self) -> Result<&str, ApiError> {
        self.sight.word("actor", &self.revision.actor)?;
        Ok(&self.revision.actor)
    }

    /// What was changed from another saved version of the article to this one. Scope:
    /// `content:read-drafts`.
    #[graphql(complexity = "STATEMENT + times(10, child_complexity)")]
    async fn diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The other version; it may be a later one.")] against: i32,
    ) -> Option<RevisionDiff> {
        or_null(ctx, self.compare(ctx, against).await)
    }
}

impl Revision {
    async fn compare(&self, ctx: &Context<'_>, against: i32) -> Result<Option<RevisionDiff>, ApiError> {
        let desk = self.reader.view.desk(caller(ctx)?)?;
        let id = self.revision.article;
        let other = desk.revision(id, against).await?.ok_or_else(|| {
            ApiError::argument(
                "against",
                format!("the article has no version {against}: `revisions` lists them"),
            )
        })?;
        let (old, new) = (against, self.revision.version);
        let diff = app::compare(other, self.revision.clone()).await;
        Ok(Some(RevisionDiff::new(diff, old, new, &self.reader)))
    }
}

pub(crate) type RevisionConnection = Connection<Place, Revision, EmptyFields, EmptyFields>;

/// The revisions of an article, the newest first.
pub(crate) async fn revisions(
    reader: &Arc<Reader>,
    caller: &Caller,
    article: ArticleId,
    request: &PageRequest,
) -> Result<RevisionConnection, ApiError> {
    let span = request.span(CursorList::Revisions)?;
    let (found, more) = reader.view.desk(caller)?.revisions(article, &span).await?;
    let (before, after) = neighbours(&span, more);
    let mut connection = Connection::new(before, after);
    connection.edges = found
        .into_iter()
        .map(|revision| {
            let key = SortKey::Number(revision.version.into());
            let place = Place(Cursor { list: CursorList::Revisions, key, id: uuid::Uuid::nil() });
            Edge::new(place, Revision::new(revision, reader, &Sight::whole()))
        })
        .collect();
    Ok(connection)
}
