//! stub
use super::context::Reader;
use async_graphql::SimpleObject;
use std::sync::Arc;
/// What was changed between two saved versions.
#[derive(SimpleObject)]
pub(crate) struct RevisionDiff {
    /// x
    unified: String,
}
impl RevisionDiff {
    pub(crate) fn new(_: app::diff::RevisionDiff, _: i32, _: i32, _: &Arc<Reader>) -> Self {
        Self { unified: String::new() }
    }
}
