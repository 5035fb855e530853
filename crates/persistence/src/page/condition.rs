//! Conditions on articles, as SQL.

use std::collections::BTreeSet;

use domain::{Id, InstantRange, LabelId, Predicate};
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Alias, Cond, DynIden, Expr, ExprTrait, IntoIden, Query, SelectStatement, SimpleExpr,
};

use crate::convert::micros;
use crate::entity::{listing, publication};
use crate::repositories::ended_articles;

/// How a statement looks up the labels of an article.
///
/// PostgreSQL turns a plain `EXISTS` into a join, and needs minutes to plan dozens of joins. It does not do so if the
/// `EXISTS` is compared with a value or has an `OFFSET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookupStyle {
    /// For SQLite: one `EXISTS` for each label, with a `LIMIT`. Without one, SQLite 3.51 turns it into a join: planning
    /// dozens of joins takes long, and `OFFSET` would count a row once for each match.
    EachLabel,
    /// For PostgreSQL, if few rows are read: one look-up of all labels for each row.
    RowByRow,
    /// For PostgreSQL, if many rows may be read: PostgreSQL chooses between a look-up for each row and reading all
    /// rows of the labels at first. If few rows are read, it often chooses the wrong one.
    PlannerChoice,
}

impl LookupStyle {
    pub(super) fn of(database: DbBackend, few_rows: bool) -> Self {
        match (database, few_rows) {
            (DbBackend::Postgres, true) => Self::RowByRow,
            (DbBackend::Postgres, false) => Self::PlannerChoice,
            _ => Self::EachLabel,
        }
    }
}

/// A table with the columns `article` and `published_at`, whose rows are filtered.
pub(super) struct FilteredTable {
    pub(super) table: DynIden,
    /// The table with the other columns of the publications, if it is another one.
    publication: Option<DynIden>,
    pub(super) lookups: LookupStyle,
}

impl FilteredTable {
    /// The table of publications, as `p`.
    pub(super) fn publication(lookups: LookupStyle) -> Self {
        Self { table: Alias::new("p").into_iden(), publication: None, lookups }
    }

    /// The listing or a subquery of it. `publication` is the name of the joined table of publications.
    pub(super) fn listing(name: Alias, publication: Option<DynIden>, lookups: LookupStyle) -> Self {
        Self { table: name.into_iden(), publication, lookups }
    }

    /// The condition for the rows of this table.
    pub(super) fn condition(&self, predicate: &Predicate) -> Cond {
        match predicate {
            Predicate::All(parts) => self.all(parts),
            Predicate::Any(parts) if parts.is_empty() => Cond::all().add(Expr::val(1).eq(0)),
            Predicate::Any(parts) => {
                parts.iter().fold(Cond::any(), |any, part| any.add(self.condition(part)))
            }
            Predicate::Not(inner) => match &**inner {
                // sea-query omits an empty `All`, and its negation as well.
                Predicate::All(parts) if parts.is_empty() => Cond::all().add(Expr::val(1).eq(0)),
                inner => Cond::all().add(self.condition(inner)).not(),
            },
            Predicate::Labelled(labels) => self.labelled(labels),
            Predicate::Articles(ids) => {
                let article = Expr::col((self.table.clone(), Alias::new("article")));
                Cond::all().add(article.is_in(ids.iter().map(|id| id.uuid())))
            }
            Predicate::Published(range) => {
                range_condition(&self.table, publication::Column::PublishedAt, *range)
            }
            Predicate::Updated(range) => {
                range_condition(self.publication_table(), publication::Column::UpdatedAt, *range)
            }
            Predicate::NotEnded(ends) => {
                let article = Expr::col((self.table.clone(), Alias::new("article")));
                Cond::all().add(article.in_subquery(ended_articles(*ends)).not())
            }
            Predicate::InLocale(locale) => {
                let table = self.publication_table().clone();
                Cond::all().add(Expr::col((table, publication::Column::Locale)).eq(locale.as_str()))
            }
        }
    }

