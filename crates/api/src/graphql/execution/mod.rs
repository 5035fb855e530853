//! Executes documents: what they read, what they cost, and the JSON that is written without the executor.

pub(crate) mod article_batch;
pub(crate) mod article_fields;
pub(crate) mod article_list;
pub(crate) mod context;
pub(crate) mod cost;
pub(crate) mod draft_access;
pub(crate) mod json;
pub(crate) mod prepared;
pub(crate) mod warning;
