//! The texts of short pages, kept: building one takes longer than sending it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use domain::{Direction, InstantRange, Predicate, PublicationFields};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, Statement};

use crate::convert::micros;
use crate::page_query::{PageQuery, bound};

/// How many are kept: more than anybody asks for who does not try out all there are.
const KEPT: usize = 512;

static TEXTS: LazyLock<RwLock<HashMap<Shape, Arc<str>>>> = LazyLock::new(RwLock::default);

/// What the text of a page depends on; everything else is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    is_postgres: bool,
    fields: PublicationFields,
    is_ascending: bool,
    is_backward: bool,
    is_labelled: bool,
    /// Which bounds there are of dates, and which cursors.
    bounds: [bool; 6],
}

/// The statement that reads a page.
pub(crate) fn statement(page: &PageQuery<'_>, database: DbBackend) -> Statement {
    let built = || database.build(&page.build(database));
    let Some((shape, values)) = shape(page, database) else { return built() };
    let known = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&shape).cloned();
    let text = known.unwrap_or_else(|| {
        let text = Arc::<str>::from(built().sql);
        let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() < KEPT {
            texts.insert(shape, Arc::clone(&text));
        }
        text
    });
    let statement = Statement::from_sql_and_values(database, &*text, values);
    // All that tests ask is compared with what it stands for.
    debug_assert_eq!(statement, built());
    statement
}

/// The shape of a page and its values, in the order in which the text names them; nothing for pages that are
/// not the usual ones.
fn shape(page: &PageQuery<'_>, database: DbBackend) -> Option<(Shape, Vec<Value>)> {
    if !page.is_short() || page.span.offset > 0 {
        return None;
    }
    let (mut label, mut dates) = (None, None);
    for part in page.predicate.conjuncts() {
        let is_odd = match part {
            Predicate::Labelled(labels) => label.replace(labels.first()?).is_some(),
            // One without bounds is a text of its own.
            Predicate::Published(range) if *range != InstantRange::default() => {
                dates.replace(*range).is_some()
            }
            _ => true,
        };
        if is_odd {
            return None;
        }
    }
    let range = dates.unwrap_or_default();
    let instants = [range.gte, range.gt, range.lte, range.lt];
    let cursors = [page.span.after.as_ref(), page.span.before.as_ref()];
    let is_there = |place: usize| match place {
        0..4 => instants[place].is_some(),
        place => cursors[place - 4].is_some(),
    };
    let shape = Shape {
        is_postgres: database == DbBackend::Postgres,
        fields: page.fields,
        is_ascending: page.order.direction == Direction::Asc,
        is_backward: page.span.backward,
        is_labelled: label.is_some(),
        bounds: std::array::from_fn(is_there),
    };
    let mut values: Vec<Value> = label.map(|label| label.0.into()).into_iter().collect();
    values.extend(instants.into_iter().flatten().map(|at| Value::from(micros(at))));
    values.extend(cursors.into_iter().flatten().flat_map(bound));
    values.push((page.span.limit as u64 + 1).into());
    Some((shape, values))
}
