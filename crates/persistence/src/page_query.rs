//! The one statement that reads a page of articles.
//!
//! Three shapes; [`crate::plan`] chooses. When articles are ordered by date and some labels are asked for, the page is
//! a range of the listing: per label at most `limit` rows are read, in order, from the cursor on, and the
//! labels' ranges are merged. In another order, the page is a range of the index over the sort column. What
//! else is asked is checked row by row, by point look-ups in the listing's key. When few articles match, all of them
//! are read and sorted.

use std::collections::BTreeSet;

use domain::{
    ArticleOrder, Cursor, Direction, InstantRange, LabelId, OrderField, Predicate, PublicationFields,
    SortKey, Span,
};
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Alias, Asterisk, Cond, DynIden, Expr, ExprTrait, IntoIden, JoinType, Order, Query, SelectStatement,
    SimpleExpr, UnionType, Value,
};

use crate::convert::micros;
use crate::entity::{edition_counter, listing, publication};
use crate::late_ends::ended;
use crate::plan::{Counting, Driver};
use crate::publication_row::columns;

/// Up to this many labels are merged.
pub(crate) const MAX_RANGES: usize = 16;

/// How many rows a short page may skip.
const SHORT_OFFSET: usize = 100;

/// What is asked for.
pub(crate) struct PageQuery<'a> {
    pub(crate) predicate: &'a Predicate,
    pub(crate) order: ArticleOrder,
    pub(crate) span: &'a Span,
    /// What is read of each.
    pub(crate) fields: PublicationFields,
    pub(crate) reading: Reading<'a>,
}

/// How it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading<'a> {
    /// In its order, along the fewest labels that will do.
    Usual,
    /// In its order, along the ranges of these labels, or along all publications; up to before a place.
    InOrder { labels: Option<&'a BTreeSet<LabelId>>, stop: Option<&'a Cursor> },
    /// Everything that is found there, sorted.
    Sorted(&'a Driver),
}

