//! Executing what depends on nothing but itself and the edition.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::Caller;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Variables};
use documents::Problem;
use domain::{EditionId, Scope};
use serde_json::{Map, Value};

use crate::AppState;
use crate::admission::Work;
use crate::delivery::{Digest, Labels, digest};
use crate::graphql::ExecutableSchema;
use crate::graphql::RequestView;
use crate::graphql::document::valid_document::{Document, Operation};
use crate::graphql::error::{cost_refusal, has_moved, is_unavailable};
use crate::graphql::execution::cost::Ledger;
use crate::graphql::protocol::document_cache::DocumentCache;
use crate::graphql::protocol::idempotency::IdempotencyKey;
use crate::graphql::protocol::rejection::Rejection;

/// An operation of a valid document, with its variables.
pub(crate) struct PreparedOperation {
    document: Arc<Document>,
    /// Which of the document's operations.
    operation: usize,
    variables: Map<String, Value>,
    /// The scopes that it needs.
    pub(crate) scopes: Vec<Scope>,
    /// What is asked, however it was sent.
    pub(crate) question: Digest,
}

/// A request that may be executed, as it costs no more than it may.
pub(crate) struct Counted {
    request: Request,
    /// Where a variable may be null that must not be.
    nulls: Option<Nulls>,
    ledger: Arc<Ledger>,
    /// Whether it is a mutation.
    writes: bool,
    tells_cost: bool,
}

/// The operation and its variables, for telling which of them must not be null.
struct Nulls {
    document: Arc<Document>,
    operation: usize,
    variables: Map<String, Value>,
}

impl Nulls {
    /// Says what is wrong in our words: the executor names neither the argument nor the way out.
    fn explain(&self, response: &mut Response) {
        let operation = &self.document.operations()[self.operation];
        for error in &mut response.errors {
            let mut places = error.locations.iter();
            let told = places.find_map(|at| operation.null_at(at.line, at.column, &self.variables));
            if let Some(message) = told {
                error.message = message;
            }
        }
    }
}

impl Counted {
    /// The same, asked by a caller.
    pub(crate) fn by(self, caller: Option<Caller>) -> Self {
        match caller {
            Some(caller) => Self { request: self.request.data(caller), ..self },
            None => self,
        }
    }

    /// The same, known by an idempotency key.
    pub(crate) fn known_by(self, key: Option<IdempotencyKey>) -> Self {
        match key {
            Some(key) => Self { request: self.request.data(key), ..self },
            None => self,
        }
    }

    /// The same, whose answer tells what it costs, if that is asked.
    pub(crate) fn telling(self, tells_cost: bool) -> Self {
        Self { tells_cost, ..self }
    }

    /// Executes it.
    pub(crate) async fn execute(self, schema: &ExecutableSchema) -> Response {
        let Self { request, nulls, ledger, writes, tells_cost } = self;
        let mut response = schema.execute(request).await;
        if let Some(nulls) = nulls {
            nulls.explain(&mut response);
        }
        // What is written is written, and is not refused afterwards.
        let response = if writes { response } else { ledger.settled(response) };
        if tells_cost { response.extension("cost", ledger.told()) } else { response }
    }
}

/// What was answered, and what of.
pub(crate) struct QueryResult {
    pub(crate) response: Response,
    /// The edition that the answer belongs to.
    pub(crate) edition: EditionId,
    /// What the answer tells of.
    pub(crate) mentions: Labels,
}

