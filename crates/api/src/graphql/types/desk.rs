//! The desk: what editors read.

use std::collections::HashMap;
use std::sync::Arc;

use app::Caller;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use domain::{ArticleId, Cursor, DeskFilter, DeskPredicate, PageRequest, SortKey};

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, app, caller};
use crate::graphql::types::article_where::{AuthorFilter, TagFilter, TopicFilter};
use crate::graphql::types::audit::{self, AuditConnection, AuditWhere};
use crate::graphql::types::desk_article::{ArticleState, DeskArticle};
use crate::graphql::types::paging::{OrderDirection, Place, neighbours};
use crate::graphql::types::preview::Preview;
use crate::graphql::types::scalar::DateTime;

/// Which articles, in whatever state. Everything that is named must hold; nothing named is no filter.
/// What they are filed under is that of the working copy.
#[derive(InputObject, Default)]
pub(crate) struct DeskArticleWhere {
    /// In one of these states.
    states: Option<Vec<ArticleState>>,
    /// By tag.
    tags: Option<TagFilter>,
    /// By topic.
    topics: Option<TopicFilter>,
    /// By author.
    authors: Option<AuthorFilter>,
    /// With this text in the title, ignoring case.
    title: Option<String>,
    /// Whose working copy was saved at this instant or later.
    changed_since: Option<DateTime>,
    /// Whether it is public and its working copy says something else.
    has_unpublished_changes: Option<bool>,
    /// By editorial review.
    review: Option<EditorialReviewWhere>,
}

/// By editorial review.
#[derive(InputObject)]
pub(crate) struct EditorialReviewWhere {
    /// Whether it is overdue now.
    overdue: Option<bool>,
}

impl DeskArticleWhere {
    fn filter(self) -> Result<DeskFilter, ApiError> {
        let Self { states, tags, topics, authors, title, changed_since, has_unpublished_changes, review } =
            self;
        Ok(DeskFilter {
            states: states.map(|states| states.into_iter().map(Into::into).collect()),
            tags: tags.map(Into::into),
            topics: topics.map(Into::into),
            authors: authors.map(Into::into),
            title,
            changed_since: changed_since.map(|at| at.instant("where.changedSince")).transpose()?,
            has_unpublished_changes,
            review_overdue: review.and_then(|EditorialReviewWhere { overdue }| overdue),
        })
    }
}

/// What articles at the desk are sorted by.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::DeskOrderField")]
pub(crate) enum DeskArticleOrderField {
    /// When the working copy was last saved.
    UpdatedAt,
    /// When the article was made.
    CreatedAt,
    /// The title of the working copy, ignoring case.
    Title,
}

/// The order of articles at the desk. Ties are broken by id, in the same direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct DeskArticleOrder {
    /// By what.
    field: DeskArticleOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

impl Default for DeskArticleOrder {
    fn default() -> Self {
        Self { field: DeskArticleOrderField::UpdatedAt, direction: OrderDirection::Desc }
    }
}

/// What the connection of articles at the desk adds.
pub(crate) struct DeskTotals {
    predicate: DeskPredicate,
    reader: Arc<Reader>,
    caller: Caller,
}

#[Object]
impl DeskTotals {
    /// How many articles match in all. Counted only when it is asked for.
    async fn total_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.view.desk(&self.caller)?.count(&self.predicate).await?)
    }
}

pub(crate) type DeskArticleConnection = Connection<Place, DeskArticle, DeskTotals, EmptyFields>;

pub(crate) struct Desk {
    reader: Arc<Reader>,
    caller: Caller,
}

impl Desk {
    /// The desk as it is now, whatever preview the request shows.
    pub(crate) async fn open(ctx: &Context<'_>) -> Result<Self, ApiError> {
        let caller = caller(ctx)?.clone();
        let reader = Reader::open(app(ctx)).await?;
        reader.view.desk(&caller)?;
        Ok(Self { reader, caller })
    }

    /// Those of these articles that exist.
    pub(crate) async fn named(&self, ids: &[ArticleId]) -> Result<HashMap<ArticleId, DeskArticle>, ApiError> {
        let found = self.reader.view.desk(&self.caller)?.articles(ids).await?;
        let articles = DeskArticle::all(found, &self.reader);
        Ok(articles.into_iter().map(|article| (article.article().id, article)).collect())
    }
}

/// What editors read: articles in every state with their history, preview links, and who did what.
#[Object]
impl Desk {
    /// An article in whatever state; null when there is none.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] id: ID,
    ) -> Option<DeskArticle> {
        let found = async {
            let id = id.parse::<ArticleId>()?;
            let found = self.reader.view.desk(&self.caller)?.article(id).await?;
            Ok(DeskArticle::all(found.into_iter().collect(), &self.reader).pop())
        };
        or_null(ctx, found.await)
    }

    /// Articles in whatever state: filtered, ordered, and cut into pages; those that were last worked on
    /// first, unless another order is asked for.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn articles(
        &self,
        #[graphql(name = "where", desc = "Which articles.")] filter: Option<DeskArticleWhere>,
        #[graphql(desc = "In which order.", default_with = "DeskArticleOrder::default()")]
        order_by: DeskArticleOrder,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Skip this many; 0 to 10000, without cursors. For pages with numbers.")]
        offset: Option<i32>,
    ) -> Result<DeskArticleConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset };
        let field = domain::DeskOrderField::from(order_by.field);
        let order = domain::DeskOrder { field, direction: order_by.direction.into() };
        let span = request.span(field.into())?;
        let desk = self.reader.view.desk(&self.caller)?;
        let predicate = desk.resolve(&filter.unwrap_or_default().filter()?)?;
        let (articles, more) = desk.page(&predicate, order, &span).await?;
        let (before, after) = neighbours(&span, more);
        let totals = DeskTotals { predicate, reader: Arc::clone(&self.reader), caller: self.caller.clone() };
        let mut connection = Connection::with_additional_fields(before, after, totals);
        connection.edges = DeskArticle::all(articles, &self.reader)
            .into_iter()
            .map(|article| Edge::new(place(&article, field), article))
            .collect();
        Ok(connection)
    }

    /// The audit log, the newest entries first.
    async fn audit(
        &self,
        #[graphql(name = "where", desc = "Which entries.")] filter: Option<AuditWhere>,
        #[graphql(desc = "This many from the start; 0 to 100, 20 when nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<AuditConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        audit::audit(&self.reader, &self.caller, filter, &request).await
    }

    /// The preview links that work now, the newest first.
    async fn previews(&self, ctx: &Context<'_>) -> Result<Vec<Preview>, ApiError> {
        let open = app(ctx).open_previews(&self.caller).await?;
        Ok(open.into_iter().map(Preview::from).collect())
    }
}

/// The place of an article in an ordered list.
fn place(article: &DeskArticle, field: domain::DeskOrderField) -> Place {
    let article = article.article();
    let key = match field {
        domain::DeskOrderField::UpdatedAt => SortKey::Instant(article.updated_at),
        domain::DeskOrderField::CreatedAt => SortKey::Instant(article.created_at),
        domain::DeskOrderField::Title => SortKey::Text(article.title.to_lowercase()),
    };
    Place(Cursor { list: field.into(), key, id: domain::Id::uuid(article.id) })
}
