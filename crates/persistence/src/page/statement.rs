//! The statement that reads a page of articles.
//!
//! There are three forms. If the articles are ordered by date and restricted by labels, the page is a range of the
//! listing: for each label at most a page of rows is read, in order, and the ranges of the labels are merged. In
//! another order, the page is a range of the index of the sort column. All other conditions are checked for each row
//! by look-ups in the key of the listing. If few articles match, all of them are read and sorted. [`crate::cost`]
//! chooses the form.

use std::collections::BTreeSet;

use domain::{Cursor, Direction, LabelId, OrderField, Predicate, SortKey, Span};
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Alias, Asterisk, DynIden, Expr, ExprTrait, IntoIden, JoinType, Order, Query, SelectStatement, SimpleExpr,
    UnionType, Value,
};

use super::PageQuery;
use super::condition::{FilteredTable, LookupStyle, reads_publication, without};
use crate::convert::micros;
use crate::cost::Driver;
use crate::entity::publication::columns;
use crate::entity::{edition_counter, listing, publication};

/// The maximum number of labels whose ranges are merged.
pub(crate) const MAX_RANGES: usize = 16;

/// The maximum number of rows that a short page may skip.
pub(super) const MAX_SHORT_OFFSET: usize = 100;

/// Builds the statement that reads a page. It selects [`columns`] and the mark of the edition that it sees. It returns
/// one row more than the span asks for, from the end if the span is backward. The order of the rows is undefined,
/// because a join does not keep it.
pub(super) struct PageStatement<'a> {
    query: &'a PageQuery<'a>,
    /// The place in the order at which reading stops.
    stop: Option<&'a Cursor>,
    database: DbBackend,
    lookups: LookupStyle,
}

impl<'a> PageStatement<'a> {
    pub(super) fn new(query: &'a PageQuery<'a>, database: DbBackend, stop: Option<&'a Cursor>) -> Self {
        Self { query, stop, database, lookups: LookupStyle::of(database, stop.is_some()) }
    }

    /// The statement for a short page: in order, along its label if it has one.
    pub(super) fn short(&self) -> SelectStatement {
        let labels = self.query.predicate.conjuncts().iter().find_map(|part| match part {
            Predicate::Labelled(labels) => Some(labels),
            _ => None,
        });
        self.in_order(labels)
    }

    /// The statement that reads in order, along the ranges of these labels or along all publications.
    pub(super) fn in_order(&self, labels: Option<&BTreeSet<LabelId>>) -> SelectStatement {
        match labels {
            Some(labels) => self.over_listing(labels),
            None => self.over_publications(),
        }
    }

    /// The statement that reads everything that the driver finds and that matches, and sorts it.
    pub(super) fn sorted(&self, driver: &Driver) -> SelectStatement {
        let p = FilteredTable::publication(self.lookups);
        let key = Alias::new("sort_key").into_iden();
        let mut all = Query::select();
        all.column((p.table.clone(), publication::Column::Id))
            .column((p.table.clone(), publication::Column::Article))
            .expr_as(Expr::col((p.table.clone(), self.sort_column())), key.clone());
        match driver {
            Driver::Labels(labels) if labels.len() == 1 => {
                let rest = without(self.query.predicate, labels);
                let label = labels.first().copied().unwrap_or(LabelId(uuid::Uuid::nil()));
                let l = FilteredTable::listing(Alias::new("l"), Some(p.table.clone()), self.lookups);
                all.from_as(listing::Entity, l.table.clone())
                    .and_where(Expr::col((l.table.clone(), listing::Column::Label)).eq(label.0))
                    .cond_where(l.condition(&rest));
                join_publication(&mut all, &l.table, &p.table);
            }
            Driver::Labels(labels) => {
                let x = FilteredTable::listing(Alias::new("listed"), None, self.lookups);
                let mut found = Query::select();
                found
                    .column((x.table.clone(), listing::Column::Publication))
                    .from_as(listing::Entity, x.table.clone())
                    .and_where(
                        Expr::col((x.table.clone(), listing::Column::Label))
                            .is_in(labels.iter().map(|label| label.0)),
                    )
                    .cond_where(x.condition(&self.dates()));
                all.from_as(publication::Entity, p.table.clone())
                    .and_where(Expr::col((p.table.clone(), publication::Column::Id)).in_subquery(found))
                    .cond_where(p.condition(&without(self.query.predicate, labels)));
            }
            Driver::Articles(_) | Driver::Dates => {
                all.from_as(publication::Entity, p.table.clone())
                    .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
                    .cond_where(p.condition(self.query.predicate));
            }
        }
        // This limit has no effect on the rows. It keeps the planner from merging the subquery with the outer query.
        all.limit(i64::MAX.unsigned_abs()).offset(0);
        let m = FilteredTable::listing(Alias::new("matching"), None, self.lookups);
        let mut cut = Query::select();
        cut.column((m.table.clone(), publication::Column::Id)).from_subquery(all, m.table.clone());
        self.cut(&mut cut, &m, key, self.query.span.limit, self.query.span.offset);
        let found = Alias::new("found").into_iden();
        let mut query = Query::select();
        query
            .columns(columns(self.query.fields).map(|column| (p.table.clone(), column)))
            .expr(edition_mark());
        query.from_subquery(cut, found.clone()).join_as(
            JoinType::InnerJoin,
            publication::Entity,
            p.table.clone(),
            Expr::col((p.table.clone(), publication::Column::Id)).equals((found, publication::Column::Id)),
        );
        query
    }