impl PreparedOperation {
    /// Finds the operation that is meant, and coerces its variables.
    pub(crate) fn new(
        documents: &DocumentCache,
        document: Arc<Document>,
        operation_name: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Self, Rejection> {
        let operation = meant(document.operations(), operation_name)?;
        let known = &document.operations()[operation].variables;
        let variables =
            documents::coerce(documents.schema(), known, variables).map_err(Rejection::variables)?;
        // The keys of objects are in the order of the alphabet.
        let text = serde_json::to_vec(&variables).unwrap_or_default();
        let question =
            digest(&[b"graphql", &document.digest, operation_name.unwrap_or_default().as_bytes(), &text]);
        let scopes = document.operations()[operation].scopes(&variables);
        Ok(Self { document, operation, variables, scopes, question })
    }

    /// The operation.
    pub(crate) fn operation(&self) -> &Operation {
        &self.document.operations()[self.operation]
    }

    /// What kind of work it is to read it.
    pub(crate) fn work(&self) -> Work {
        if self.document.counts(self.operation(), &self.variables) { Work::Count } else { Work::Execution }
    }

    /// The request, to be executed once, with what it costs.
    ///
    /// # Errors
    /// The answer, when it costs more than it may, or the database does not tell.
    pub(crate) async fn counted(
        &self,
        state: &AppState,
        view: RequestView,
    ) -> Result<Counted, Box<Response>> {
        let executable = self.document.executable(self.operation(), &self.variables);
        let ledger = Ledger::open(state, &executable, &self.variables, &view).await?;
        let variables = Variables::from_json(Value::Object(self.variables.clone()));
        let mut request = Request::new("").variables(variables).data(view).data(Arc::clone(&ledger));
        request.set_parsed_query(executable);
        let writes = self.operation().kind == OperationType::Mutation;
        let nulls = self.operation().has_nullable().then(|| Nulls {
            document: Arc::clone(&self.document),
            operation: self.operation,
            variables: self.variables.clone(),
        });
        Ok(Counted { request, nulls, ledger, writes, tells_cost: false })
    }

    /// Executes a query that needs no scope, in the latest edition. It is read without a transaction, and once more in
    /// one if somebody published in between.
    pub(crate) async fn read(&self, state: &AppState) -> QueryResult {
        let started = Instant::now();
        let merges = self.operation().usage.merges;
        let view = RequestView::of(merges);
        let read = self.read_through(state, view.clone()).await;
        if is_unavailable(&read.response) {
            // That somebody published is no reason to give up, however long it took.
            if !has_moved(&read.response) && !is_worth_another(state, started) {
                return read;
            }
        } else if cost_refusal(&read.response).is_some() || view.holds().await {
            return read;
        }
        let of_one_edition = RequestView::of_one_edition(merges);
        let read = self.read_through(state, of_one_edition.clone()).await;
        if is_unavailable(&read.response) && is_worth_another(state, started) {
            return self.read_through(state, of_one_edition.anew()).await;
        }
        read
    }

    async fn read_through(&self, state: &AppState, view: RequestView) -> QueryResult {
        // For what reads nothing: it is so in any.
        let latest = state.app.latest().edition.id();
        let response = match self.counted(state, view.clone()).await {
            Ok(counted) => counted.execute(&state.schema).await,
            Err(answer) => *answer,
        };
        match view.opened() {
            Some(read) => {
                QueryResult { response, edition: read.view.edition().id(), mentions: read.mentions.labels() }
            }
            None => QueryResult { response, edition: latest, mentions: Labels::default() },
        }
    }
}

/// Which of these operations a request means.
fn meant(operations: &[Operation], name: Option<&str>) -> Result<usize, Rejection> {
    let refuse = |message: String| Err(Rejection::invalid(vec![Problem { message, locations: Vec::new() }]));
    let known = || {
        let names: Vec<_> = operations
            .iter()
            .filter_map(|known| Some(format!("`{}`", known.name.as_ref()?)))
            .take(8)
            .collect();
        names.join(", ")
    };
    match name {
        Some(name) => {
            let found = operations.iter().position(|known| known.name.as_deref() == Some(name));
            let shown: String = name.chars().take(80).collect();
            match (found, known().as_str()) {
                (Some(found), _) => Ok(found),
                (None, "") => refuse(format!(
                    "the document has no operation named `{shown}`: leave out `operationName`"
                )),
                (None, known) => {
                    refuse(format!("the document has no operation named `{shown}`: it has {known}"))
                }
            }
        }
        None if operations.len() == 1 => Ok(0),
        None => refuse(format!(
            "the document has several operations: name one in `operationName`, out of {}",
            known()
        )),
    }
}

/// For how long a read that was cut off is done again: what took long takes as long once more.
const SOON: Duration = Duration::from_secs(1);

/// Whether a read that was cut off, as happens in a failover, is done again as a whole.
pub(crate) fn is_worth_another(state: &AppState, started: Instant) -> bool {
    !state.app.is_database_away() && started.elapsed() < SOON
}