impl PageQuery<'_> {
    /// Whether it reads no more than a few rows, along one range of an index, however large the publication
    /// is.
    pub(crate) fn is_short(&self) -> bool {
        let by_date = self.order.field == OrderField::PublishedAt;
        let labels = |part: &Predicate| matches!(part, Predicate::Labelled(labels) if labels.len() == 1);
        let dates = |part: &Predicate| matches!(part, Predicate::Published(_));
        let parts = self.predicate.conjuncts();
        // One label, and a range of dates beside it, are a range of an index.
        let is_range = parts.iter().filter(|part| labels(part)).count() <= 1
            && parts.iter().all(|part| labels(part) || dates(part));
        by_date && is_range && self.span.offset <= SHORT_OFFSET && matches!(self.reading, Reading::Usual)
    }

    /// The statement: the columns of [`columns`] and the mark of the edition that it sees; one row more than the
    /// span asks for, taken from the end when the span is backward. In no order that can be relied on: a join
    /// keeps none.
    pub(crate) fn build(&self, database: DbBackend) -> SelectStatement {
        let is_stopped = matches!(self.reading, Reading::InOrder { stop: Some(_), .. });
        let lookups = Lookups::of(database, is_stopped);
        let labels = match self.reading {
            Reading::Usual => self.labels(),
            Reading::InOrder { labels, stop: _ } => labels,
            Reading::Sorted(driver) => return self.sorted(driver, lookups),
        };
        match labels {
            Some(labels) => self.over_listing(labels, lookups),
            None => self.over_publications(lookups),
        }
    }

    /// The statement that answers the place after so many rows of the range that is read in order: what the page is
    /// ordered by, and the id of the article.
    pub(crate) fn place_after(
        &self,
        rows: u64,
        labels: Option<&BTreeSet<LabelId>>,
        database: DbBackend,
    ) -> SelectStatement {
        self.place(rows, labels, Lookups::of(database, true))
    }

    fn place(&self, rows: u64, labels: Option<&BTreeSet<LabelId>>, lookups: Lookups) -> SelectStatement {
        // Elsewhere they are no range of what is read.
        let is_by_date = self.order.field == OrderField::PublishedAt;
        let dates = if is_by_date { self.dates() } else { Predicate::TRUE };
        let skipped = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let Some(labels) = labels else {
            let p = Row::publication(lookups);
            let mut query = Query::select();
            query
                .columns(
                    [self.column(), publication::Column::Article.into_iden()]
                        .map(|column| (p.table.clone(), column)),
                )
                .from_as(publication::Entity, p.table.clone())
                .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
                .cond_where(p.condition(&dates));
            self.cut(&mut query, &p, self.column(), 0, skipped(rows));
            return query;
        };
        let column = listing::Column::PublishedAt.into_iden();
        // Each range reaches as far as the one that ends first.
        let each = skipped(rows) / usize::max(labels.len(), 1);
        let mut parts = labels.iter().map(|label| {
            let (mut range, l) = Self::range(*label, &dates, lookups);
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

    /// What the page is ordered by.
    fn column(&self) -> DynIden {
        match self.order.field {
            OrderField::PublishedAt => publication::Column::PublishedAt.into_iden(),
            OrderField::UpdatedAt => publication::Column::UpdatedAt.into_iden(),
            OrderField::Title => publication::Column::TitleKey.into_iden(),
        }
    }

    /// Everything that the driver finds and that matches, sorted, and cut.
    fn sorted(&self, driver: &Driver, lookups: Lookups) -> SelectStatement {
        let p = Row::publication(lookups);
        let key = Alias::new("sort_key").into_iden();
        let mut all = Query::select();
        all.column((p.table.clone(), publication::Column::Id))
            .column((p.table.clone(), publication::Column::Article))
            .expr_as(Expr::col((p.table.clone(), self.column())), key.clone());
        match driver {
            Driver::Labels(labels) if labels.len() == 1 => {
                let rest = self.without(labels);
                let label = labels.first().copied().unwrap_or(LabelId(uuid::Uuid::nil()));
                let l =
                    Row { table: Alias::new("l").into_iden(), publication: Some(p.table.clone()), lookups };
                all.from_as(listing::Entity, l.table.clone())
                    .and_where(Expr::col((l.table.clone(), listing::Column::Label)).eq(label.0))
                    .cond_where(l.condition(&rest));
                join_publication(&mut all, &l.table, &p.table);
            }
            Driver::Labels(labels) => {
                let x = Row { table: Alias::new("listed").into_iden(), publication: None, lookups };
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
                    .cond_where(p.condition(&self.without(labels)));
            }
            Driver::Dates => {
                all.from_as(publication::Entity, p.table.clone())
                    .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
                    .cond_where(p.condition(self.predicate));
            }
        }
        // A limit that is none: whatever is outside of it has no part in how this is read.
        all.limit(i64::MAX.unsigned_abs()).offset(0);
        let m = Row { table: Alias::new("matching").into_iden(), publication: None, lookups };
        let mut cut = Query::select();
        cut.column((m.table.clone(), publication::Column::Id)).from_subquery(all, m.table.clone());
        self.cut(&mut cut, &m, key, self.span.limit, self.span.offset);
        let found = Alias::new("found").into_iden();
        let mut query = Query::select();
        query.columns(columns(self.fields).map(|column| (p.table.clone(), column))).expr(seen());
        query.from_subquery(cut, found.clone()).join_as(
            JoinType::InnerJoin,
            publication::Entity,
            p.table.clone(),
            Expr::col((p.table.clone(), publication::Column::Id)).equals((found, publication::Column::Id)),
        );
        query
    }

    /// The condition without one set of labels.
    fn without(&self, labels: &BTreeSet<LabelId>) -> Predicate {
        without(self.predicate, labels)
    }

    /// The dates of the condition.
    fn dates(&self) -> Predicate {
        let parts = self.predicate.conjuncts().iter();
        Predicate::All(parts.filter(|part| matches!(part, Predicate::Published(_))).cloned().collect())
    }

    /// The labels whose ranges of the listing hold every answer; the smallest such set.
    fn labels(&self) -> Option<&BTreeSet<LabelId>> {
        if self.order.field != OrderField::PublishedAt {
            return None;
        }
        let sets = self.predicate.conjuncts().iter().filter_map(|part| match part {
            Predicate::Labelled(labels) if labels.len() <= MAX_RANGES => Some(labels),
            _ => None,
        });
        sets.min_by_key(|labels| labels.len())
    }

    fn over_publications(&self, lookups: Lookups) -> SelectStatement {
        let p = Row::publication(lookups);
        let mut query = Query::select();
        query
            .columns(columns(self.fields).map(|column| (p.table.clone(), column)))
            .expr(seen())
            .from_as(publication::Entity, p.table.clone())
            .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
            .cond_where(p.condition(self.predicate));
        let offset = self.skip(&mut query, &p, self.column(), None);
        self.cut(&mut query, &p, self.column(), self.span.limit, offset);
        query
    }

    /// Begins where the page does, and answers how many rows are left to skip. Where nothing but the order decides which
    /// rows are skipped, that place is found in the index alone: reading the rows themselves takes ten times as long.
    fn skip(
        &self,
        query: &mut SelectStatement,
        row: &Row,
        column: DynIden,
        labels: Option<&BTreeSet<LabelId>>,
    ) -> usize {
        let offset = self.span.offset;
        if offset <= SHORT_OFFSET || !self.is_a_range(labels) {
            return offset;
        }
        let first = self.place(offset as u64, labels, row.lookups);
        let place = Expr::tuple([
            Expr::col((row.table.clone(), column)),
            Expr::col((row.table.clone(), Alias::new("article"))),
        ]);
        let first = SimpleExpr::from(first);
        query.and_where(if self.direction() == Order::Asc { place.gte(first) } else { place.lte(first) });
        0
    }

    /// Whether all rows of one range of an index match.
    fn is_a_range(&self, labels: Option<&BTreeSet<LabelId>>) -> bool {
        let is_by_date = self.order.field == OrderField::PublishedAt;
        labels.is_none_or(|labels| labels.len() == 1)
            && self.predicate.conjuncts().iter().all(|part| match part {
                Predicate::Labelled(own) => Some(own) == labels,
                Predicate::Published(_) => is_by_date,
                _ => false,
            })
    }

    fn over_listing(&self, labels: &BTreeSet<LabelId>, lookups: Lookups) -> SelectStatement {
        let rest = self.without(labels);
        let Span { limit, offset, .. } = *self.span;
        let p = Alias::new("p").into_iden();
        let columns = columns(self.fields).map(|column| (p.clone(), column));
        let column = listing::Column::PublishedAt.into_iden();

        let mut ranges = labels.iter().map(|label| Self::range(*label, &rest, lookups));
        let Some((mut first, l)) = ranges.next() else { return Query::select() };
        if labels.len() == 1 {
            if !reads_publication(&rest) {
                join_publication(&mut first, &l.table, &p);
            }
            first.columns(columns).expr(seen());
            let offset = self.skip(&mut first, &l, column.clone(), Some(labels));
            self.cut(&mut first, &l, column, limit, offset);
            return first;
        }

        // Rows are skipped after the merge, so every range reaches over them.
        let part = |mut range: SelectStatement, l: &Row| {
            range.columns(LISTED.map(|column| (l.table.clone(), column)));
            self.cut(&mut range, l, column.clone(), limit + offset, 0);
            // In a select of its own, so that its order and limit can take part in a union.
            let mut part = Query::select();
            part.column(Asterisk).from_subquery(range, Alias::new("part"));
            part
        };
        let mut union = part(first, &l);
        for (range, l) in ranges {
            union.union(UnionType::Distinct, part(range, &l));
        }
        let merged = Row { table: Alias::new("merged").into_iden(), publication: None, lookups };
        let mut cut = Query::select();
        cut.column(Asterisk).from_subquery(union, merged.table.clone());
        self.cut(&mut cut, &merged, column.clone(), limit, offset);
        let found = Alias::new("found").into_iden();
        let mut query = Query::select();
        query.columns(columns).expr(seen()).from_subquery(cut, found.clone());
        join_publication(&mut query, &found, &p);
        query
    }

    /// One label's range of the listing, with what else is asked. It selects no column and is not cut yet.
    fn range(label: LabelId, rest: &Predicate, lookups: Lookups) -> (SelectStatement, Row) {
        let l = Alias::new("l").into_iden();
        let p = Alias::new("p").into_iden();
        let row = Row { table: l.clone(), publication: Some(p.clone()), lookups };
        let mut query = Query::select();
        query
            .from_as(listing::Entity, l.clone())
            .and_where(Expr::col((l.clone(), listing::Column::Label)).eq(label.0))
            .cond_where(row.condition(rest));
        if reads_publication(rest) {
            join_publication(&mut query, &l, &p);
        }
        (query, row)
    }

    /// Orders by `column` and the article's id, begins at the span's cursors, skips `offset` rows and
    /// reads `limit` and one more.
    fn cut(&self, query: &mut SelectStatement, row: &Row, column: DynIden, limit: usize, offset: usize) {
        let place = || -> SimpleExpr {
            Expr::tuple([
                Expr::col((row.table.clone(), column.clone())),
                Expr::col((row.table.clone(), Alias::new("article"))),
            ])
        };
        let Span { after, before, limit: _, backward: _, offset: _ } = self.span;
        let ascending = self.order.direction == Direction::Asc;
        if let Some(cursor) = after {
            let bound = Expr::tuple(bound(cursor).map(Expr::val));
            query.and_where(if ascending { place().gt(bound) } else { place().lt(bound) });
        }
        if let Some(cursor) = before {
            let bound = Expr::tuple(bound(cursor).map(Expr::val));
            query.and_where(if ascending { place().lt(bound) } else { place().gt(bound) });
        }
        let direction = self.direction();
        if let Reading::InOrder { stop: Some(stop), .. } = self.reading {
            let bound = Expr::tuple(bound(stop).map(Expr::val));
            let is_upwards = direction == Order::Asc;
            query.and_where(if is_upwards { place().lt(bound) } else { place().gt(bound) });
        }
        query
            .order_by((row.table.clone(), column.clone()), direction.clone())
            .order_by((row.table.clone(), Alias::new("article")), direction)
            .limit(limit as u64 + 1);
        if offset > 0 {
            query.offset(offset as u64);
        }
    }

    fn direction(&self) -> Order {
        match (self.order.direction, self.span.backward) {
            (Direction::Asc, false) | (Direction::Desc, true) => Order::Asc,
            (Direction::Desc, false) | (Direction::Asc, true) => Order::Desc,
        }
    }
}

/// The mark of the edition that a statement sees, in the same state of the database as the rest of it. No two
/// editions have the same mark, so it tells the edition.
fn seen() -> SimpleExpr {
    let mark = Expr::col(edition_counter::Column::Mark);
    Query::select().expr(mark).from(edition_counter::Entity).to_owned().into()
}

/// The statement that counts what matches, where it has to be counted.
pub(crate) fn count(predicate: &Predicate, counting: &Counting, database: DbBackend) -> SelectStatement {
    let lookups = Lookups::of(database, false);
    let mut query = Query::select();
    if let Counting::Over(Driver::Labels(labels)) = counting {
        // Every row of the listing is live.
        let rest = without(predicate, labels);
        let p = Row::publication(lookups);
        let l = Row { table: Alias::new("l").into_iden(), publication: Some(p.table.clone()), lookups };
        let article = Expr::col((l.table.clone(), listing::Column::Article));
        query
            .expr(if labels.len() == 1 { article.count() } else { article.count_distinct() })
            .from_as(listing::Entity, l.table.clone())
            .and_where(
                Expr::col((l.table.clone(), listing::Column::Label))
                    .is_in(labels.iter().map(|label| label.0)),
            )
            .cond_where(l.condition(&rest));
        if reads_publication(&rest) {
            join_publication(&mut query, &l.table, &p.table);
        }
        return query;
    }
    let p = Row::publication(lookups);
    query
        .expr(Expr::col((p.table.clone(), publication::Column::Id)).count())
        .from_as(publication::Entity, p.table.clone())
        .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
        .cond_where(p.condition(predicate));
    query
}

/// A condition without one set of labels, of which an article must carry one.
fn without(predicate: &Predicate, labels: &BTreeSet<LabelId>) -> Predicate {
    let is_it = |part: &Predicate| matches!(part, Predicate::Labelled(own) if own == labels);
    Predicate::All(predicate.conjuncts().iter().filter(|part| !is_it(part)).cloned().collect())
}

/// What a range of the listing is merged by, and what leads to the publication.
const LISTED: [listing::Column; 3] =
    [listing::Column::PublishedAt, listing::Column::Article, listing::Column::Publication];

/// Joins the publications that rows of `table` name, as `p`.
fn join_publication(query: &mut SelectStatement, table: &DynIden, p: &DynIden) {
    query.join_as(
        JoinType::InnerJoin,
        publication::Entity,
        p.clone(),
        Expr::col((p.clone(), publication::Column::Id)).equals((table.clone(), listing::Column::Publication)),
    );
}

/// Where a cursor stands: what the list is ordered by, and the article's id.
pub(crate) fn bound(cursor: &Cursor) -> [Value; 2] {
    let key = match &cursor.key {
        SortKey::Instant(at) => micros(*at).into(),
        SortKey::Number(number) | SortKey::LogEntry { number, edition: _ } => (*number).into(),
        SortKey::Text(text) => text.as_str().into(),
    };
    [key, cursor.id.into()]
}

/// Whether a condition looks at columns that the listing does not have.
pub(crate) fn reads_publication(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(reads_publication),
        Predicate::Not(inner) => reads_publication(inner),
        Predicate::InLocale(_) | Predicate::Updated(_) => true,
        Predicate::Labelled(_) | Predicate::Published(_) | Predicate::NotEnded(_) => false,
    }
}

/// How it is written that the labels of an article are looked up.
///
/// PostgreSQL makes a join of an EXISTS that stands by itself, and planning dozens of joins takes minutes. It makes none of
/// one that is compared with something or has an OFFSET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lookups {
    /// For SQLite: each label by itself, as it is found once at most. SQLite (3.51) makes a join of EXISTS, and then skips,
    /// for OFFSET, a row as often as the subquery finds something.
    EachLabel,
    /// For PostgreSQL, where few rows are read: all labels of a set at once, for each row by itself.
    RowByRow,
    /// For PostgreSQL, where many rows may be read: the same, or everything that has the labels is read beforehand, as
    /// PostgreSQL likes. For few rows, it likes the wrong one.
    RowByRowOrAllAtOnce,
}

