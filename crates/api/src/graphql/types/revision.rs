//! Revisions: the saved versions of an article.

use std::sync::Arc;

use app::Caller;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Object};
use domain::{ArticleId, Cursor, CursorList, PageRequest, SortKey};

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, caller};
use crate::graphql::execution::draft_access::DraftAccess;
use crate::graphql::types::article::Seo;
use crate::graphql::types::author::Author;
use crate::graphql::types::image::Image;
use crate::graphql::types::paging::{ListCursor, neighbours};
use crate::graphql::types::revision_diff::RevisionDiff;
use crate::graphql::types::scalar::{DateTime, Locale};
use crate::graphql::types::tag::Tag;
use crate::graphql::types::topic::Topic;

pub(crate) struct Revision {
    revision: domain::Revision,
    reader: Arc<Reader>,
    access: DraftAccess,
}

impl Revision {
    pub(crate) fn new(revision: domain::Revision, reader: &Arc<Reader>, access: &DraftAccess) -> Self {
        Self { revision, reader: Arc::clone(reader), access: access.clone() }
    }
}

/// A saved version of an article. It never changes.
///
/// Without the scope `content:read-drafts`, a field that others may have written is null, and an error says why. A
/// field that was just sent is shown.
#[Object]
impl Revision {
    /// The number of the version, from 1.
    async fn version(&self) -> i32 {
        self.revision.version
    }

    /// The slug: the name of the article in web addresses.
    async fn slug(&self, ctx: &Context<'_>) -> Option<&str> {
        self.shown(ctx, "slug", |content| content.slug.as_str()).await
    }

    /// The language.
    async fn locale(&self, ctx: &Context<'_>) -> Option<Locale> {
        self.shown(ctx, "locale", |content| Locale(content.locale.to_string())).await
    }

    /// The headline, as plain text.
    async fn title(&self, ctx: &Context<'_>) -> Option<&str> {
        self.shown(ctx, "title", |content| content.title.as_str()).await
    }

    /// The line below the headline, as plain text. Null if there is none.
    async fn deck(&self, ctx: &Context<'_>) -> Option<&str> {
        self.shown(ctx, "deck", |content| content.deck.as_deref()).await.flatten()
    }

    /// The teaser, as plain text. Null if there is none: lists then show the beginning of the text.
    async fn excerpt(&self, ctx: &Context<'_>) -> Option<&str> {
        self.shown(ctx, "excerpt", |content| content.excerpt.as_deref()).await.flatten()
    }

    /// The text in Markdown.
    async fn body(&self, ctx: &Context<'_>) -> Option<&str> {
        self.shown(ctx, "body", |content| content.body.as_str()).await
    }

    /// The picture at the top. Null if there is none.
    async fn hero_image(&self, ctx: &Context<'_>) -> Option<Image> {
        self.shown(ctx, "heroImage", |content| content.hero_image.clone().map(Image::from)).await.flatten()
    }

    /// The title and the description for search engines.
    async fn seo(&self, ctx: &Context<'_>) -> Option<Seo> {
        self.shown(ctx, "seo", |content| content.seo.clone().into()).await
    }

    /// The authors, in the order of the byline.
    async fn authors(&self, ctx: &Context<'_>) -> Option<Vec<Author>> {
        let taxonomy = self.reader.view.taxonomy();
        let new = |author: &domain::Author| Author::new(author.clone(), &self.reader);
        let found = |content: &domain::Content| {
            taxonomy.resolve_authors(&content.authors).into_iter().map(new).collect()
        };
        self.shown(ctx, "authors", found).await
    }

    /// The topics to which the article belongs, the main topic first.
    async fn topics(&self, ctx: &Context<'_>) -> Option<Vec<Topic>> {
        let taxonomy = self.reader.view.taxonomy();
        let new = |topic: &domain::Topic| Topic::new(topic.clone(), &self.reader);
        let found = |content: &domain::Content| {
            taxonomy.resolve_topics(&content.topics).into_iter().map(new).collect()
        };
        self.shown(ctx, "topics", found).await
    }

    /// The tags.
    async fn tags(&self, ctx: &Context<'_>) -> Option<Vec<Tag>> {
        let found = |content: &domain::Content| {
            let tags = self.reader.view.taxonomy().resolve_tags(&content.tags);
            tags.into_iter().map(|tag| Tag::new(tag.clone(), &self.reader)).collect()
        };
        self.shown(ctx, "tags", found).await
    }

    /// Addresses at which the article was published before, on other sites.
    async fn aliases(&self, ctx: &Context<'_>) -> Option<&[String]> {
        self.shown(ctx, "aliases", |content| content.aliases.as_slice()).await
    }

    /// The publication date that readers will see. Null if it is the time of the first publication.
    async fn published_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.shown(ctx, "publishedAt", |content| content.published_at.map(DateTime::from)).await.flatten()
    }

    /// The time at which the version was saved.
    async fn created_at(&self) -> DateTime {
        self.revision.created_at.into()
    }

    /// The actor who saved the version: the id of an API key, `oidc:` followed by a subject, or `cli`.
    async fn actor(&self, ctx: &Context<'_>) -> Option<&str> {
        let shown = self.access.check_actor("actor", &self.revision.actor);
        or_null(ctx, shown.map(|()| Some(self.revision.actor.as_str())))
    }

    /// The name of that actor: of the API key, or of the person. Null if it is not known.
    async fn actor_name(&self, ctx: &Context<'_>) -> Option<String> {
        let found = async {
            self.access.check_actor("actorName", &self.revision.actor)?;
            Ok(self.reader.actor_name(&self.revision.actor).await?)
        };
        or_null(ctx, found.await)
    }

    /// The changes from another saved version of the article to this one. Scope: `content:read-drafts`.
    async fn diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of the other version, which may be a later one.")] against: i32,
    ) -> Option<RevisionDiff> {
        or_null(ctx, self.compare(ctx, against).await)
    }
}

impl Revision {
    /// Returns something of the content. Adds an error and returns `None` if the caller may not see it.
    async fn shown<'a, T>(
        &'a self,
        ctx: &Context<'_>,
        field: &'static str,
        of: impl FnOnce(&'a domain::Content) -> T,
    ) -> Option<T> {
        or_null(ctx, self.access.check_text(field).await.map(|()| Some(of(&self.revision.content))))
    }

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

pub(crate) type RevisionConnection = Connection<ListCursor, Revision, EmptyFields, EmptyFields>;

/// Returns a page of the revisions of an article, the newest first.
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
            let place = ListCursor(Cursor { list: CursorList::Revisions, key, id: uuid::Uuid::nil() });
            Edge::new(place, Revision::new(revision, reader, &DraftAccess::full()))
        })
        .collect();
    Ok(connection)
}
