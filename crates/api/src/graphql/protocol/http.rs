//! GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft/>): POST and GET, both media types, and
//! the status codes of the draft. Mutations over GET and batches are refused.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use app::Caller;
use async_graphql::parser::types::OperationType;
use async_graphql::{Name, PathSegment, Pos, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use documents::{Position, Problem};
use tracing::Instrument;

use crate::admission::{Entrance, RateLimited, Ticket, Work};
use crate::auth::{self, Authentication};
use crate::delivery::{Answer, Making, NOT_KEPT, Unmade, Wanted, tell_edition};
use crate::graphql::ExecutableSchema;
use crate::graphql::error::{
    AWAY, ApiError, ErrorCode, MAX_MESSAGE, Retry, UPGRADE_REQUIRED, extension, is_unavailable, shorten,
};
use crate::graphql::execution::cost;
use crate::graphql::execution::json;
use crate::graphql::execution::prepared::{Counted, QueryResult, is_worth_another};
use crate::graphql::protocol::idempotency::IdempotencyKey;
use crate::graphql::protocol::media_type::{MediaType, is_json};
use crate::graphql::protocol::rejection::{LimitReached, Rejection};
use crate::graphql::protocol::request::{Parameters, Parsed};
use crate::middleware::RequestId;
use crate::outcome::Outcome;
use crate::request_body;
use crate::visibility::{PreviewClaim, Visibility};
use crate::{AppState, address, preview};

/// Answers a GET. Redirects a browser that requests a page to GraphiQL.
pub(crate) async fn get(
    State(state): State<AppState>,
    Extension(visibility): Extension<Visibility>,
    Extension(ticket): Extension<Ticket>,
    RawQuery(query): RawQuery,
    request: Request<Body>,
) -> Response {
    if accepts_html(request.headers())
        && let Some(page) = page_for(query.as_deref())
    {
        return Redirect::temporary(&page).into_response();
    }
    let reply = match Reply::to(&request) {
        Ok(reply) => reply,
        Err(response) => return *response,
    };
    let query = query.unwrap_or_default();
    let content_type = reply.media_type.as_str();
    let wanted = Wanted::get(&state.delivery, &visibility, content_type, request.uri(), request.headers());
    let wanted = wanted.filter(|_| !reply.tells_cost);
    let authentication = auth::authenticate(&state, visibility.credentials(), &ticket).await;
    if let Authentication::Limited { name, limited } = authentication {
        return reply.limited(name, limited);
    }
    let parsed = match Parameters::from_query_string(&query) {
        Ok(parameters) => parameters.parse(&state.documents).await,
        Err(rejection) => Err(rejection),
    };
    match parsed {
        Ok(parsed) if parsed.kind() == OperationType::Mutation => {
            let mut response = reply.rejection(Rejection::request(
                StatusCode::METHOD_NOT_ALLOWED,
                ErrorCode::BadRequest,
                "mutations are not executed over GET: send them as POST",
            ));
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            response
        }
        Ok(parsed) => {
            let asker = Asker { preview: visibility.preview(), headers: request.headers(), ticket: &ticket };
            reply.answer(&state, parsed, authentication, asker, wanted).await
        }
        Err(rejection) => reply.rejection(rejection),
    }
}

/// Returns the address of GraphiQL if the request has no parameters, except for a preview token.
fn page_for(query: Option<&str>) -> Option<String> {
    match query {
        None => Some("/graphiql".to_owned()),
        Some(query) if query.starts_with("preview=") && !query.contains('&') => {
            Some(format!("/graphiql?{query}"))
        }
        Some(_) => None,
    }
}

/// Answers a POST.
pub(crate) async fn post(
    State(state): State<AppState>,
    Extension(visibility): Extension<Visibility>,
    Extension(ticket): Extension<Ticket>,
    request: Request<Body>,
) -> Response {
    let reply = Reply::to(&request);
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let authentication = auth::authenticate(&state, visibility.credentials(), &ticket).await;
    let shows_key = matches!(authentication, Authentication::Known(_) | Authentication::Recognised { .. });
    let (limit, flag) = state.limits.body(shows_key);
    // The body is read before anything is refused: a client that is still sending would not see the answer.
    let body = request_body::whole(body, limit).await;
    let reply = match reply {
        Ok(reply) => reply,
        Err(response) => return *response,
    };
    if let Authentication::Limited { name, limited } = authentication {
        return reply.limited(name, limited);
    }
    if !is_json(headers) {
        return reply.rejection(Rejection::request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::BadRequest,
            "send the request as `Content-Type: application/json`, in UTF-8",
        ));
    }
    let body = match body {
        Ok(body) => body,
        Err(unreadable) => return reply.rejection(unreadable.rejection(limit, flag)),
    };
    if let Some(name) = misplaced(&parts.uri) {
        return reply.rejection(Rejection::bad_request(format!(
            "`{name}` is in the query string: send it in the body of the POST"
        )));
    }
    let content_type = reply.media_type.as_str();
    let wanted = Wanted::post(&state.delivery, &visibility, content_type, &parts.uri, &body, headers);
    let wanted = wanted.filter(|_| !reply.tells_cost);
    let parsed = match Parameters::from_body(&body) {
        Ok(parameters) => parameters.parse(&state.documents).await,
        Err(rejection) => Err(rejection),
    };
    match parsed {
        Ok(parsed) => {
            let asker = Asker { preview: visibility.preview(), headers, ticket: &ticket };
            reply.answer(&state, parsed, authentication, asker, wanted).await
        }
        Err(rejection) => reply.rejection(rejection),
    }
}