    /// The statement that finds the place after this number of rows in the order: the sort column, and the id of the
    /// article.
    pub(super) fn place_after(&self, rows: u64, labels: Option<&BTreeSet<LabelId>>) -> SelectStatement {
        self.place(rows, labels, LookupStyle::of(self.database, true))
    }

    fn place(&self, rows: u64, labels: Option<&BTreeSet<LabelId>>, lookups: LookupStyle) -> SelectStatement {
        // In another order, dates are not a range of the index.
        let is_by_date = self.query.order.field == OrderField::PublishedAt;
        let dates = if is_by_date { self.dates() } else { Predicate::TRUE };
        let skipped = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let Some(labels) = labels else {
            let p = FilteredTable::publication(lookups);
            let mut query = Query::select();
            query
                .columns(
                    [self.sort_column(), publication::Column::Article.into_iden()]
                        .map(|column| (p.table.clone(), column)),
                )
                .from_as(publication::Entity, p.table.clone())
                .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
                .cond_where(p.condition(&dates));
            self.cut(&mut query, &p, self.sort_column(), 0, skipped(rows));
            return query;
        };
        let column = listing::Column::PublishedAt.into_iden();
        // The rows are divided among the ranges. The earliest of their places is the result.
        let each = skipped(rows) / usize::max(labels.len(), 1);
        let mut parts = labels.iter().map(|label| {
            let (mut range, l) = label_range(*label, &dates, lookups);
            range.columns(
                [listing::Column::PublishedAt, listing::Column::Article]
                    .map(|column| (l.table.clone(), column)),
            );
            self.cut(&mut range, &l, column.clone(), 0, each);
            let mut part = Query::select();
            part.column(Asterisk).from_subquery(range, Alias::new("part"));
            part
        });
        let Some(mut union) = parts.next() else { return Query::select() };
        for part in parts {
            union.union(UnionType::All, part);
        }
        let places = Alias::new("places").into_iden();
        let mut first = Query::select();
        first
            .column(Asterisk)
            .from_subquery(union, places.clone())
            .order_by((places.clone(), column), self.direction())
            .order_by((places, listing::Column::Article), self.direction())
            .limit(1);
        first
    }

    fn over_publications(&self) -> SelectStatement {
        let p = FilteredTable::publication(self.lookups);
        let mut query = Query::select();
        query
            .columns(columns(self.query.fields).map(|column| (p.table.clone(), column)))
            .expr(edition_mark())
            .from_as(publication::Entity, p.table.clone())
            .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
            .cond_where(p.condition(self.query.predicate));
        let offset = self.skip(&mut query, &p, self.sort_column(), None);
        self.cut(&mut query, &p, self.sort_column(), self.query.span.limit, offset);
        query
    }

