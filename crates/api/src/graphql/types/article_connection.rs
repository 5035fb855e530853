//! Lists of published articles.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, SimpleObject};
use domain::{PageRequest, Predicate};
use tokio::sync::OnceCell;

use crate::delivery::SubjectKind;
use crate::graphql::error::ApiError;
use crate::graphql::execution::article_fields;
use crate::graphql::execution::article_list::ArticleList;
use crate::graphql::execution::context::{Reader, app, ledger, reader};
use crate::graphql::execution::warning::note_unknown_slugs;
use crate::graphql::types::article::Article;
use crate::graphql::types::article_where::{ArticleOrder, ArticleWhere};
use crate::graphql::types::paging::neighbours;

/// An edge in a connection.
#[derive(SimpleObject)]
pub(crate) struct ArticleEdge {
    /// The item at the end of the edge
    pub(crate) node: Article,
    /// A cursor for use in pagination
    cursor: String,
}

/// A page of articles, and what is needed to count all of them.
pub(crate) struct ArticleConnection {
    edges: Vec<ArticleEdge>,
    neighbours: (bool, bool),
    predicate: Predicate,
    /// The number of articles that match, once it was requested.
    total: OnceCell<i64>,
    reader: Arc<Reader>,
}

/// A page of a list of articles.
#[Object]
impl ArticleConnection {
    /// Information to aid in pagination.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.neighbours.0,
            has_next_page: self.neighbours.1,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// A list of edges.
    async fn edges(&self) -> &[ArticleEdge] {
        &self.edges
    }

    /// A list of nodes.
    async fn nodes(&self) -> ArticleList<'_> {
        ArticleList(&self.edges)
    }

    /// The number of articles that match the filter, on all pages. It is counted only when it is requested.
    async fn total_count(&self) -> Result<i64, ApiError> {
        let count = || self.reader.count_matching(&self.predicate);
        Ok(*self.total.get_or_try_init(count).await?)
    }
}

/// Resolves `articles`.
pub(crate) async fn articles(
    ctx: &Context<'_>,
    filter: Option<ArticleWhere>,
    order: ArticleOrder,
    request: &PageRequest,
) -> Result<ArticleConnection, ApiError> {
    let order = domain::ArticleOrder::from(order);
    let span = request.span(order.field.into())?;
    let reader = reader(ctx).await?;
    reader.mentions.note_all(SubjectKind::Articles);
    if filter.is_some() {
        // The result changes when tags are merged, topics are moved or slugs change.
        [SubjectKind::Authors, SubjectKind::Tags, SubjectKind::Topics]
            .into_iter()
            .for_each(|kind| reader.mentions.note_all(kind));
    }
    let zone = &app(ctx).settings().time_zone;
    let filter = filter.map(|filter| filter.filter("where", zone)).transpose()?.unwrap_or_default();
    let predicate = reader.view.resolve(&filter)?;
    note_unknown_slugs(ctx, filter.unknown_slugs(reader.view.taxonomy()));
    let wanted = ["edges", "nodes", "pageInfo"].iter().any(|field| ctx.look_ahead().field(field).exists());
    let (page, more) = if wanted {
        reader
            .view
            .page(&predicate, order, &span, article_fields::requested(ctx), ledger(ctx).budget())
            .await?
    } else {
        (Vec::new(), false)
    };
    let edges = Article::all(page, &reader)
        .map(|node| ArticleEdge { cursor: node.cursor(order.field).to_string(), node })
        .collect();
    let total = OnceCell::new();
    Ok(ArticleConnection { edges, neighbours: neighbours(&span, more), predicate, total, reader })
}
