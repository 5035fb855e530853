//! The outcome of a request, for the log and the metrics.

use std::borrow::Cow;
use std::sync::Arc;

use axum::response::Response;

use crate::metrics::{CacheState, Operation};

/// The outcome of a request. Handlers store it in the extensions of the response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// The operation, if it has a name or a route of its own.
    pub(crate) operation: Option<Arc<Operation>>,
    /// The code of the first error.
    pub(crate) code: Option<Cow<'static, str>>,
    /// Where the answer came from.
    pub(crate) cache: CacheState,
    /// The name of the API key, or the subject of the token.
    pub(crate) caller: Option<Arc<str>>,
    /// The cost, if it was computed.
    pub(crate) cost: Option<u64>,
}

impl Outcome {
    /// Returns the outcome that is stored in a response.
    pub(crate) fn of(response: &mut Response) -> &mut Self {
        response.extensions_mut().get_or_insert_default()
    }
}
