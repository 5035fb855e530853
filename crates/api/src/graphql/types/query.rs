//! Everything that reads.

use async_graphql::{Context, ID, Object};
use domain::{ArticleId, PageRequest};

use crate::delivery::Kind;
use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{app, caller, reader};
use crate::graphql::types::article::{self, Article, ArticleBy};
use crate::graphql::types::article_connection::{self, ArticleConnection};
use crate::graphql::types::article_where::{ArticleOrder, ArticleWhere};
use crate::graphql::types::author::{self, Author, AuthorConnection, AuthorOrder};
use crate::graphql::types::desk::Desk;
use crate::graphql::types::edition::Edition;
use crate::graphql::types::issue::ArticleCheck;
use crate::graphql::types::key::{self, KeyConnection};
use crate::graphql::types::node::{self, Node};
use crate::graphql::types::redirect::{self, Redirect, RedirectConnection};
use crate::graphql::types::tag::{self, Tag, TagConnection, TagOrder, TagWhere};
use crate::graphql::types::topic::{self, Topic};

pub(crate) struct Query;

/// Everything that reads. It needs no key, and shows what is published and nothing else; but for what
/// names a scope, which is for editors. Everything that is public in one answer belongs to one edition.
#[Object]
impl Query {
    /// One article; null when no published one is meant. A former slug answers with the article that
    /// has it now, or that readers were redirected to.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, named in exactly one way.")] by: ArticleBy,
    ) -> Option<Article> {
        or_null(ctx, article::article(ctx, by).await)
    }

    /// Articles: filtered, ordered, and cut into pages.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Which articles.")] filter: Option<ArticleWhere>,
        #[graphql(desc = "In which order.", default_with = "ArticleOrder::default()")] order_by: ArticleOrder,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Skip this many; 0 to 10000, without cursors. For pages with numbers.")]
        offset: Option<i32>,
    ) -> Result<ArticleConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset };
        article_connection::articles(ctx, filter, order_by, &request).await
    }

    /// The tag of a slug, present or past; null when there is none.
    async fn tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name in web addresses.")] slug: String,
    ) -> Option<Tag> {
        or_null(ctx, tag::tag(ctx, &slug).await)
    }

    /// Tags, the most used first unless another order is asked for.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Which tags.")] filter: Option<TagWhere>,
        #[graphql(desc = "In which order.", default_with = "TagOrder::default()")] order_by: TagOrder,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<TagConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        tag::tags(ctx, filter, order_by, &request).await
    }

    /// The topic of a slug; null when there is none.
    async fn topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name in web addresses.")] slug: String,
    ) -> Option<Topic> {
        or_null(ctx, topic::topic(ctx, &slug).await)
    }

    /// The roots of the tree of topics, in their order.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>, ApiError> {
        topic::topics(ctx).await
    }

    /// The author of a slug; null when there is none.
    async fn author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name in web addresses.")] slug: String,
    ) -> Option<Author> {
        or_null(ctx, author::author(ctx, &slug).await)
    }

    /// Authors, by name unless another order is asked for.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order.", default_with = "AuthorOrder::default()")] order_by: AuthorOrder,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<AuthorConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        author::authors(ctx, order_by, &request).await
    }

    /// What a slug leads to that an article was public under, and is not any more; null when no article
    /// was, or one still is.
    async fn redirect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The former slug.")] slug: String,
    ) -> Option<Redirect> {
        or_null(ctx, redirect::redirect(ctx, &slug).await)
    }

    /// Every slug that an article was public under, and is not any more, with what it leads to; in the
    /// order of the alphabet. For sites that keep a list of redirects.
    async fn redirects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<RedirectConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        redirect::redirects(ctx, &request).await
    }

    /// What editors read. Scope: `content:read-drafts`.
    async fn desk(&self, ctx: &Context<'_>) -> Option<Desk> {
        or_null(ctx, Desk::open(ctx).await.map(Some))
    }

    /// What the checks before publishing find in an article now; null when there is no such article.
    /// Scope: `content:read-drafts`.
    async fn article_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
        #[graphql(desc = "Which saved version of it; the working copy when nothing is said.")]
        version: Option<i32>,
    ) -> Option<ArticleCheck> {
        or_null(ctx, article_check(ctx, &id, version).await)
    }

    /// API keys, those that have ended too, the newest first. Scope: `admin`.
    async fn keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<KeyConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        key::keys(ctx, &request).await
    }

    /// The edition that this answer belongs to.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition, ApiError> {
        let reader = reader(ctx).await?;
        reader.mentions.note_all(Kind::Edition);
        Ok(Edition::Read(reader))
    }

    /// Whatever has this id; null when nothing has, or nothing that is published. The id of an article at the
    /// desk (`desk_…`) needs the scope `content:read-drafts`.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of an article, tag, topic or author, or of an article at the desk.")] id: ID,
    ) -> Option<Node> {
        or_null(ctx, node::node(ctx, id.0).await)
    }

    /// Whatever has these ids, in their order, with null for what does not exist. The id of an article at the
    /// desk (`desk_…`) needs the scope `content:read-drafts`.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 100 ids of articles, tags, topics or authors, or of articles at the desk.")]
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
