//! Executing what depends on nothing but itself and the edition.

use std::sync::Arc;

use async_graphql::{Request, Response, Variables};
use domain::EditionId;
use serde_json::{Map, Value};

use super::documents::Document;
use super::{RequestView, absent};
use crate::AppState;
use crate::delivery::{Digest, Labels, digest};

/// A document with its variables.
pub(crate) struct Asked {
    document: Arc<Document>,
    operation_name: Option<String>,
    variables: Map<String, Value>,
    /// What is asked, however it was sent.
    pub(crate) question: Digest,
}

/// What was answered, and what of.
pub(crate) struct Read {
    pub(crate) response: Response,
    /// The edition that the answer belongs to.
    pub(crate) edition: EditionId,
    /// What the answer tells of.
    pub(crate) mentions: Labels,
}

impl Asked {
    pub(crate) fn new(
        document: Arc<Document>,
        operation_name: Option<String>,
        variables: Map<String, Value>,
    ) -> Self {
        // The keys of objects are in the order of the alphabet.
        let text = serde_json::to_vec(&variables).unwrap_or_default();
        let name = operation_name.as_deref().unwrap_or_default();
        let question = digest(&[b"graphql", &document.digest, name.as_bytes(), &text]);
        Self { document, operation_name, variables, question }
    }

    /// The request, to be executed once.
    pub(crate) fn request(&self) -> Request {
        let Self { document, operation_name, variables, question: _ } = self;
        let mut document = document.parsed.clone();
        absent::take_out(&mut document, operation_name.as_deref(), variables);
        let mut request = Request::new("").variables(Variables::from_json(Value::Object(variables.clone())));
        request.operation_name.clone_from(operation_name);
        request.set_parsed_query(document);
        request
    }

    /// Executes a query that needs no scope, in the latest edition. It is read without a transaction, and once more in one if somebody
    /// published in between.
    pub(crate) async fn read(&self, state: &AppState) -> Read {
        let view = RequestView::of(&self.document);
        let read = self.read_through(state, view.clone()).await;
        if view.holds().await {
            return read;
        }
        self.read_through(state, RequestView::of_one_edition(&self.document)).await
    }

    async fn read_through(&self, state: &AppState, view: RequestView) -> Read {
        // For what reads nothing: it is so in any.
        let latest = state.app.latest().edition.id();
        let fits = state.documents.fits(&self.question).await;
        let schema = if fits { &state.schemas.unchecked } else { &state.schemas.checked };
        let response = schema.execute(self.request().data(view.clone())).await;
        if !fits && response.data != async_graphql::Value::Null {
            state.documents.remember_that_it_fits(self.question).await;
        }
        match view.opened() {
            Some(read) => {
                Read { response, edition: read.view.edition().id(), mentions: read.mentions.labels() }
            }
            None => Read { response, edition: latest, mentions: Labels::default() },
        }
    }
}
