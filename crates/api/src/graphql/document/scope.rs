//! The scopes that root fields need. They are checked before anything is executed, so that a document is refused
//! as a whole.

use async_graphql::Value as Const;
use async_graphql::parser::types::OperationType;
use async_graphql_value::Value;
use domain::{DeskArticleId, Id, Scope};

use crate::graphql::document::variable::Given;

/// Returns the scope that a field of `Query` or `Mutation` needs. Queries that are not named here need none.
/// Mutations that are not named need `content:publish`.
pub(crate) fn required(kind: OperationType, field: &str) -> Option<Scope> {
    match (kind, field) {
        (_, "__typename") => None,
        (OperationType::Query, "desk" | "articleCheck") => Some(Scope::ReadDrafts),
        (OperationType::Query, "keys") => Some(Scope::Admin),
        (OperationType::Query | OperationType::Subscription, _) => None,
        (
            OperationType::Mutation,
            "articleCreate" | "articleUpdate" | "articleRestore" | "articleSubmit" | "articleArchive"
            | "articleUnarchive" | "articleDelete",
        ) => Some(Scope::ContentWrite),
        (OperationType::Mutation, "previewCreate" | "previewRevoke") => Some(Scope::ReadDrafts),
        (OperationType::Mutation, "keyCreate" | "keyRevoke" | "keyRotate") => Some(Scope::Admin),
        (OperationType::Mutation, _) => Some(Scope::ContentPublish),
    }
}

/// Whether an argument of `node` or `nodes` contains the id of an article at the desk.
pub(crate) fn contains_desk_id(argument: &Value, given: Given<'_>) -> bool {
    match argument {
        Value::String(id) => is_desk_id(id),
        Value::List(ids) => ids.iter().any(|id| contains_desk_id(id, given)),
        Value::Variable(name) => given.value(name).is_some_and(|value| value_contains_desk_id(&value)),
        _ => false,
    }
}

fn value_contains_desk_id(value: &Const) -> bool {
    match value {
        Const::String(id) => is_desk_id(id),
        Const::List(ids) => ids.iter().any(value_contains_desk_id),
        _ => false,
    }
}

fn is_desk_id(id: &str) -> bool {
    id.strip_prefix(DeskArticleId::PREFIX).is_some_and(|rest| rest.starts_with('_'))
}
