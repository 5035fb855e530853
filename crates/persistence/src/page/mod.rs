//! Reading a page of articles. [`read_page`] is the only entry point.
//!
//! It first decides whether the page is short: then it is one range of an index, costs the same for any number of
//! articles, and needs no plan. Short pages use a cached SQL text, and connections that suit them. All other pages are
//! planned by [`PagePlan`]. Pages of the latest edition are read from the replica if possible, and from the primary
//! otherwise.

mod condition;
mod count;
mod short;
mod sqlite_reader;
mod statement;

use std::sync::Arc;

use domain::{
    ArticleOrder, Cursor, Direction, EditionMark, OrderField, Predicate, Publication, PublicationFields,
    SortKey, Span, sort_key,
};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

pub(crate) use condition::{reads_publication, split_lookups};
pub(crate) use sqlite_reader::SqliteReader;
pub(crate) use statement::MAX_RANGES;

use crate::cells::SeaOrmCells;
use crate::convert::instant;
use crate::cost::PageMethod;
use crate::entity::publication;
use crate::store::Backend;
use crate::{Budget, PagePlan, Sizes, Snapshot, Store, StoreError};
use short::ShortPage;
use statement::PageStatement;

/// The request for a page.
#[derive(Debug, Clone, Copy)]
pub struct PageQuery<'a> {
    /// The condition that articles must fulfil.
    pub predicate: &'a Predicate,
    /// The order of the articles.
    pub order: ArticleOrder,
    /// The part of the ordered list.
    pub span: &'a Span,
    /// The optional fields of each article.
    pub fields: PublicationFields,
}