/// Returns a GraphQL parameter in the query string of a POST, where it would be ignored.
fn misplaced(address: &Uri) -> Option<&'static str> {
    ["query", "operationName", "variables", "extensions"]
        .into_iter()
        .find(|name| address::values(address, name).next().is_some())
}

/// Answers a request that is refused before its document is read.
pub(crate) fn refusal(headers: &HeaderMap, request_id: RequestId, rejection: Rejection) -> Response {
    let media_type = MediaType::negotiate(headers).unwrap_or(MediaType::Json);
    Reply { media_type, request_id, tells_cost: false }.rejection(rejection)
}

/// The parts of a request that are neither its document nor its API key.
struct Asker<'a> {
    preview: &'a PreviewClaim,
    headers: &'a HeaderMap,
    ticket: &'a Ticket,
}

/// The form of the answer.
struct Reply {
    media_type: MediaType,
    request_id: RequestId,
    /// Whether the answer reports the cost of the request.
    tells_cost: bool,
}

impl Reply {
    fn to(request: &Request<Body>) -> Result<Self, Box<Response>> {
        let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
        match MediaType::negotiate(request.headers()) {
            Some(media_type) => {
                Ok(Self { media_type, request_id, tells_cost: cost::is_asked(request.headers()) })
            }
            None => {
                let reply = Self { media_type: MediaType::Json, request_id, tells_cost: false };
                let message = "answers are `application/graphql-response+json` or `application/json`: accept one of \
                               them";
                let rejection =
                    Rejection::request(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadRequest, message);
                Err(Box::new(reply.rejection(rejection)))
            }
        }
    }

    /// Answers the request. Records the caller and the operation for the log and the metrics.
    async fn answer(
        &self,
        state: &AppState,
        parsed: Parsed,
        authentication: Authentication,
        asker: Asker<'_>,
        wanted: Option<Wanted<'_>>,
    ) -> Response {
        let (name, caller) = (parsed.name().map(str::to_owned), authentication.name());
        let mut response = self.execute(state, parsed, authentication, asker, wanted).await;
        let outcome = Outcome::of(&mut response);
        outcome.caller = caller;
        if outcome.operation.is_none() {
            // The names of documents that cannot be executed are not recorded.
            let is_fit = outcome.code.is_none();
            outcome.operation = Some(state.metrics.graphql(name.as_deref(), is_fit));
        }
        response
    }

