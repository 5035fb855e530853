//! Files that the program contains, and serves as they are.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

use crate::AppState;
use crate::static_answer::{ASK_FIRST, StaticAnswer};

/// A file that the program contains.
#[derive(Debug, Clone)]
pub struct EmbeddedFile {
    /// The path at which it is served.
    pub path: String,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

/// Makes the routes of the files.
pub(crate) fn routes(files: Vec<EmbeddedFile>) -> Router<AppState> {
    files.into_iter().fold(Router::new(), |routes, EmbeddedFile { path, content_type, bytes }| {
        let file = Arc::new(StaticAnswer::new(content_type, ASK_FIRST, bytes));
        routes.route(&path, get(move |headers: HeaderMap| async move { file.answer(&headers) }))
    })
}
