//! Which scope a field at the top of a document needs: checked before anything is executed, so that a
//! document is refused whole.

use async_graphql::parser::types::OperationType;
use domain::Scope;

/// The scope that a field of `Query` or `Mutation` needs. Reading needs none, but for what is named here;
/// a mutation that is not named needs the strongest for content.
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