    async fn execute(
        &self,
        state: &AppState,
        parsed: Parsed,
        authentication: Authentication,
        asker: Asker<'_>,
        wanted: Option<Wanted<'_>>,
    ) -> Response {
        let Asker { preview, headers, ticket } = asker;
        let view = match preview::view(state, &parsed, preview).await {
            Ok(view) => view,
            Err(rejection) => return self.rejection(rejection),
        };
        let caller = match self.admit(state, &parsed, authentication) {
            Ok(caller) => caller,
            Err(response) => return *response,
        };
        if parsed.kind() == OperationType::Mutation && state.app.has_newer_database() {
            let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::UpgradeRequired);
            return self.rejection(Rejection::request(status, code, UPGRADE_REQUIRED));
        }
        let ticket = caller.as_ref().map_or_else(|| ticket.clone(), |caller| ticket.of_caller(caller));
        let work = if view.is_some() { Work::Preview } else { parsed.query.work() };
        let entrance = Entrance { admission: &state.admission, work, ticket: &ticket };
        if let Some(wanted) = wanted.filter(|_| view.is_none() && parsed.is_pure()) {
            return self.deliver(state, parsed, &wanted, entrance).await;
        }
        let is_preview = view.is_some();
        let view = view.unwrap_or_default();
        let kind = parsed.kind();
        let key = match IdempotencyKey::of(headers, kind) {
            Ok(key) => key,
            Err(rejection) => return self.rejection(rejection),
        };
        let Parsed { query } = parsed;
        let counted = async || {
            let counted = query.counted(state, view.anew()).await?.by(caller.clone()).known_by(key.clone());
            Ok::<_, Box<async_graphql::Response>>(counted.telling(self.tells_cost))
        };
        if kind == OperationType::Mutation {
            let response = match counted().await {
                Ok(counted) => to_its_end(state.schema.clone(), counted).await,
                Err(answer) => *answer,
            };
            let is_done_in_part = is_done_in_part(&response);
            let mut response = self.executed(response);
            if is_done_in_part {
                // A client that repeats the request automatically would repeat what has been done.
                response.headers_mut().remove(header::RETRY_AFTER);
            }
            // If the mutation has created an edition, this node knows it already.
            tell_edition(&mut response, state.app.latest().edition.id());
            return response;
        }
        let _place = match entrance.enter_soon().await {
            Ok(place) => place,
            Err(refused) => return self.rejection(refused.rejection()),
        };
        let schema = &state.schema;
        let started = Instant::now();
        let execute = async || match counted().await {
            Ok(counted) => counted.execute(schema).await,
            Err(answer) => *answer,
        };
        let mut response = execute().await;
        // A preview gives way to a writer, and may succeed afterwards.
        let is_worth_another =
            is_worth_another(state, started) || (is_preview && started.elapsed() < app::PREVIEW_TIME);
        if is_unavailable(&response) && is_worth_another {
            response = execute().await;
        }
        self.executed(response)
    }

    /// Returns the caller if there is one, or a refusal if the document needs one.
    fn admit(
        &self,
        state: &AppState,
        parsed: &Parsed,
        authentication: Authentication,
    ) -> Result<Option<Caller>, Box<Response>> {
        let (kind, scopes) = (parsed.kind(), parsed.scopes());
        let refusal = match authentication {
            Authentication::Limited { name, limited } => self.limited(name, limited),
            Authentication::Refused(message) => self.unauthenticated(&message, auth::invalid_token(&message)),
            Authentication::Unavailable(error) => self.rejection(error.into()),
            Authentication::None if kind == OperationType::Mutation || !scopes.is_empty() => {
                self.unauthenticated(&auth::missing(state, kind), auth::CHALLENGE)
            }
            Authentication::None => return Ok(None),
            Authentication::Recognised { caller, cause } => {
                if kind == OperationType::Query && scopes.is_empty() {
                    return Ok(Some(caller));
                }
                self.rejection(ApiError::from(cause).into())
            }
            Authentication::Known(caller) => {
                match scopes.iter().find_map(|scope| caller.require(*scope).err()) {
                    None => {
                        let request_id = Some(self.request_id.to_string());
                        return Ok(Some(Caller { request_id, ..caller }));
                    }
                    Some(error) => {
                        let rejection = Rejection::request(
                            StatusCode::FORBIDDEN,
                            ErrorCode::Forbidden,
                            error.to_string(),
                        );
                        self.challenged(rejection, auth::insufficient_scope(error.0))
                    }
                }
            }
        };
        Err(Box::new(refusal))
    }

    /// Answers a query that depends only on the question and the edition.
    async fn deliver(
        &self,
        state: &AppState,
        parsed: Parsed,
        wanted: &Wanted<'_>,
        entrance: Entrance<'_>,
    ) -> Response {
        let name = parsed.name().map(str::to_owned);
        let Parsed { query } = parsed;
        let edition = state.app.latest().edition.id();
        if state.app.ends_are_late() {
            let _place = match entrance.enter_soon().await {
                Ok(place) => place,
                Err(refused) => return self.rejection(refused.rejection()),
            };
            return self.executed(copied(&Box::pin(query.read(state)).await.response));
        }
        let asked = &query;
        let make = move || -> Making<'_, async_graphql::Response> {
            Box::pin(async move {
                let QueryResult { response, edition, mentions } = asked.read(state).await;
                // While expiries are overdue, the answer may already lack what has expired, although it belongs to
                // the edition.
                if state.app.ends_are_late() || !response.errors.is_empty() {
                    return Err(response);
                }
                let body = Bytes::from(json::body(&response));
                Ok(Answer::found(body, edition, mentions))
            })
        };
        let operation = || state.metrics.graphql(name.as_deref(), true);
        match state.delivery.answer(wanted, query.question, edition, operation, entrance, make).await {
            Ok(response) => response,
            Err(unmade) => match &*unmade {
                Unmade::Refused(refused) => self.rejection(refused.rejection()),
                Unmade::Faulty(response) => self.executed(copied(response)),
            },
        }
    }

    /// Returns an answer of the executor. It has no `data` entry if the document was not executed.
    fn executed(&self, mut response: async_graphql::Response) -> Response {
        let executed =
            response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        keep_short(&mut response.errors);
        for error in &mut response.errors {
            let code =
                if error.path.is_empty() { ErrorCode::ValidationFailed } else { ErrorCode::BadUserInput };
            self.complete(error, code);
        }
        if executed || response.errors.is_empty() {
            let code = response.errors.first().and_then(code);
            let retries: Vec<_> = response.errors.iter().filter_map(retry).collect();
            let mut response = self.typed(GraphQLResponse::from(response));
            if let Some(status) = code.as_deref().and_then(status_of_refusal) {
                *response.status_mut() = status;
            }
            if let Some(first) = retries.first() {
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                if let Retry::After(seconds) = first
                    && retries.iter().all(|retry| matches!(retry, Retry::After(_)))
                {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
                }
            }
            Outcome::of(&mut response).code = code;
            return response;
        }
        self.errors(self.document_fault(), &response.errors)
    }

    fn rejection(&self, rejection: Rejection) -> Response {
        let Rejection { status, code, problems, limit, retry_after } = rejection;
        let errors = problems.into_iter().map(|Problem { message, locations }| {
            let mut error = ServerError::new(message, None);
            error.locations =
                locations.into_iter().map(|Position { line, column }| Pos { line, column }).collect();
            if let Some(limit) = limit {
                error.extensions.get_or_insert_default().set("limit", described(limit));
            }
            self.complete(&mut error, code);
            error
        });
        let errors: Vec<ServerError> = errors.collect();
        let mut response = self.errors(status.unwrap_or_else(|| self.document_fault()), &errors);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        } else if let Some(Retry::After(seconds)) = Retry::of(code.as_str()) {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }

    /// Answers a caller who sends too many requests.
    fn limited(&self, name: Arc<str>, limited: RateLimited) -> Response {
        let mut response = self.rejection(limited.rejection());
        Outcome::of(&mut response).caller = Some(name);
        response
    }

    fn unauthenticated(&self, message: &str, challenge: HeaderValue) -> Response {
        let rejection = Rejection::request(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, message);
        self.challenged(rejection, challenge)
    }

    fn challenged(&self, rejection: Rejection, challenge: HeaderValue) -> Response {
        let mut response = self.rejection(rejection);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        response
    }

    /// The status for a document that cannot be executed.
    fn document_fault(&self) -> StatusCode {
        match self.media_type {
            MediaType::GraphQlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        }
    }

    /// Adds the code, if there is none, and the request id to an error.
    fn complete(&self, error: &mut ServerError, code: ErrorCode) {
        shorten(&mut error.message);
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code.as_str());
        }
        extensions.set("requestId", self.request_id.to_string());
    }

    fn errors(&self, status: StatusCode, errors: &[ServerError]) -> Response {
        let mut response = self.typed((status, axum::Json(BTreeMap::from([("errors", errors)]))));
        Outcome::of(&mut response).code = errors.first().and_then(code);
        response
    }

    /// Sets the negotiated media type on an answer, and forbids caching it.
    fn typed(&self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
        let media_type = HeaderValue::from_static(self.media_type.as_str());
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

/// Whether some fields of a mutation were executed.
fn is_done_in_part(response: &async_graphql::Response) -> bool {
    matches!(&response.data, Value::Object(fields) if fields.values().any(|field| *field != Value::Null))
}

/// Returns what a client should do about a temporary error.
fn retry(error: &ServerError) -> Option<Retry> {
    extension(error, "code").and_then(Retry::of)
}

/// Returns the status of an answer whose first error has this code, if it is not 200.
fn status_of_refusal(code: &str) -> Option<StatusCode> {
    let statuses = [
        (ErrorCode::IdempotencyKeyReused, StatusCode::UNPROCESSABLE_ENTITY),
        (ErrorCode::EditionUnknown, StatusCode::CONFLICT),
    ];
    statuses.into_iter().find(|(refused, _)| refused.as_str() == code).map(|(_, status)| status)
}

/// Returns the code of an error.
fn code(error: &ServerError) -> Option<Cow<'static, str>> {
    extension(error, "code").map(|code| code.to_owned().into())
}