impl Lookups {
    fn of(database: DbBackend, few_rows: bool) -> Self {
        match (database, few_rows) {
            (DbBackend::Postgres, true) => Self::RowByRow,
            (DbBackend::Postgres, false) => Self::RowByRowOrAllAtOnce,
            _ => Self::EachLabel,
        }
    }
}

/// A table whose rows have `article` and `published_at`, and the one that has the other columns of their publications.
struct Row {
    table: DynIden,
    publication: Option<DynIden>,
    lookups: Lookups,
}

impl Row {
    fn publication(lookups: Lookups) -> Self {
        let table = Alias::new("p").into_iden();
        Self { publication: Some(table.clone()), table, lookups }
    }

    fn condition(&self, predicate: &Predicate) -> Cond {
        match predicate {
            Predicate::All(parts) => {
                parts.iter().fold(Cond::all(), |all, part| all.add(self.condition(part)))
            }
            Predicate::Any(parts) if parts.is_empty() => Cond::all().add(Expr::val(1).eq(0)),
            Predicate::Any(parts) => {
                parts.iter().fold(Cond::any(), |any, part| any.add(self.condition(part)))
            }
            Predicate::Not(inner) => match &**inner {
                // sea-query leaves an empty `All` out, and with it the negation.
                Predicate::All(parts) if parts.is_empty() => Cond::all().add(Expr::val(1).eq(0)),
                inner => Cond::all().add(self.condition(inner)).not(),
            },
            Predicate::Labelled(labels) => match self.lookups {
                Lookups::EachLabel => {
                    labels.iter().fold(Cond::any(), |any, label| any.add(Expr::exists(self.lookup([*label]))))
                }
                Lookups::RowByRow => {
                    let mut lookup = self.lookup(labels.iter().copied());
                    lookup.offset(0);
                    Cond::all().add(Expr::exists(lookup))
                }
                Lookups::RowByRowOrAllAtOnce => {
                    let lookup = Expr::exists(self.lookup(labels.iter().copied()));
                    Cond::all().add(lookup.eq(Expr::cust("TRUE")))
                }
            },
            Predicate::Published(range) => range_of(&self.table, publication::Column::PublishedAt, *range),
            Predicate::Updated(range) => {
                range_of(self.publication_table(), publication::Column::UpdatedAt, *range)
            }
            Predicate::NotEnded(ends) => {
                let article = Expr::col((self.table.clone(), Alias::new("article")));
                Cond::all().add(article.in_subquery(ended(*ends)).not())
            }
            Predicate::InLocale(locale) => {
                let table = self.publication_table().clone();
                Cond::all().add(Expr::col((table, publication::Column::Locale)).eq(locale.as_str()))
            }
        }
    }

