//! The one statement that reads a page of articles.
//!
//! Two shapes. When articles are ordered by date and some labels are asked for, the page is a range
//! of the listing: per label at most `limit` rows are read, in order, from the cursor on, and the
//! labels' ranges are merged. Otherwise the page is a range of the index over the sort column. What
//! else is asked is checked row by row, by point look-ups in the listing's key.

use std::collections::BTreeSet;

use domain::{
    ArticleOrder, Cursor, Direction, InstantRange, LabelId, OrderField, Parts, Predicate, SortKey, Span,
};
use sea_orm::sea_query::{
    Alias, Asterisk, Cond, DynIden, Expr, ExprTrait, IntoIden, JoinType, Order, Query, SelectStatement,
    SimpleExpr, UnionType, Value,
};

use crate::convert::micros;
use crate::entity::{edition_counter, listing, publication};
use crate::late_ends::ended;
use crate::publication_row::columns;

/// Up to this many labels are merged; more are looked up row by row along the date index.
const MAX_RANGES: usize = 16;

/// How many rows a short page may skip.
const SHORT_OFFSET: usize = 100;

/// What is asked for.
pub(crate) struct PageQuery<'a> {
    pub(crate) predicate: &'a Predicate,
    pub(crate) order: ArticleOrder,
    pub(crate) span: &'a Span,
    /// What is read of each.
    pub(crate) parts: Parts,
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
        by_date && is_range && self.span.offset <= SHORT_OFFSET
    }

    /// The statement: the columns of [`columns`] and the mark of the edition that it sees; one row more than the
    /// span asks for, taken from the end when the span is backward. In no order that can be relied on: a join
    /// keeps none.
    pub(crate) fn build(&self) -> SelectStatement {
        match self.labels() {
            Some(labels) => self.over_listing(labels),
            None => self.over_publications(),
        }
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

    fn over_publications(&self) -> SelectStatement {
        let p = Row::publication();
        let mut query = Query::select();
        query
            .columns(columns(self.parts).map(|column| (p.table.clone(), column)))
            .expr(seen())
            .from_as(publication::Entity, p.table.clone())
            .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
            .cond_where(p.condition(self.predicate));
        let column = match self.order.field {
            OrderField::PublishedAt => publication::Column::PublishedAt,
            OrderField::UpdatedAt => publication::Column::UpdatedAt,
            OrderField::Title => publication::Column::TitleKey,
        };
        self.cut(&mut query, &p, column.into_iden(), self.span.limit, self.span.offset);
        query
    }

    fn over_listing(&self, labels: &BTreeSet<LabelId>) -> SelectStatement {
        let driver = Predicate::Labelled(labels.clone());
        let rest = self.predicate.conjuncts().iter().filter(|part| **part != driver);
        let rest = Predicate::All(rest.cloned().collect());
        let Span { limit, offset, .. } = *self.span;
        let p = Alias::new("p").into_iden();
        let columns = columns(self.parts).map(|column| (p.clone(), column));
        let column = listing::Column::PublishedAt.into_iden();

        let mut ranges = labels.iter().map(|label| Self::range(*label, &rest));
        let Some((mut first, l)) = ranges.next() else { return Query::select() };
        if labels.len() == 1 {
            if !names_locale(&rest) {
                join_publication(&mut first, &l.table, &p);
            }
            first.columns(columns).expr(seen());
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
        let merged = Row { table: Alias::new("merged").into_iden(), locale: None };
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
    fn range(label: LabelId, rest: &Predicate) -> (SelectStatement, Row) {
        let l = Alias::new("l").into_iden();
        let p = Alias::new("p").into_iden();
        let row = Row { table: l.clone(), locale: Some(p.clone()) };
        let mut query = Query::select();
        query
            .from_as(listing::Entity, l.clone())
            .and_where(Expr::col((l.clone(), listing::Column::Label)).eq(label.0))
            .cond_where(row.condition(rest));
        if names_locale(rest) {
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

/// The statement that counts what matches.
pub(crate) fn count(predicate: &Predicate) -> SelectStatement {
    let mut query = Query::select();
    if let Predicate::Labelled(labels) = predicate {
        // Every row of the listing is live, so a label alone is counted there.
        query
            .expr(Expr::col(listing::Column::Article).count_distinct())
            .from(listing::Entity)
            .and_where(Expr::col(listing::Column::Label).is_in(labels.iter().map(|label| label.0)));
        return query;
    }
    let p = Row::publication();
    query
        .expr(Expr::col((p.table.clone(), publication::Column::Id)).count())
        .from_as(publication::Entity, p.table.clone())
        .and_where(Expr::col((p.table.clone(), publication::Column::UntilEdition)).is_null())
        .cond_where(p.condition(predicate));
    query
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
        SortKey::Number(number) => (*number).into(),
        SortKey::Text(text) => text.as_str().into(),
    };
    [key, cursor.id.into()]
}

fn names_locale(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(names_locale),
        Predicate::Not(inner) => names_locale(inner),
        Predicate::InLocale(_) => true,
        Predicate::Labelled(_) | Predicate::Published(_) | Predicate::NotEnded(_) => false,
    }
}

/// A table whose rows have `article` and `published_at`, and the one that has their `locale`.
struct Row {
    table: DynIden,
    locale: Option<DynIden>,
}

impl Row {
    fn publication() -> Self {
        let table = Alias::new("p").into_iden();
        Self { locale: Some(table.clone()), table }
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
            // Each label by itself, as it is found once at most: SQLite (3.51) makes a join of EXISTS, and
            // then skips, for OFFSET, a row as often as the subquery finds something.
            Predicate::Labelled(labels) => {
                labels.iter().fold(Cond::any(), |any, label| any.add(Expr::exists(self.label_lookup(*label))))
            }
            Predicate::Published(range) => self.range(*range),
            Predicate::NotEnded(ends) => {
                let article = Expr::col((self.table.clone(), Alias::new("article")));
                Cond::all().add(article.in_subquery(ended(*ends)).not())
            }
            Predicate::InLocale(locale) => {
                let table = self.locale.clone().unwrap_or_else(|| self.table.clone());
                Cond::all().add(Expr::col((table, Alias::new("locale"))).eq(locale.as_str()))
            }
        }
    }

    fn label_lookup(&self, label: LabelId) -> SelectStatement {
        let x = Alias::new("x").into_iden();
        Query::select()
            .expr(Expr::val(1))
            .from_as(listing::Entity, x.clone())
            .and_where(Expr::col((x.clone(), listing::Column::Label)).eq(label.0))
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

    fn range(&self, range: InstantRange) -> Cond {
        let InstantRange { gte, gt, lte, lt } = range;
        let column = || Expr::col((self.table.clone(), Alias::new("published_at")));
        Cond::all()
            .add_option(gte.map(|at| column().gte(micros(at))))
            .add_option(gt.map(|at| column().gt(micros(at))))
            .add_option(lte.map(|at| column().lte(micros(at))))
            .add_option(lt.map(|at| column().lt(micros(at))))
    }
}
