//! What became of a request, for the log and the metrics.

use std::borrow::Cow;
use std::sync::Arc;

use axum::response::Response;

use crate::metrics::{CacheState, Operation};

/// What became of a request. Whoever makes an answer notes on it what only it knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// What was asked, if it has a name or is a route of its own.
    pub(crate) operation: Option<Arc<Operation>>,
    /// The code of the error, or of the first of several.
    pub(crate) code: Option<Cow<'static, str>>,
    /// Where the answer came from.
    pub(crate) cache: CacheState,
    /// The name of the key, or whom a token is of.
    pub(crate) caller: Option<Arc<str>>,
    /// What it cost, once that is reckoned.
    pub(crate) cost: Option<u64>,
}

impl Outcome {
    /// The note on an answer.
    pub(crate) fn of(response: &mut Response) -> &mut Self {
        response.extensions_mut().get_or_insert_default()
    }
}
