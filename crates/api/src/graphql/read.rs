//! Executing what depends on nothing but itself and the edition.

use async_graphql::{Request, Response};
use domain::EditionNumber;

use super::RequestView;
use crate::AppState;
use crate::delivery::Labels;

/// What was answered, and what of.
pub(crate) struct Read {
    pub(crate) response: Response,
    /// The edition that the answer belongs to.
    pub(crate) edition: EditionNumber,
    /// What the answer tells of.
    pub(crate) mentions: Labels,
}

/// Executes a query that needs no scope, in the latest edition.
pub(crate) async fn read(state: &AppState, request: Request, view: RequestView) -> Read {
    // For what reads nothing: it is so in any.
    let latest = state.app.latest().edition.number;
    let response = state.schema.execute(request.data(view.clone())).await;
    match view.opened() {
        Some(read) => {
            Read { response, edition: read.view.edition().number, mentions: read.mentions.labels() }
        }
        None => Read { response, edition: latest, mentions: Labels::default() },
    }
}
