//! Reshapes the data of a document into an answer.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};
use axum::body::Bytes;

use super::endpoint::{Endpoint, Shape};
use crate::graphql::execution::json;

type Object = IndexMap<Name, Value>;

/// The answer of an endpoint. It depends only on the request and the edition, so it can be cached while the
/// edition is the latest.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The JSON, and the position of the page if it is one.
    Found(Bytes, Option<Page>),
    /// The object has another slug now.
    Renamed(String),
    /// Something at another address replaces the object.
    Elsewhere(String),
    /// The object was withdrawn and not replaced.
    Gone {
        /// Why it was withdrawn, if an editor has left a note.
        note: Option<String>,
    },
    /// The object does not exist.
    Missing,
}

/// The cursors of the ends of a page behind which there are more entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// The data does not have the shape that its document requires.
#[derive(Debug)]
pub(crate) struct UnexpectedShape;

impl Answer {
    /// Makes the answer from the data. `slug` is the slug in the URL, or `None` if the URL has none or has an id. Lists
    /// show the warnings.
    pub(crate) fn of(
        endpoint: &Endpoint,
        data: Value,
        slug: Option<&str>,
        warnings: Vec<Value>,
    ) -> Result<Self, UnexpectedShape> {
        let Value::Object(mut data) = data else { return Err(UnexpectedShape) };
        match endpoint.shape {
            Shape::Whole => found(data, None),
            Shape::Editions => {
                let page = Page { before: None, after: end_before_latest(&data) };
                found(data, Some(page))
            }
            Shape::List(field) => {
                let Some(Value::Object(mut connection)) = data.shift_remove(field) else {
                    return Err(UnexpectedShape);
                };
                let nodes = connection.shift_remove("nodes").ok_or(UnexpectedShape)?;
                let page = connection.get("pageInfo").map(Page::of);
                let mut body = Object::from_iter([(Name::new(field), nodes)]);
                body.extend(connection);
                body.extend(data);
                if !warnings.is_empty() {
                    body.insert(Name::new("warnings"), Value::List(warnings));
                }
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
                        Some(Value::Object(redirect)) => match text(redirect.get("url")) {
                            Some(url) => Self::Elsewhere(url),
                            None => Self::Gone { note: text(redirect.get("note")) },
                        },
                        _ => Self::Missing,
                    }),
                    _ => Err(UnexpectedShape),
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

/// Returns the last edition of a list, in the format of the header `Edition`, if there are later ones.
fn end_before_latest(data: &Object) -> Option<String> {
    let field = |object: &Value, name: &str| match object {
        Value::Object(fields) => fields.get(name).cloned(),
        _ => None,
    };
    let Some(Value::List(listed)) = data.get("editions") else { return None };
    let last = listed.last()?;
    let number = field(last, "number")?;
    let is_latest = data.get("edition").and_then(|latest| field(latest, "number")).as_ref() == Some(&number);
    let mark = text(field(last, "mark").as_ref())?;
    (!is_latest).then(|| format!("{number};mark={mark}"))
}

fn found(body: Object, page: Option<Page>) -> Result<Answer, UnexpectedShape> {
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