/// Executes a mutation in a separate task, so that it finishes even if the client disconnects.
pub(crate) async fn to_its_end(schema: ExecutableSchema, counted: Counted) -> async_graphql::Response {
    let executed = async move { counted.execute(&schema).await };
    match tokio::spawn(executed.in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server is stopping.
            Err(_) => async_graphql::Response::from_errors(vec![ServerError::new(AWAY, None)]),
        },
    }
}

/// Copies an answer for each of the clients that wait for it. Each gets its own request id.
fn copied(response: &async_graphql::Response) -> async_graphql::Response {
    let mut copy = async_graphql::Response::new(json::read_back(&response.data));
    copy.errors.clone_from(&response.errors);
    copy
}

/// The maximum length of all errors in an answer together, in bytes.
const MAX_ERRORS: usize = 64 << 10;
/// The estimated length of an error without its message, its path and the texts of its extensions, in bytes.
const ERROR_OVERHEAD: usize = 300;

/// Removes the last errors if there are too many.
fn keep_short(errors: &mut Vec<ServerError>) {
    let mut length = 0;
    let fitting = errors.iter().take_while(|error| {
        let names = error.path.iter().map(|part| match part {
            PathSegment::Field(name) => name.len(),
            PathSegment::Index(_) => 20,
        });
        // Escaping may make a message longer, but rarely does.
        length += ERROR_OVERHEAD + error.message.len().min(MAX_MESSAGE) + names.sum::<usize>();
        length <= MAX_ERRORS
    });
    let fitting = fitting.count().max(1);
    errors.truncate(fitting);
}

/// Converts a limit to `extensions.limit`.
fn described(limit: LimitReached) -> Value {
    let LimitReached { name, value, requested, flag } = limit;
    let requested = requested.map_or(Value::Null, Value::from);
    let entries =
        [("name", name.into()), ("value", value.into()), ("requested", requested), ("flag", flag.into())];
    Value::Object(entries.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