    /// The condition that all parts hold.
    fn all(&self, parts: &[Predicate]) -> Cond {
        let (separate, counted) = split_lookups(parts);
        let all = separate.into_iter().fold(Cond::all(), |all, part| all.add(self.condition(part)));
        if counted.is_empty() {
            return all;
        }
        let expected = counted.len() as u64;
        let mut found = self.lookup(counted);
        found.clear_selects().expr(Expr::cust("COUNT(*)"));
        all.add(SimpleExpr::from(found).eq(expected))
    }

    fn labelled(&self, labels: &BTreeSet<LabelId>) -> Cond {
        match self.lookups {
            LookupStyle::EachLabel => labels.iter().fold(Cond::any(), |any, label| {
                let mut lookup = self.lookup([*label]);
                lookup.limit(1);
                any.add(Expr::exists(lookup))
            }),
            LookupStyle::RowByRow => {
                let mut lookup = self.lookup(labels.iter().copied());
                lookup.offset(0);
                Cond::all().add(Expr::exists(lookup))
            }
            LookupStyle::PlannerChoice => {
                let lookup = Expr::exists(self.lookup(labels.iter().copied()));
                Cond::all().add(lookup.eq(Expr::cust("TRUE")))
            }
        }
    }

    /// Selects a row if the article has one of these labels.
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

    /// The table with the columns that the listing does not have.
    fn publication_table(&self) -> &DynIden {
        self.publication.as_ref().unwrap_or(&self.table)
    }
}

/// The number of required single labels that each have their own look-up.
const SEPARATE_LOOKUPS: usize = 8;

/// Splits parts that must all hold: into those that are checked one by one, and single labels that share one look-up, which
/// counts them. Databases need very long to plan dozens of look-ups, so the labels beyond the first few share one. The
/// rarest labels come first, so few rows reach it.
pub(crate) fn split_lookups<'a>(
    parts: impl IntoIterator<Item = &'a Predicate>,
) -> (Vec<&'a Predicate>, BTreeSet<LabelId>) {
    let mut singles = 0;
    let mut separate = Vec::new();
    // A set: a label that is named twice is found once.
    let mut counted = BTreeSet::new();
    for part in parts {
        match part {
            Predicate::Labelled(labels) if labels.len() == 1 && singles == SEPARATE_LOOKUPS => {
                counted.extend(labels);
            }
            part => {
                singles += usize::from(matches!(part, Predicate::Labelled(labels) if labels.len() == 1));
                separate.push(part);
            }
        }
    }
    (separate, counted)
}

/// Whether a condition needs columns that the listing does not have.
pub(crate) fn reads_publication(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(reads_publication),
        Predicate::Not(inner) => reads_publication(inner),
        Predicate::InLocale(_) | Predicate::Updated(_) => true,
        Predicate::Labelled(_)
        | Predicate::Articles(_)
        | Predicate::Published(_)
        | Predicate::NotEnded(_) => false,
    }
}

/// A condition without the part that requires one of these labels.
pub(super) fn without(predicate: &Predicate, labels: &BTreeSet<LabelId>) -> Predicate {
    let is_it = |part: &Predicate| matches!(part, Predicate::Labelled(own) if own == labels);
    Predicate::All(predicate.conjuncts().iter().filter(|part| !is_it(part)).cloned().collect())
}

/// The condition that a column is in a range of instants.
fn range_condition(table: &DynIden, column: publication::Column, range: InstantRange) -> Cond {
    let InstantRange { gte, gt, lte, lt } = range;
    let column = || Expr::col((table.clone(), column));
    Cond::all()
        .add_option(gte.map(|at| column().gte(micros(at))))
        .add_option(gt.map(|at| column().gt(micros(at))))
        .add_option(lte.map(|at| column().lte(micros(at))))
        .add_option(lt.map(|at| column().lt(micros(at))))
}
