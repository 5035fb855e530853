//! The REST API: plain JSON over GET, POST, PATCH and DELETE. An endpoint is a stored GraphQL document that the
//! same schema executes, so both APIs have the same rules, limits and visibility.
//!
//! [`read`] contains the endpoints that read public content, and [`write`] those that need an API key. [`openapi`]
//! describes both.

mod accept;
mod openapi;
mod problem;
mod read;
mod request;
mod routes;
mod write;

pub(crate) use self::accept::accepts_json;
pub use self::openapi::openapi;
pub(crate) use self::problem::Problem;
pub(crate) use self::routes::{route, routes};

/// The media type of answers.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
