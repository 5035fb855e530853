//! GraphQL over HTTP: media types, requests, persisted documents, idempotency keys.

pub(crate) mod document_cache;
pub(crate) mod http;
pub(crate) mod idempotency;
pub(crate) mod media_type;
pub(crate) mod persisted;
pub(crate) mod reply;
pub(crate) mod request;