    fn over_listing(&self, labels: &BTreeSet<LabelId>) -> SelectStatement {
        let rest = without(self.query.predicate, labels);
        let Span { limit, offset, .. } = *self.query.span;
        let p = Alias::new("p").into_iden();
        let columns = columns(self.query.fields).map(|column| (p.clone(), column));
        let column = listing::Column::PublishedAt.into_iden();

        let mut ranges = labels.iter().map(|label| label_range(*label, &rest, self.lookups));
        let Some((mut first, l)) = ranges.next() else { return Query::select() };
        if labels.len() == 1 {
            if !reads_publication(&rest) {
                join_publication(&mut first, &l.table, &p);
            }
            first.columns(columns).expr(edition_mark());
            let offset = self.skip(&mut first, &l, column.clone(), Some(labels));
            self.cut(&mut first, &l, column, limit, offset);
            return first;
        }

        // Rows are skipped after the merge, so each range contains the skipped rows as well.
        let part = |mut range: SelectStatement, l: &FilteredTable| {
            range.columns(LISTING_COLUMNS.map(|column| (l.table.clone(), column)));
            self.cut(&mut range, l, column.clone(), limit + offset, 0);
            // A part of a union can have an order and a limit only inside of a subquery.
            let mut part = Query::select();
            part.column(Asterisk).from_subquery(range, Alias::new("part"));
            part
        };
        let mut union = part(first, &l);
        for (range, l) in ranges {
            union.union(UnionType::Distinct, part(range, &l));
        }
        let merged = FilteredTable::listing(Alias::new("merged"), None, self.lookups);
        let mut cut = Query::select();
        cut.column(Asterisk).from_subquery(union, merged.table.clone());
        self.cut(&mut cut, &merged, column.clone(), limit, offset);
        let found = Alias::new("found").into_iden();
        let mut query = Query::select();
        query.columns(columns).expr(edition_mark()).from_subquery(cut, found.clone());
        join_publication(&mut query, &found, &p);
        query
    }

    /// Starts the statement at the beginning of the page, and returns how many rows it still has to skip. If only the
    /// order decides which rows are skipped, the beginning is found in the index alone: reading the rows takes ten
    /// times as long.
    fn skip(
        &self,
        query: &mut SelectStatement,
        table: &FilteredTable,
        column: DynIden,
        labels: Option<&BTreeSet<LabelId>>,
    ) -> usize {
        let offset = self.query.span.offset;
        if offset <= MAX_SHORT_OFFSET || !self.is_one_range(labels) {
            return offset;
        }
        let first = self.place(offset as u64, labels, table.lookups);
        let place = Expr::tuple([
            Expr::col((table.table.clone(), column)),
            Expr::col((table.table.clone(), Alias::new("article"))),
        ]);
        let first = SimpleExpr::from(first);
        query.and_where(if self.direction() == Order::Asc { place.gte(first) } else { place.lte(first) });
        0
    }

    /// Whether all rows of one range of an index match.
    fn is_one_range(&self, labels: Option<&BTreeSet<LabelId>>) -> bool {
        let is_by_date = self.query.order.field == OrderField::PublishedAt;
        labels.is_none_or(|labels| labels.len() == 1)
            && self.query.predicate.conjuncts().iter().all(|part| match part {
                Predicate::Labelled(own) => Some(own) == labels,
                Predicate::Published(_) => is_by_date,
                _ => false,
            })
    }

