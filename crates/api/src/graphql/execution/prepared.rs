//! Executes an operation whose document is valid and whose variables are known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::Caller;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationType, VariableDefinition,
};
use async_graphql::{Request, Response, Variables};
use documents::Problem;
use domain::{EditionId, Scope};
use serde_json::{Map, Value};

use crate::AppState;
use crate::admission::Work;
use crate::delivery::{CacheTagHeaders, Digest, digest};
use crate::graphql::ExecutableSchema;
use crate::graphql::RequestView;
use crate::graphql::document::valid_document::{Document, Operation};
use crate::graphql::error::{cost_refusal, is_unavailable, saw_other_edition};
use crate::graphql::execution::cost::Ledger;
use crate::graphql::protocol::document_cache::DocumentCache;
use crate::graphql::protocol::idempotency::IdempotencyKey;
use crate::rejection::Rejection;

/// An operation of a valid document, with its variables.
pub(crate) struct PreparedOperation {
    document: Arc<Document>,
    /// The index of the operation in the document.
    operation: usize,
    variables: Map<String, Value>,
    /// The scopes that the operation needs.
    pub(crate) scopes: Vec<Scope>,
    /// The digest of the document, the operation and the variables.
    pub(crate) question: Digest,
}

/// A request whose cost was computed and is within the limit.
pub(crate) struct CostedRequest {
    request: Request,
    /// Finds variables that are null where null is not allowed.
    null_check: Option<NullCheck>,
    ledger: Arc<Ledger>,
    view: RequestView,
    /// Whether it is a mutation.
    is_mutation: bool,
    reports_cost: bool,
}

/// An operation and its variables, to find those that are null where null is not allowed.
struct NullCheck {
    document: Arc<Document>,
    operation: usize,
    variables: Map<String, Value>,
}

impl NullCheck {
    /// Replaces the executor's messages, which name neither the argument nor how to fix it.
    fn explain(&self, response: &mut Response) {
        let operation = &self.document.operations()[self.operation];
        for error in &mut response.errors {
            let mut places = error.locations.iter();
            let message = places.find_map(|at| operation.null_at(at.line, at.column, &self.variables));
            if let Some(message) = message {
                error.message = message;
            }
        }
    }
}

impl CostedRequest {
    /// Adds the caller.
    pub(crate) fn with_caller(self, caller: Option<Caller>) -> Self {
        match caller {
            Some(caller) => Self { request: self.request.data(caller), ..self },
            None => self,
        }
    }

    /// Adds the idempotency key.
    pub(crate) fn with_idempotency_key(self, key: Option<IdempotencyKey>) -> Self {
        match key {
            Some(key) => Self { request: self.request.data(key), ..self },
            None => self,
        }
    }

    /// Sets whether the answer reports its cost.
    pub(crate) fn reporting_cost(self, reports_cost: bool) -> Self {
        Self { reports_cost, ..self }
    }

    /// Executes the request.
    pub(crate) async fn execute(self, schema: &ExecutableSchema) -> Response {
        let Self { request, null_check, ledger, view, is_mutation, reports_cost } = self;
        let mut response = schema.execute(request).await;
        if let Some(null_check) = null_check {
            null_check.explain(&mut response);
        }
        // A write that has happened cannot be refused any more.
        let response = if is_mutation { response } else { ledger.settled(response) };
        let response = view.warnings().add_to(response);
        if reports_cost { response.extension("cost", ledger.extension()) } else { response }
    }
}

/// The answer to a query, and what belongs to it.
pub(crate) struct QueryResult {
    pub(crate) response: Response,
    /// The edition of the answer.
    pub(crate) edition: EditionId,
    /// What the answer mentions, as cache tags.
    pub(crate) mentions: CacheTagHeaders,
}

