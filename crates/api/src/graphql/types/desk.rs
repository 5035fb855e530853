//! The desk: what editors read.

use std::collections::HashMap;
use std::sync::Arc;

use app::Caller;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use domain::{ArticleId, Cursor, DeskFilter, DeskPredicate, PageRequest, SortKey, TimeZone};

use crate::graphql::error::{ApiError, or_null};
use crate::graphql::execution::context::{Reader, app, caller};
use crate::graphql::execution::warning::note_unknown_slugs;
use crate::graphql::types::article_where::{AuthorFilter, TagFilter, TopicFilter};
use crate::graphql::types::audit::{self, AuditConnection, AuditWhere};
use crate::graphql::types::desk_article::{ArticleState, DeskArticle};
use crate::graphql::types::paging::{ListCursor, OrderDirection, neighbours};
use crate::graphql::types::preview::Preview;
use crate::graphql::types::scalar::{DateTime, Slug};

/// A filter for articles in any state. An article must match all given fields; without any field, all articles
/// match. Tags, topics and authors are those of the working copy.
#[derive(InputObject, Default)]
pub(crate) struct DeskArticleWhere {
    /// Only articles in one of these states.
    states: Option<Vec<ArticleState>>,
    /// Filters by tags.
    tags: Option<TagFilter>,
    /// Filters by topics.
    topics: Option<TopicFilter>,
    /// Filters by authors.
    authors: Option<AuthorFilter>,
    /// Only articles whose title contains this text, ignoring case.
    title: Option<String>,
    /// Only the article that has, or once had, this slug. No two articles have the same.
    slug: Option<Slug>,
    /// Only articles whose working copy contains all of these words, each in its title, deck, excerpt, slug or text. A word
    /// is found as it is written here, in lower case, in capitals, and with a capital first letter. At most 8 words and
    /// 200 characters.
    text: Option<String>,
    /// Only articles whose working copy was saved at this time or later. A date without a time includes the whole day.
    changed_since: Option<DateTime>,
    /// Whether the article is published and its working copy has changed since.
    has_unpublished_changes: Option<bool>,
    /// Filters by editorial review.
    review: Option<EditorialReviewWhere>,
}

/// A filter by editorial review.
#[derive(InputObject)]
pub(crate) struct EditorialReviewWhere {
    /// Whether the editorial review is overdue now.
    overdue: Option<bool>,
}

impl DeskArticleWhere {
    fn filter(self, zone: &TimeZone) -> Result<DeskFilter, ApiError> {
        let Self {
            states,
            tags,
            topics,
            authors,
            title,
            slug,
            text,
            changed_since,
            has_unpublished_changes,
            review,
        } = self;
        Ok(DeskFilter {
            states: states.map(|states| states.into_iter().map(Into::into).collect()),
            tags: tags.map(Into::into),
            topics: topics.map(Into::into),
            authors: authors.map(Into::into),
            title,
            slug: slug.map(|Slug(text)| text),
            text,
            changed_since: changed_since.map(|at| at.start("where.changedSince", zone)).transpose()?,
            has_unpublished_changes,
            review_overdue: review.and_then(|EditorialReviewWhere { overdue }| overdue),
        })
    }
}

/// The field by which articles at the desk are sorted.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::DeskOrderField")]
pub(crate) enum DeskArticleOrderField {
    /// The time at which the working copy was last saved.
    UpdatedAt,
    /// The time at which the article was created.
    CreatedAt,
    /// The title of the working copy, in alphabetical order: case does not matter, and `Äpfel` comes before `zebra`.
    Title,
}

/// The order of a list of articles at the desk. Articles with equal values are sorted by id, in the same
/// direction.
#[derive(InputObject, Copy, Clone)]
pub(crate) struct DeskArticleOrder {
    /// The field to sort by.
    field: DeskArticleOrderField,
    /// The direction.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

impl Default for DeskArticleOrder {
    fn default() -> Self {
        Self { field: DeskArticleOrderField::UpdatedAt, direction: OrderDirection::Desc }
    }
}

/// The additional field of a connection of articles at the desk.
pub(crate) struct DeskTotals {
    predicate: DeskPredicate,
    reader: Arc<Reader>,
    caller: Caller,
}

#[Object]
impl DeskTotals {
    /// The number of articles that match the filter, on all pages. It is counted only when it is requested.
    async fn total_count(&self) -> Result<i64, ApiError> {
        Ok(self.reader.view.desk(&self.caller)?.count(&self.predicate).await?)
    }
}

pub(crate) type DeskArticleConnection = Connection<ListCursor, DeskArticle, DeskTotals, EmptyFields>;

pub(crate) struct Desk {
    reader: Arc<Reader>,
    caller: Caller,
}

impl Desk {
    /// Opens the desk in its current state, whatever preview the request shows.
    pub(crate) async fn open(ctx: &Context<'_>) -> Result<Self, ApiError> {
        let caller = caller(ctx)?.clone();
        let reader = Reader::open(app(ctx)).await?;
        reader.view.desk(&caller)?;
        Ok(Self { reader, caller })
    }

