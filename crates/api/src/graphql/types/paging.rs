//! What all Relay connections have in common.

use std::convert::Infallible;

use async_graphql::connection::CursorType;
use async_graphql::{Enum, SimpleObject};
use domain::{Cursor, CursorList, Direction, SortKey, Span};
use uuid::Uuid;

/// A cursor in an answer. Cursors in requests are parsed by [`domain::PageRequest`], which knows the list that
/// they must belong to.
pub(crate) struct ListCursor(pub(crate) Cursor);

impl CursorType for ListCursor {
    type Error = Infallible;

    fn decode_cursor(_: &str) -> Result<Self, Infallible> {
        unreachable!("cursors are read by `domain::PageRequest::span`")
    }

    fn encode_cursor(&self) -> String {
        self.0.to_string()
    }
}

/// The direction of an order.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum OrderDirection {
    /// The smallest or earliest first.
    Asc,
    /// The greatest or latest first.
    Desc,
}

impl From<OrderDirection> for Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Asc,
            OrderDirection::Desc => Self::Desc,
        }
    }
}

/// The additional field of a connection whose list is in memory, so that its length is known.
#[derive(SimpleObject)]
pub(crate) struct Total {
    /// The number of entries in the whole list, on all pages.
    pub(crate) total_count: i64,
}

/// Returns whether there are entries before and after a page. `more` says whether more rows were found beyond its
/// far end.
pub(crate) fn neighbours(span: &Span, more: bool) -> (bool, bool) {
    if span.backward {
        (more, span.before.is_some())
    } else {
        (span.after.is_some() || span.offset > 0, more)
    }
}

/// A page of a list that is in memory.
pub(crate) struct MemoryPage<T> {
    /// The entries, each with its cursor.
    pub(crate) entries: Vec<(ListCursor, T)>,
    /// Whether there are entries before the page, and after it.
    pub(crate) neighbours: (bool, bool),
    /// The length of the whole list.
    pub(crate) total: i64,
}

/// Sorts a list in memory and cuts out a page, by the same rules as the database.
pub(crate) fn page<T>(
    list: CursorList,
    mut entries: Vec<(SortKey, Uuid, T)>,
    direction: Direction,
    span: &Span,
) -> MemoryPage<T> {
    let total = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    entries.sort_by(|a, b| {
        let order = (&a.0, a.1).cmp(&(&b.0, b.1));
        if direction == Direction::Asc { order } else { order.reverse() }
    });
    let beyond = |key: &SortKey, id: Uuid, cursor: &Cursor| {
        let order = (key, id).cmp(&(&cursor.key, cursor.id));
        if direction == Direction::Asc { order } else { order.reverse() }
    };
    entries.retain(|(key, id, _)| {
        span.after.as_ref().is_none_or(|cursor| beyond(key, *id, cursor).is_gt())
            && span.before.as_ref().is_none_or(|cursor| beyond(key, *id, cursor).is_lt())
    });
    let available = entries.len();
    let (skip, take) = if span.backward {
        (available.saturating_sub(span.limit), span.limit)
    } else {
        (span.offset.min(available), span.limit)
    };
    let more = if span.backward { skip > 0 } else { available > skip + take };
    let entries = entries
        .into_iter()
        .skip(skip)
        .take(take)
        .map(|(key, id, entry)| (ListCursor(Cursor { list, key, id }), entry))
        .collect();
    MemoryPage { entries, neighbours: neighbours(span, more), total }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    /// The macros of `async_graphql` cannot share arguments, so each connection repeats them.
    #[test]
    fn all_connections_describe_their_arguments_alike() {
        let schema = async_graphql::parser::parse_schema(crate::graphql::sdl()).unwrap();
        let mut descriptions = BTreeMap::<String, BTreeSet<String>>::new();
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(found) = definition else { continue };
            let TypeKind::Object(object) = found.node.kind else { continue };
            let connections =
                object.fields.into_iter().filter(|field| field.node.ty.to_string().contains("Connection"));
            for argument in connections.flat_map(|field| field.node.arguments) {
                let description = argument.node.description.map(|text| text.node).unwrap_or_default();
                descriptions.entry(argument.node.name.node.to_string()).or_default().insert(description);
            }
        }
        for name in ["first", "after", "last", "before", "offset"] {
            assert_eq!(descriptions[name].len(), 1, "`{name}`: {:?}", descriptions[name]);
        }
    }
}