impl PreparedOperation {
    /// Finds the requested operation and coerces its variables.
    pub(crate) fn new(
        documents: &DocumentCache,
        document: Arc<Document>,
        operation_name: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Self, Rejection> {
        let operation = find_operation(document.operations(), operation_name)?;
        let known = &document.operations()[operation].variables;
        documents::check_values(documents.limits(), known, &variables).map_err(Rejection::limit)?;
        let variables =
            documents::coerce(documents.schema(), known, variables).map_err(Rejection::variables)?;
        // The keys of objects are sorted, so equal variables give equal texts.
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

    /// Returns which kind of work it is to execute the operation.
    pub(crate) fn work(&self) -> Work {
        if self.document.counts(self.operation(), &self.variables) { Work::Count } else { Work::Execution }
    }

    /// Makes a request that can be executed once, and computes its cost.
    ///
    /// # Errors
    /// The answer, if the cost exceeds the limit or the database does not answer.
    pub(crate) async fn costed(
        &self,
        state: &AppState,
        view: RequestView,
    ) -> Result<CostedRequest, Box<Response>> {
        let executable = self.document.executable(self.operation(), &self.variables);
        let ledger = Ledger::open(state, &executable, &self.variables, &view).await?;
        let variables =
            with_defaults(Variables::from_json(Value::Object(self.variables.clone())), &executable);
        let mut request = Request::new("").variables(variables).data(view.clone()).data(Arc::clone(&ledger));
        request.set_parsed_query(executable);
        let is_mutation = self.operation().kind == OperationType::Mutation;
        let null_check = self.operation().has_nullable().then(|| NullCheck {
            document: Arc::clone(&self.document),
            operation: self.operation,
            variables: self.variables.clone(),
        });
        Ok(CostedRequest { request, null_check, ledger, view, is_mutation, reports_cost: false })
    }

    /// Executes a query that needs no scope, in the latest edition. It reads without a transaction, and again in
    /// one if somebody has published meanwhile. The answer reports its cost if `reports_cost` is true.
    pub(crate) async fn read(&self, state: &AppState, reports_cost: bool) -> QueryResult {
        let started = Instant::now();
        let merges = self.operation().usage.merges;
        let view = RequestView::without_transaction(merges);
        let read = self.read_in(state, view.clone(), reports_cost).await;
        if is_unavailable(&read.response) {
            // If somebody has published, the query is repeated, however long it took.
            if !saw_other_edition(&read.response) && !may_retry(state, started) {
                return read;
            }
        } else if cost_refusal(&read.response).is_some() || view.holds().await {
            return read;
        }
        let in_transaction = RequestView::in_transaction(merges);
        let read = self.read_in(state, in_transaction.clone(), reports_cost).await;
        if is_unavailable(&read.response) && may_retry(state, started) {
            return self.read_in(state, in_transaction.unopened(), reports_cost).await;
        }
        read
    }

    /// Executes a query that needs no scope, as a preview shows the publication. A preview gives way to a writer, and
    /// is then read once more.
    pub(crate) async fn read_preview(&self, state: &AppState, view: &RequestView) -> Response {
        let started = Instant::now();
        let execute = async || match self.costed(state, view.unopened()).await {
            Ok(costed) => costed.execute(&state.schema).await,
            Err(answer) => *answer,
        };
        let response = execute().await;
        let may_retry = may_retry(state, started) || started.elapsed() < app::PREVIEW_TIME;
        if is_unavailable(&response) && may_retry { execute().await } else { response }
    }

    async fn read_in(&self, state: &AppState, view: RequestView, reports_cost: bool) -> QueryResult {
        // If the query reads nothing, its answer is the same in every edition.
        let latest = state.app.latest().edition.id();
        let response = match self.costed(state, view.clone()).await {
            Ok(costed) => costed.reporting_cost(reports_cost).execute(&state.schema).await,
            Err(answer) => *answer,
        };
        match view.opened() {
            Some(read) => {
                QueryResult { response, edition: read.view.edition().id(), mentions: read.mentions.headers() }
            }
            None => QueryResult { response, edition: latest, mentions: CacheTagHeaders::default() },
        }
    }
}

/// Adds the defaults of omitted variables. The executor does not know them in `@skip` and `@include`.
fn with_defaults(mut variables: Variables, executable: &ExecutableDocument) -> Variables {
    if let DocumentOperations::Single(operation) = &executable.operations {
        for definition in &operation.node.variable_definitions {
            let VariableDefinition { name, default_value, .. } = &definition.node;
            if let Some(default) = default_value {
                variables.entry(name.node.clone()).or_insert_with(|| default.node.clone());
            }
        }
    }
    variables
}

/// Returns the index of the requested operation.
fn find_operation(operations: &[Operation], name: Option<&str>) -> Result<usize, Rejection> {
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

/// A read that failed later than this is not repeated: if it took long, it would take as long again.
const RETRY_WINDOW: Duration = Duration::from_secs(1);

/// Whether a read that failed because the database did not answer is repeated. This helps during a failover.
pub(crate) fn may_retry(state: &AppState, started: Instant) -> bool {
    !state.app.is_database_away() && started.elapsed() < RETRY_WINDOW
}
