//! The queries.

use async_graphql::{Context, ID, Object};
use domain::{ArticleId, PageRequest};

use crate::delivery::SubjectKind;
use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{app, caller, reader};
use crate::graphql::types::article::{self, Article, ArticleBy};
use crate::graphql::types::article_connection::{self, ArticleConnection};
use crate::graphql::types::article_where::{ArticleOrder, ArticleWhere};
use crate::graphql::types::author::{self, Author, AuthorConnection, AuthorOrder};
use crate::graphql::types::desk::Desk;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::edition_list;
use crate::graphql::types::issue::ArticleCheck;
use crate::graphql::types::key::{self, KeyConnection};
use crate::graphql::types::node::{self, Node};
use crate::graphql::types::redirect::{self, Redirect, RedirectConnection};
use crate::graphql::types::tag::{self, Tag, TagConnection, TagOrder, TagWhere};
use crate::graphql::types::topic::{self, Topic};

pub(crate) struct Query;

/// All queries. They need no API key and show only what is published, except for those that name a scope, which
/// are for editors. All public data in one answer belongs to one edition.
#[Object]
impl Query {
    /// One article. Null if no published article matches. A former slug returns the article that has replaced it.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug, the id or the external reference of the article.")] by: ArticleBy,
    ) -> Option<Article> {
        or_null(ctx, article::article(ctx, by).await)
    }

    /// A list of articles: filtered, sorted and in pages. By default, the articles that were published last come
    /// first.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Only articles that match this filter.")] filter: Option<
            ArticleWhere,
        >,
        #[graphql(desc = "The order of the articles.", default_with = "ArticleOrder::default()")]
        order_by: ArticleOrder,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many entries to skip: 0 to 10000. Only without cursors, for numbered pages.")]
        offset: Option<i32>,
    ) -> Result<ArticleConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset };
        article_connection::articles(ctx, filter, order_by, &request).await
    }

    /// The tag with this slug, current or former. Null if there is none.
    async fn tag(&self, ctx: &Context<'_>, #[graphql(desc = "The slug.")] slug: String) -> Option<Tag> {
        or_null(ctx, tag::tag(ctx, &slug).await)
    }

    /// A list of tags. By default, the most used tags come first.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Only tags that match this filter.")] filter: Option<TagWhere>,
        #[graphql(desc = "The order of the tags.", default_with = "TagOrder::default()")] order_by: TagOrder,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<TagConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        tag::tags(ctx, filter, order_by, &request).await
    }

    /// The topic with this slug, current or former. Null if there is none.
    async fn topic(&self, ctx: &Context<'_>, #[graphql(desc = "The slug.")] slug: String) -> Option<Topic> {
        or_null(ctx, topic::topic(ctx, &slug).await)
    }

    /// The topics at the top of the topic tree, in their order.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
        topic::topics(ctx).await
    }

    /// The author with this slug, current or former. Null if there is none.
    async fn author(&self, ctx: &Context<'_>, #[graphql(desc = "The slug.")] slug: String) -> Option<Author> {
        or_null(ctx, author::author(ctx, &slug).await)
    }

    /// A list of authors. By default, they are sorted by name.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order of the authors.", default_with = "AuthorOrder::default()")]
        order_by: AuthorOrder,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<AuthorConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        author::authors(ctx, order_by, &request).await
    }

    /// The target of a former slug of an article, or of a former address. Null if no article was ever public under
    /// this slug, or one still is. Null also if no article has the address as an alias, and its last part is not a former
    /// slug.
    async fn redirect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The former slug. Either this or `path`.")] slug: Option<String>,
        #[graphql(
            desc = "The former address: a path such as `/2019/flu-shots.html`, or a whole URL. Either this or `slug`."
        )]
        path: Option<String>,
    ) -> Option<Redirect> {
        or_null(ctx, redirect::redirect(ctx, slug.as_deref(), path.as_deref()).await)
    }

    /// The former slugs of all articles with their targets, in alphabetical order. For sites that keep a list of
    /// redirects.
    async fn redirects(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<RedirectConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        redirect::redirects(ctx, &request).await
    }

    /// The desk: everything that editors read. Scope: `content:read-drafts`.
    async fn desk(&self, ctx: &Context<'_>) -> Option<Desk> {
        or_null(ctx, Desk::open(ctx).await.map(Some))
    }

    /// What the checks before publishing find in an article now. Null if there is no such article.
    /// Scope: `content:read-drafts`.
    async fn article_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
        #[graphql(desc = "The number of a saved version. Without it, the working copy is checked.")]
        version: Option<i32>,
    ) -> Option<ArticleCheck> {
        or_null(ctx, article_check(ctx, &id, version).await)
    }

    /// The API keys, including expired and revoked ones, the newest first. Scope: `admin`.
    async fn keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<KeyConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        key::keys(ctx, &request).await
    }

    /// The edition to which this answer belongs.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition, ApiError> {
        let reader = reader(ctx).await?;
        reader.mentions.note_all(SubjectKind::Edition);
        Ok(Edition::Read(reader))
    }

    /// The editions after one that a client has seen, in the order of their commits, so that it misses none. The
    /// list is complete when it ends with the edition of the answer (`edition`). With `cacheTags`, it ends earlier when
    /// its editions have changed more than 10,000 objects.
    async fn editions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The edition after which the list begins: its number, or number and mark in the format of the header `Edition`, for example `100;mark=c5ujmnomdtrvk`. With the mark, an edition of another history is refused with the code `EDITION_UNKNOWN`: purge everything.",
            default_with = "ID::from(\"0\")"
        )]
        after: ID,
        #[graphql(desc = "How many editions to return at most: 1 to 100.", default = 100)] first: i32,
    ) -> Result<Vec<Edition>, ApiError> {
        edition_list::editions(ctx, &after, first).await
    }

    /// The object with this id. Null if there is none, or if it is not published. The id of an article at the desk
    /// (`desk_…`) needs the scope `content:read-drafts`.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of an article, tag, topic, author, or article at the desk.")] id: ID,
    ) -> Option<Node> {
        or_null(ctx, node::node(ctx, id.0).await)
    }

    /// The objects with these ids, in the same order, with null for each object that does not exist. The id of an
    /// article at the desk (`desk_…`) needs the scope `content:read-drafts`.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 100 ids of articles, tags, topics, authors, or articles at the desk.")]
        ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, ApiError> {
        node::nodes(ctx, "ids", ids.into_iter().map(|id| id.0).collect()).await
    }
}

async fn article_check(
    ctx: &Context<'_>,
    id: &ID,
    version: Option<i32>,
) -> Result<Option<ArticleCheck>, ApiError> {
    let id = id.parse::<ArticleId>()?;
    match app(ctx).check_article(caller(ctx)?, id, version).await {
        Ok(found) => Ok(found.map(ArticleCheck::from)),
        Err(error) => Err(error.into()),
    }
}
