//! The list of articles at the desk: articles in all states, with filters, orders and pages.

use domain::{
    Article, DeskOrder, DeskOrderField, DeskPredicate, Direction, Predicate, SortKey, Span, Stage, Word,
};
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Func, LikeExpr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::article_from_row;
use crate::convert::{self, micros};
use crate::entity::{article, article_slug, revision, working_label};
use crate::{Articles, StoreError};

impl<C: ConnectionTrait> Articles<'_, C> {
    /// A part of the ordered list of matching articles, and whether there are more.
    pub async fn page(
        &self,
        predicate: &DeskPredicate,
        order: DeskOrder,
        span: &Span,
    ) -> Result<(Vec<Article>, bool), StoreError> {
        let column = match order.field {
            DeskOrderField::UpdatedAt => article::Column::UpdatedAt,
            DeskOrderField::CreatedAt => article::Column::CreatedAt,
            DeskOrderField::Title => article::Column::TitleSort,
        };
        let ascending = order.direction == Direction::Asc;
        let mut query = matching(predicate, self.0.get_database_backend());
        for (cursor, is_greater) in [(&span.after, ascending), (&span.before, !ascending)] {
            if let Some(cursor) = cursor {
                query = query.filter(beyond_cursor(column, &cursor.key, cursor.id, is_greater));
            }
        }
        let direction = if ascending != span.backward { sea_orm::Order::Asc } else { sea_orm::Order::Desc };
        let rows = query
            .order_by(column, direction.clone())
            .order_by(article::Column::Id, direction)
            .limit(span.limit as u64 + 1)
            .offset(span.offset as u64)
            .all(self.0)
            .await?;
        let articles = rows.into_iter().map(article_from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(convert::cut(articles, span))
    }

    /// The number of matching articles.
    pub async fn count(&self, predicate: &DeskPredicate) -> Result<i64, StoreError> {
        let count = matching(predicate, self.0.get_database_backend()).count(self.0).await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The condition that an article comes after a cursor (`is_greater`) or before it, in the order of a column and the
/// id. The bound for the column alone allows the use of its index.
fn beyond_cursor(column: article::Column, key: &SortKey, id: Uuid, is_greater: bool) -> Condition {
    let value = match key {
        SortKey::Text(text) => Expr::val(text.as_str()),
        SortKey::Collated(key) => Expr::val(key.clone()),
        SortKey::Instant(at) => Expr::val(micros(*at)),
        SortKey::Number(number) | SortKey::LogEntry { number, edition: _ } => Expr::val(*number),
    };
    let column = Expr::col(column);
    let (bound, past, ids) = if is_greater {
        (column.clone().gte(value.clone()), column.gt(value), article::Column::Id.gt(id))
    } else {
        (column.clone().lte(value.clone()), column.lt(value), article::Column::Id.lt(id))
    };
    Condition::all().add(bound).add(Condition::any().add(past).add(ids))
}

fn matching(predicate: &DeskPredicate, backend: DbBackend) -> Select<article::Entity> {
    let DeskPredicate {
        labels,
        states,
        title,
        slug,
        words,
        changed_since,
        has_unpublished_changes,
        review_overdue,
    } = predicate;
    let mut query = article::Entity::find().filter(labelled(labels));
    if let Some(states) = states {
        query = query.filter(states.iter().fold(Cond::any(), |any, state| any.add(in_stage(*state))));
    }
    if let Some(title) = title {
        let escaped = title.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = LikeExpr::new(format!("%{escaped}%")).escape('\\');
        query = query.filter(Expr::col(article::Column::TitleFolded).like(like));
    }
    if let Some(slug) = slug {
        let owner = Query::select()
            .column(article_slug::Column::Article)
            .from(article_slug::Entity)
            .and_where(article_slug::Column::Slug.eq(slug.as_str()))
            .to_owned();
        query = query.filter(article::Column::Id.in_subquery(owner));
    }
    if !words.is_empty() {
        query = query.filter(contains_all(words, backend));
    }
    if let Some(since) = changed_since {
        query = query.filter(article::Column::UpdatedAt.gte(micros(*since)));
    }
    if let Some(wanted) = has_unpublished_changes {
        let ahead = Cond::all()
            .add(article::Column::State.eq("PUBLISHED"))
            .add(Expr::col(article::Column::PublishedVersion).ne(Expr::col(article::Column::Version)));
        query = query.filter(if *wanted { ahead } else { ahead.not() });
    }
    if let Some((wanted, now)) = review_overdue {
        let due = Expr::col(article::Column::ReviewDueAt);
        let overdue = Cond::all().add(due.clone().is_not_null()).add(due.lte(micros(*now)));
        query = query.filter(if *wanted { overdue } else { overdue.not() });
    }
    query
}

/// The condition that the working copy contains all of these words: each in its title, deck, excerpt, slug or body. Both
/// databases compare the bytes of texts here.
fn contains_all(words: &[Word], backend: DbBackend) -> Cond {
    let r = Alias::new("r");
    let function = Alias::new(if backend == DbBackend::Postgres { "strpos" } else { "instr" });
    let column = |column| Expr::col((r.clone(), column));
    let searched = [
        revision::Column::Title,
        revision::Column::Slug,
        revision::Column::Deck,
        revision::Column::Excerpt,
        revision::Column::Body,
    ];
    let mut working_copy = Query::select();
    working_copy
        .expr(Expr::val(1))
        .from_as(revision::Entity, r.clone())
        .and_where(column(revision::Column::Article).equals((article::Entity, article::Column::Id)))
        .and_where(column(revision::Column::Version).equals((article::Entity, article::Column::Version)))
        .limit(1);
    for word in words {
        let mut anywhere = Cond::any();
        for text in searched {
            for form in word.forms() {
                let place = Func::cust(function.clone()).arg(column(text)).arg(Expr::val(form));
                anywhere = anywhere.add(Expr::from(place).gt(0));
            }
        }
        working_copy.cond_where(anywhere);
    }
    Cond::all().add(Expr::exists(working_copy))
}

/// `Article::stage` as a condition on columns.
fn in_stage(stage: Stage) -> Cond {
    let archived = article::Column::ArchivedAt.is_not_null();
    let active = Cond::all().add(article::Column::ArchivedAt.is_null());
    let hidden = || active.clone().add(article::Column::State.ne("PUBLISHED"));
    let scheduled = || article::Column::ScheduleAt.is_not_null();
    let unscheduled = || hidden().add(article::Column::ScheduleAt.is_null());
    let open = || {
        Expr::col(article::Column::Review)
            .is_not_null()
            .and(Expr::col(article::Column::Review).is_in(["REQUESTED", "APPROVED"]))
    };
    match stage {
        Stage::Archived => Cond::all().add(archived),
        Stage::Published => active.clone().add(article::Column::State.eq("PUBLISHED")),
        Stage::Scheduled => hidden().add(scheduled()),
        Stage::InReview => unscheduled().add(open()),
        Stage::Withdrawn => unscheduled().add(open().not()).add(article::Column::State.eq("WITHDRAWN")),
        Stage::Draft => unscheduled().add(open().not()).add(article::Column::State.eq("DRAFT")),
    }
}

fn labelled(predicate: &Predicate) -> Cond {
    match predicate {
        Predicate::All(parts) => parts.iter().fold(Cond::all(), |all, part| all.add(labelled(part))),
        Predicate::Any(parts) if parts.is_empty() => Cond::all().add(Expr::val(1).eq(0)),
        Predicate::Any(parts) => parts.iter().fold(Cond::any(), |any, part| any.add(labelled(part))),
        Predicate::Not(inner) => labelled(inner).not(),
        Predicate::Labelled(labels) => {
            let w = Alias::new("w");
            let filed = Query::select()
                .expr(Expr::val(1))
                .from_as(working_label::Entity, w.clone())
                .and_where(
                    Expr::col((w.clone(), working_label::Column::Article))
                        .equals((article::Entity, article::Column::Id)),
                )
                .and_where(
                    Expr::col((w, working_label::Column::Label)).is_in(labels.iter().map(|label| label.0)),
                )
                // Without a limit, SQLite 3.51 turns the subquery into a join, and `OFFSET` skips an article once for
                // each of its matching labels.
                .limit(1)
                .to_owned();
            Cond::all().add(Expr::exists(filed))
        }
        // There are no such filters for working copies.
        Predicate::Articles(_)
        | Predicate::Published(_)
        | Predicate::Updated(_)
        | Predicate::InLocale(_)
        | Predicate::NotEnded(_) => Cond::all(),
    }
}