    /// Orders by `column` and the id of the article, starts at the cursors of the span, skips `offset` rows, and reads
    /// `limit` rows and one more.
    fn cut(
        &self,
        query: &mut SelectStatement,
        table: &FilteredTable,
        column: DynIden,
        limit: usize,
        offset: usize,
    ) {
        let place = || -> SimpleExpr {
            Expr::tuple([
                Expr::col((table.table.clone(), column.clone())),
                Expr::col((table.table.clone(), Alias::new("article"))),
            ])
        };
        let Span { after, before, limit: _, backward: _, offset: _ } = self.query.span;
        let ascending = self.query.order.direction == Direction::Asc;
        if let Some(cursor) = after {
            let bound = Expr::tuple(cursor_values(cursor).map(Expr::val));
            query.and_where(if ascending { place().gt(bound) } else { place().lt(bound) });
        }
        if let Some(cursor) = before {
            let bound = Expr::tuple(cursor_values(cursor).map(Expr::val));
            query.and_where(if ascending { place().lt(bound) } else { place().gt(bound) });
        }
        let direction = self.direction();
        if let Some(stop) = self.stop {
            let bound = Expr::tuple(cursor_values(stop).map(Expr::val));
            let is_upwards = direction == Order::Asc;
            query.and_where(if is_upwards { place().lt(bound) } else { place().gt(bound) });
        }
        query
            .order_by((table.table.clone(), column.clone()), direction.clone())
            .order_by((table.table.clone(), Alias::new("article")), direction)
            .limit(limit as u64 + 1);
        if offset > 0 {
            query.offset(offset as u64);
        }
    }

    /// The direction in which rows are read.
    fn direction(&self) -> Order {
        match (self.query.order.direction, self.query.span.backward) {
            (Direction::Asc, false) | (Direction::Desc, true) => Order::Asc,
            (Direction::Desc, false) | (Direction::Asc, true) => Order::Desc,
        }
    }

    fn sort_column(&self) -> DynIden {
        match self.query.order.field {
            OrderField::PublishedAt => publication::Column::PublishedAt.into_iden(),
            OrderField::UpdatedAt => publication::Column::UpdatedAt.into_iden(),
            OrderField::Title => publication::Column::TitleSort.into_iden(),
        }
    }

    /// The part of the condition that restricts the dates.
    fn dates(&self) -> Predicate {
        let parts = self.query.predicate.conjuncts().iter();
        Predicate::All(parts.filter(|part| matches!(part, Predicate::Published(_))).cloned().collect())
    }
}

/// The values that a row is compared with: the sort key of the cursor, and the id of the article.
pub(super) fn cursor_values(cursor: &Cursor) -> [Value; 2] {
    let key = match &cursor.key {
        SortKey::Instant(at) => micros(*at).into(),
        SortKey::Number(number) | SortKey::LogEntry { number, edition: _ } => (*number).into(),
        SortKey::Text(text) => text.as_str().into(),
        SortKey::Collated(key) => key.clone().into(),
    };
    [key, cursor.id.into()]
}

/// Joins the publications of the rows of `table` as `p`.
pub(super) fn join_publication(query: &mut SelectStatement, table: &DynIden, p: &DynIden) {
    query.join_as(
        JoinType::InnerJoin,
        publication::Entity,
        p.clone(),
        Expr::col((p.clone(), publication::Column::Id)).equals((table.clone(), listing::Column::Publication)),
    );
}

/// The columns of the listing by which ranges are merged and publications are found.
const LISTING_COLUMNS: [listing::Column; 3] =
    [listing::Column::PublishedAt, listing::Column::Article, listing::Column::Publication];

/// The range of one label in the listing, with all other conditions. It selects no columns yet.
fn label_range(label: LabelId, rest: &Predicate, lookups: LookupStyle) -> (SelectStatement, FilteredTable) {
    let p = Alias::new("p").into_iden();
    let l = FilteredTable::listing(Alias::new("l"), Some(p.clone()), lookups);
    let mut query = Query::select();
    query
        .from_as(listing::Entity, l.table.clone())
        .and_where(Expr::col((l.table.clone(), listing::Column::Label)).eq(label.0))
        .cond_where(l.condition(rest));
    if reads_publication(rest) {
        join_publication(&mut query, &l.table, &p);
    }
    (query, l)
}

/// The mark of the edition that the statement sees. It identifies the edition, because no two editions have the same
/// mark.
fn edition_mark() -> SimpleExpr {
    let mark = Expr::col(edition_counter::Column::Mark);
    Query::select().expr(mark).from(edition_counter::Entity).to_owned().into()
}