    /// Returns those of these articles that exist.
    pub(crate) async fn named(&self, ids: &[ArticleId]) -> Result<HashMap<ArticleId, DeskArticle>, ApiError> {
        let found = self.reader.view.desk(&self.caller)?.articles(ids).await?;
        let articles = DeskArticle::all(found, &self.reader);
        Ok(articles.into_iter().map(|article| (article.article().id, article)).collect())
    }
}

/// The desk: everything that editors read. It shows articles in every state with their history, preview links and
/// the audit log.
#[Object]
impl Desk {
    /// One article in any state. Null if there is none with this id.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the article.")] id: ID,
    ) -> Option<DeskArticle> {
        let found = async {
            let id = id.parse::<ArticleId>()?;
            let found = self.reader.view.desk(&self.caller)?.article(id).await?;
            Ok(DeskArticle::all(found.into_iter().collect(), &self.reader).pop())
        };
        or_null(ctx, found.await)
    }

    /// A list of articles in any state: filtered, sorted and in pages. By default, the articles that were saved
    /// last come first.
    #[expect(clippy::too_many_arguments, reason = "these are the arguments of a connection")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Only articles that match this filter.")] filter: Option<
            DeskArticleWhere,
        >,
        #[graphql(desc = "The order of the articles.", default_with = "DeskArticleOrder::default()")]
        order_by: DeskArticleOrder,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many entries to skip: 0 to 10000. Only without cursors, for numbered pages.")]
        offset: Option<i32>,
    ) -> Result<DeskArticleConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset };
        let field = domain::DeskOrderField::from(order_by.field);
        let order = domain::DeskOrder { field, direction: order_by.direction.into() };
        let span = request.span(field.into())?;
        let desk = self.reader.view.desk(&self.caller)?;
        let filter = filter.unwrap_or_default().filter(&app(ctx).settings().time_zone)?;
        let predicate = desk.resolve(&filter)?;
        note_unknown_slugs(ctx, filter.unknown_slugs(self.reader.view.taxonomy()));
        let (articles, more) = desk.page(&predicate, order, &span).await?;
        let (before, after) = neighbours(&span, more);
        let totals = DeskTotals { predicate, reader: Arc::clone(&self.reader), caller: self.caller.clone() };
        let mut connection = Connection::with_additional_fields(before, after, totals);
        connection.edges = DeskArticle::all(articles, &self.reader)
            .into_iter()
            .map(|article| Edge::new(cursor(&article, field), article))
            .collect();
        Ok(connection)
    }

    /// The audit log, the newest entries first.
    async fn audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Only entries that match this filter.")] filter: Option<AuditWhere>,
        #[graphql(
            desc = "How many entries to return from the start: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many entries to return from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<String>,
    ) -> Result<AuditConnection, ApiError> {
        let request = PageRequest { first, after, last, before, offset: None };
        let filter = filter.unwrap_or_default().filter(&app(ctx).settings().time_zone)?;
        audit::page(&self.reader, &self.caller, &filter, &request).await
    }

    /// The preview links that work now, the newest first.
    async fn previews(&self, ctx: &Context<'_>) -> Result<Vec<Preview>, ApiError> {
        let open = app(ctx).open_previews(&self.caller).await?;
        Ok(open.into_iter().map(Preview::from).collect())
    }
}

/// The cursor of an article in a list that is ordered by this field.
fn cursor(article: &DeskArticle, field: domain::DeskOrderField) -> ListCursor {
    let article = article.article();
    let key = match field {
        domain::DeskOrderField::UpdatedAt => SortKey::Instant(article.updated_at),
        domain::DeskOrderField::CreatedAt => SortKey::Instant(article.created_at),
        domain::DeskOrderField::Title => SortKey::Collated(domain::sort_key(&article.title)),
    };
    ListCursor(Cursor { list: field.into(), key, id: domain::Id::uuid(article.id) })
}
