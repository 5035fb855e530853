//! Short pages, and the cache of their SQL texts. Building a text takes longer than sending it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use domain::{Direction, InstantRange, LabelId, OrderField, Predicate, PublicationFields};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};

use super::PageQuery;
use super::statement::{MAX_SHORT_OFFSET, PageStatement, cursor_values};
use crate::convert::micros;

/// The maximum number of cached texts. Ordinary clients use fewer.
const MAX_TEXTS: usize = 512;

static TEXTS: LazyLock<RwLock<HashMap<Shape, Arc<str>>>> = LazyLock::new(RwLock::default);

/// A page that is one range of an index. It is ordered by date, and restricted by at most one label and by dates, so
/// that it reads a few rows for any number of articles.
#[derive(Debug)]
pub(super) struct ShortPage<'a> {
    query: &'a PageQuery<'a>,
    label: Option<LabelId>,
    /// The range of dates. `None` if there is none, or if there are several.
    dates: Option<InstantRange>,
    /// Whether the bound values follow from the other fields, so that the text can be cached.
    has_usual_shape: bool,
}

/// Everything that the text of a page depends on. All other values are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    is_postgres: bool,
    fields: PublicationFields,
    is_ascending: bool,
    is_backward: bool,
    is_labelled: bool,
    /// Which of the four bounds of dates and of the two cursors exist.
    bounds: [bool; 6],
}

impl<'a> ShortPage<'a> {
    /// The page, if it is short.
    pub(super) fn of(query: &'a PageQuery<'a>) -> Option<Self> {
        if query.order.field != OrderField::PublishedAt || query.span.offset > MAX_SHORT_OFFSET {
            return None;
        }
        let mut page = Self { query, label: None, dates: None, has_usual_shape: query.span.offset == 0 };
        for part in query.predicate.conjuncts() {
            match part {
                Predicate::Labelled(labels) if labels.len() == 1 && page.label.is_none() => {
                    page.label = labels.first().copied();
                }
                // A range without bounds, and a second range, have texts of their own.
                Predicate::Published(range) => {
                    let is_first = page.dates.replace(*range).is_none();
                    page.has_usual_shape &= is_first && *range != InstantRange::default();
                }
                _ => return None,
            }
        }
        Some(page)
    }

    pub(super) fn query(&self) -> &PageQuery<'a> {
        self.query
    }

    /// The statement that reads the page.
    pub(super) fn statement(&self, database: DbBackend) -> Statement {
        let build = || database.build(&PageStatement::new(self.query, database, None).short());
        if !self.has_usual_shape {
            return build();
        }
        let shape = self.shape(database);
        let cached = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&shape).cloned();
        let text = cached.unwrap_or_else(|| {
            let text = Arc::<str>::from(build().sql);
            let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
            if texts.len() < MAX_TEXTS {
                texts.insert(shape, Arc::clone(&text));
            }
            text
        });
        let statement = Statement::from_sql_and_values(database, &*text, self.values());
        // So all tests compare the cached text with the built one.
        debug_assert_eq!(statement, build());
        statement
    }

    fn shape(&self, database: DbBackend) -> Shape {
        let PageQuery { predicate: _, order, span, fields } = self.query;
        let InstantRange { gte, gt, lte, lt } = self.dates.unwrap_or_default();
        let [gte, gt, lte, lt] = [gte, gt, lte, lt].map(|bound| bound.is_some());
        Shape {
            is_postgres: database == DbBackend::Postgres,
            fields: *fields,
            is_ascending: order.direction == Direction::Asc,
            is_backward: span.backward,
            is_labelled: self.label.is_some(),
            bounds: [gte, gt, lte, lt, span.after.is_some(), span.before.is_some()],
        }
    }

    /// The bound values, in the order of the text.
    fn values(&self) -> Vec<Value> {
        let span = self.query.span;
        let InstantRange { gte, gt, lte, lt } = self.dates.unwrap_or_default();
        let mut values: Vec<Value> = self.label.map(|label| label.0.into()).into_iter().collect();
        values.extend([gte, gt, lte, lt].into_iter().flatten().map(|at| Value::from(micros(at))));
        values.extend([&span.after, &span.before].into_iter().flatten().flat_map(cursor_values));
        values.push((span.limit as u64 + 1).into());
        values
    }
}
