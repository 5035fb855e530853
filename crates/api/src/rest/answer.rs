//! The data of a document, reshaped into an answer.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};
use axum::body::Bytes;

use super::endpoint::{Endpoint, Shape};
use crate::graphql::execution::json;

type Object = IndexMap<Name, Value>;

/// What an endpoint answers to some variables. It depends on nothing else but the edition, and so can be
/// kept for as long as that is the latest.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The JSON, and where its page stands, if it is one.
    Found(Bytes, Option<Page>),
    /// It has another slug now.
    Renamed(String),
    /// Something elsewhere stands in its place.
    Elsewhere(String),
    /// It is gone for good.
    Gone,
    /// There never was such a thing.
    Missing,
}

/// Where a page stands: the cursors of its ends, on whose far sides there is more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// The data did not have the shape that its document says.
#[derive(Debug)]
pub(crate) struct Misshapen;

impl Answer {
    /// The answer in the data; `slug` is the one in the address, or `None` if there is none or it is an id.
    pub(crate) fn of(endpoint: &Endpoint, data: Value, slug: Option<&str>) -> Result<Self, Misshapen> {
        let Value::Object(mut data) = data else { return Err(Misshapen) };
        match endpoint.shape {
            Shape::Whole => found(data, None),
            Shape::List(field) => {
                let Some(Value::Object(mut connection)) = data.shift_remove(field) else {
                    return Err(Misshapen);
                };
                let nodes = connection.shift_remove("nodes").ok_or(Misshapen)?;
                let page = connection.get("pageInfo").map(Page::of);
                let mut body = Object::from_iter([(Name::new(field), nodes)]);
                body.extend(connection);
                body.extend(data);
                found(body, page)
            }
            Shape::One(field) => {
                let redirect = data.shift_remove("redirect");
                match data.get(field) {
                    Some(Value::Object(thing)) => match text(thing.get("slug")) {
                        Some(own) if slug.is_some_and(|slug| slug != own) => Ok(Self::Renamed(own)),
                        _ => found(data, None),
                    },
                    Some(Value::Null) => Ok(match redirect {
                        Some(Value::Object(redirect)) => {
                            text(redirect.get("url")).map_or(Self::Gone, Self::Elsewhere)
                        }
                        _ => Self::Missing,
                    }),
                    _ => Err(Misshapen),
                }
            }
        }
    }
}

impl Page {
    fn of(info: &Value) -> Self {
        let Value::Object(info) = info else { return Self::default() };
        let end = |more: &str, cursor: &str| match info.get(more) {
            Some(Value::Boolean(true)) => text(info.get(cursor)),
            _ => None,
        };
        Self { before: end("hasPreviousPage", "startCursor"), after: end("hasNextPage", "endCursor") }
    }
}

fn found(body: Object, page: Option<Page>) -> Result<Answer, Misshapen> {
    let mut bytes = Vec::with_capacity(16 << 10);
    json::write(&Value::Object(body), &mut bytes);
    Ok(Answer::Found(bytes.into(), page))
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}