/// Where a page is read from.
#[derive(Debug, Clone, Copy)]
pub enum PageSource<'a> {
    /// A snapshot.
    Snapshot(&'a Snapshot),
    /// The latest edition, without a transaction.
    Latest(&'a Store),
}

/// A part of an ordered list of articles.
#[derive(Debug, Default)]
pub struct Page {
    /// The articles, in the requested order.
    pub articles: Vec<Publication>,
    /// Whether there are more articles after the end of the page, or before its start if it is read backward.
    pub more: bool,
    /// The mark of the edition that the page belongs to. `None` if the page is empty.
    pub seen: Option<EditionMark>,
}

/// Reads a page. `sizes` is only awaited for a page that needs a plan. The caller has already spent [`page_cost`]. If
/// the first method of the plan is abandoned, the second one is spent from the budget.
pub async fn read_page(
    source: PageSource<'_>,
    query: &PageQuery<'_>,
    sizes: impl Future<Output = Result<Arc<Sizes>, StoreError>>,
    budget: &Budget,
) -> Result<Page, StoreError> {
    if *query.predicate == Predicate::FALSE {
        return Ok(Page::default());
    }
    if let Some(short) = ShortPage::of(query) {
        return read_short(source, &short).await;
    }
    let plan = PagePlan::of(&*sizes.await?, query.predicate, query.order, query.span);
    let query = &PageQuery { predicate: &plan.predicate, ..*query };
    if let Some(page) = read_planned(source, query, &plan.method).await? {
        return Ok(page);
    }
    let endless = || StoreError::Damaged("a page has no end".to_owned());
    let (fallback, cost) = plan.fallback.as_ref().ok_or_else(endless)?;
    budget.spend(*cost)?;
    read_planned(source, query, fallback).await?.ok_or_else(endless)
}

/// The cost of a page, or `None` if the page is short. `sizes` is only awaited for a page that needs a plan.
pub async fn page_cost(
    query: &PageQuery<'_>,
    sizes: impl Future<Output = Result<Arc<Sizes>, StoreError>>,
) -> Result<Option<u64>, StoreError> {
    if ShortPage::of(query).is_some() {
        return Ok(None);
    }
    Ok(Some(PagePlan::of(&*sizes.await?, query.predicate, query.order, query.span).cost()))
}

async fn read_short(source: PageSource<'_>, short: &ShortPage<'_>) -> Result<Page, StoreError> {
    match source {
        PageSource::Snapshot(snapshot) => short_on(snapshot.publications().0, short).await,
        PageSource::Latest(store) => {
            if let Backend::Sqlite { pages: Some(reader), .. } = store.backend()
                && let Some(page) = reader.read(short)?
            {
                return Ok(page);
            }
            store.read_latest(|pool| async move { short_on(&pool.for_short_pages(), short).await }).await
        }
    }
}

async fn short_on<C: ConnectionTrait>(connection: &C, short: &ShortPage<'_>) -> Result<Page, StoreError> {
    run(connection, short.query(), short.statement(connection.get_database_backend())).await
}

/// Reads a page with a method of its plan. Returns `None` if the method was abandoned.
async fn read_planned(
    source: PageSource<'_>,
    query: &PageQuery<'_>,
    method: &PageMethod,
) -> Result<Option<Page>, StoreError> {
    match source {
        PageSource::Snapshot(snapshot) => planned_on(snapshot.publications().0, query, method).await,
        PageSource::Latest(store) => {
            store.read_latest(|pool| async move { planned_on(&pool, query, method).await }).await
        }
    }
}

async fn planned_on<C: ConnectionTrait>(
    connection: &C,
    query: &PageQuery<'_>,
    method: &PageMethod,
) -> Result<Option<Page>, StoreError> {
    let database = connection.get_database_backend();
    let statement = |stop| PageStatement::new(query, database, stop);
    let (labels, rows) = match method {
        PageMethod::Sorted(driver) => {
            let sorted = database.build(&statement(None).sorted(driver));
            return run(connection, query, sorted).await.map(Some);
        }
        PageMethod::InOrder { labels, at_most } => (labels.as_ref(), *at_most),
    };
    let stop = match rows {
        None => None,
        Some(rows) => {
            let place = statement(None).place_after(rows, labels);
            match connection.query_one(&place).await? {
                Some(row) => Some(cursor_of(&row, query.order.field)?),
                None => None,
            }
        }
    };
    let in_order = database.build(&statement(stop.as_ref()).in_order(labels));
    let page = run(connection, query, in_order).await?;
    // Without a stop, everything was read. Otherwise the page must be full.
    Ok((stop.is_none() || page.more).then_some(page))
}

async fn run<C: ConnectionTrait>(
    connection: &C,
    query: &PageQuery<'_>,
    statement: Statement,
) -> Result<Page, StoreError> {
    let rows = connection.query_all_raw(statement).await?;
    let rows = rows.iter().map(|row| publication::read_with_mark(&mut SeaOrmCells::of(row), query.fields));
    Page::of(rows.collect::<Result<_, _>>()?, query.order, query.span)
}

/// The place of a row in the list: the sort column, and the id of the article.
fn cursor_of(row: &QueryResult, field: OrderField) -> Result<Cursor, StoreError> {
    let key = match field {
        OrderField::PublishedAt | OrderField::UpdatedAt => {
            SortKey::Instant(instant(row.try_get_by_index(0)?)?)
        }
        OrderField::Title => SortKey::Collated(row.try_get_by_index(0)?),
    };
    Ok(Cursor { list: field.into(), key, id: row.try_get_by_index(1)? })
}

impl Page {
    /// The page of rows that the database has returned in any order. There is one row more than the span asks for, if
    /// there are more articles.
    fn of(
        rows: Vec<(Publication, EditionMark)>,
        order: ArticleOrder,
        span: &Span,
    ) -> Result<Self, StoreError> {
        let seen = rows.first().map(|(_, seen)| *seen);
        let mut articles: Vec<_> = rows.into_iter().map(|(publication, _)| publication).collect();
        // First in the reading order, to remove the row beyond the page, and then in the requested order.
        let ascending = order.direction == Direction::Asc;
        sort(&mut articles, order.field, ascending != span.backward);
        let more = articles.len() > span.limit;
        articles.truncate(span.limit);
        if span.backward {
            articles.reverse();
        }
        Ok(Self { articles, more, seen })
    }
}

/// Sorts by the sort column, and by id where that is equal.
fn sort(articles: &mut [Publication], field: OrderField, ascending: bool) {
    match field {
        OrderField::PublishedAt => articles.sort_by_key(|found| (found.published_at, found.article)),
        OrderField::UpdatedAt => articles.sort_by_key(|found| (found.updated_at, found.article)),
        OrderField::Title => articles.sort_by_cached_key(|found| (sort_key(&found.title), found.article)),
    }
    if !ascending {
        articles.reverse();
    }
}