    /// Looks whether the article of a row carries one of these labels.
    fn lookup(&self, labels: impl IntoIterator<Item = LabelId>) -> SelectStatement {
        let x = Alias::new("x").into_iden();
        let label = Expr::col((x.clone(), listing::Column::Label));
        let mut labels = labels.into_iter().map(|label| label.0);
        let is_one_of_them = match (labels.next(), labels.next()) {
            (Some(only), None) => label.eq(only),
            (first, second) => label.is_in(first.into_iter().chain(second).chain(labels)),
        };
        Query::select()
            .expr(Expr::val(1))
            .from_as(listing::Entity, x.clone())
            .and_where(is_one_of_them)
            .and_where(
                Expr::col((x.clone(), listing::Column::PublishedAt))
                    .equals((self.table.clone(), listing::Column::PublishedAt)),
            )
            .and_where(
                Expr::col((x, listing::Column::Article))
                    .equals((self.table.clone(), listing::Column::Article)),
            )
            .to_owned()
    }

    /// The table that has the columns which the listing lacks.
    fn publication_table(&self) -> &DynIden {
        self.publication.as_ref().unwrap_or(&self.table)
    }
}

/// The condition that a column is within a range of instants.
fn range_of(table: &DynIden, column: publication::Column, range: InstantRange) -> Cond {
    let InstantRange { gte, gt, lte, lt } = range;
    let column = || Expr::col((table.clone(), column));
    Cond::all()
        .add_option(gte.map(|at| column().gte(micros(at))))
        .add_option(gt.map(|at| column().gt(micros(at))))
        .add_option(lte.map(|at| column().lte(micros(at))))
        .add_option(lt.map(|at| column().lt(micros(at))))
}
