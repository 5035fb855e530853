//! GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft/>): POST and GET, both media types, and
//! the status codes of the draft. Mutations over GET and batches are refused.

use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{ServerError, Value};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use tracing::Instrument;

use crate::admission::{PlaceRequest, Ticket, Work};
use crate::auth::{self, Authentication};
use crate::authorization::{Authorized, authorize};
use crate::delivery::{Answer, MakeAnswer, NotMade, PublicRequest, write_edition};
use crate::graphql::ExecutableSchema;
use crate::graphql::error::{DATABASE_AWAY, ErrorCode, is_unavailable, tell_of_write};
use crate::graphql::execution::json;
use crate::graphql::execution::prepared::{CostedRequest, PreparedOperation, QueryResult, may_retry};
use crate::graphql::protocol::media_type::is_json;
use crate::graphql::protocol::reply::Reply;
use crate::graphql::protocol::request::{Parameters, Parsed};
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::visibility::{PreviewClaim, Visibility};
use crate::{AppState, preview, request_body, url_query};

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
        return Redirect::temporary(&state.public_url.address(&page)).into_response();
    }
    let reply = match Reply::to(&request) {
        Ok(reply) => reply,
        Err(response) => return *response,
    };
    let query = query.unwrap_or_default();
    let content_type = reply.media_type.as_str();
    let public =
        PublicRequest::get(&state.delivery, &visibility, content_type, request.uri(), request.headers());
    let public = public.filter(|_| !reply.reports_cost);
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
            let context =
                RequestContext { preview: visibility.preview(), headers: request.headers(), ticket: &ticket };
            reply.answer(&state, parsed, authentication, context, public).await
        }
        Err(rejection) => reply.rejection(rejection),
    }
}

/// Returns the path of GraphiQL if the request has no parameters, except for a preview token.
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
    let public = PublicRequest::post(&state.delivery, &visibility, content_type, &parts.uri, &body, headers);
    let public = public.filter(|_| !reply.reports_cost);
    let parsed = match Parameters::from_body(&body) {
        Ok(parameters) => parameters.parse(&state.documents).await,
        Err(rejection) => Err(rejection),
    };
    match parsed {
        Ok(parsed) => {
            let context = RequestContext { preview: visibility.preview(), headers, ticket: &ticket };
            reply.answer(&state, parsed, authentication, context, public).await
        }
        Err(rejection) => reply.rejection(rejection),
    }
}

/// Returns a GraphQL parameter in the query string of a POST, where it would be ignored.
fn misplaced(address: &Uri) -> Option<&'static str> {
    ["query", "operationName", "variables", "extensions"]
        .into_iter()
        .find(|name| url_query::values(address, name).next().is_some())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The parts of a request that are neither its document nor its API key.
struct RequestContext<'a> {
    preview: &'a PreviewClaim,
    headers: &'a HeaderMap,
    ticket: &'a Ticket,
}

impl Reply {
    /// Answers the request. Records the caller and the operation for the log and the metrics.
    async fn answer(
        &self,
        state: &AppState,
        parsed: Parsed,
        authentication: Authentication,
        context: RequestContext<'_>,
        public: Option<PublicRequest<'_>>,
    ) -> Response {
        let (name, caller) = (parsed.name().map(str::to_owned), authentication.name());
        let mut response = self.execute(state, parsed, authentication, context, public).await;
        let outcome = Outcome::of(&mut response);
        outcome.caller = caller;
        if outcome.operation.is_none() {
            // The names of documents that cannot be executed are not recorded.
            let is_valid = outcome.code.is_none();
            outcome.operation = Some(state.metrics.graphql(name.as_deref(), is_valid));
        }
        response
    }

    async fn execute(
        &self,
        state: &AppState,
        parsed: Parsed,
        authentication: Authentication,
        context: RequestContext<'_>,
        public: Option<PublicRequest<'_>>,
    ) -> Response {
        let RequestContext { preview, headers, ticket } = context;
        let view = match preview::view(state, parsed.kind(), preview).await {
            Ok(view) => view,
            Err(rejection) => return self.rejection(rejection),
        };
        let caller = authentication.into_caller(parsed.is_pure());
        let authorized =
            caller.and_then(|caller| authorize(state, &parsed.query, caller, headers, &self.request_id));
        let Authorized { caller, idempotency_key } = match authorized {
            Ok(authorized) => authorized,
            Err(rejection) => return self.rejection(rejection),
        };
        let ticket = caller.as_ref().map_or_else(|| ticket.clone(), |caller| ticket.of_caller(caller));
        let work = if view.is_some() { Work::Preview } else { parsed.query.work() };
        let place_request = PlaceRequest { admission: &state.admission, work, ticket: &ticket };
        if let Some(public) = public.filter(|_| view.is_none() && parsed.is_pure()) {
            return self.deliver(state, parsed, &public, place_request).await;
        }
        if self.reports_cost && view.is_none() && parsed.is_pure() {
            return self.read_uncached(state, &parsed.query, place_request).await;
        }
        let is_preview = view.is_some();
        let view = view.unwrap_or_default();
        let kind = parsed.kind();
        let Parsed { query } = parsed;
        let costed = async || {
            let costed = query
                .costed(state, view.unopened())
                .await?
                .with_caller(caller.clone())
                .with_idempotency_key(idempotency_key.clone());
            Ok::<_, Box<async_graphql::Response>>(costed.reporting_cost(self.reports_cost))
        };
        if kind == OperationType::Mutation {
            let response = match costed().await {
                Ok(costed) => execute_to_end(state.schema.clone(), costed).await,
                Err(answer) => *answer,
            };
            let is_partly_executed = is_partly_executed(&response);
            let mut response = self.executed(response);
            if is_partly_executed {
                // A client that repeats the request automatically would repeat what has been done.
                response.headers_mut().remove(header::RETRY_AFTER);
            }
            // If the mutation has created an edition, this node knows it already.
            write_edition(&mut response, state.app.latest().edition.id());
            return response;
        }
        let _place = match place_request.wait().await {
            Ok(place) => place,
            Err(refused) => return self.rejection(refused.rejection()),
        };
        let schema = &state.schema;
        let started = Instant::now();
        let execute = async || match costed().await {
            Ok(costed) => costed.execute(schema).await,
            Err(answer) => *answer,
        };
        let mut response = execute().await;
        // A preview gives way to a writer, and may succeed afterwards.
        let may_retry = may_retry(state, started) || (is_preview && started.elapsed() < app::PREVIEW_TIME);
        if is_unavailable(&response) && may_retry {
            response = execute().await;
        }
        self.executed(response)
    }

    /// Answers a query that depends only on the question and the edition, without the cache.
    async fn read_uncached(
        &self,
        state: &AppState,
        query: &PreparedOperation,
        place_request: PlaceRequest<'_>,
    ) -> Response {
        let _place = match place_request.wait().await {
            Ok(place) => place,
            Err(refused) => return self.rejection(refused.rejection()),
        };
        let mut response = Box::pin(query.read(state, self.reports_cost)).await.response;
        response.data = json::read_back(&response.data);
        self.executed(response)
    }

    /// Answers a query that depends only on the question and the edition, from the cache if possible.
    async fn deliver(
        &self,
        state: &AppState,
        parsed: Parsed,
        public: &PublicRequest<'_>,
        place_request: PlaceRequest<'_>,
    ) -> Response {
        let name = parsed.name().map(str::to_owned);
        let Parsed { query } = parsed;
        let edition = state.app.latest().edition.id();
        if state.app.ends_are_late() {
            return self.read_uncached(state, &query, place_request).await;
        }
        let prepared = &query;
        let make = move || -> MakeAnswer<'_, async_graphql::Response> {
            Box::pin(async move {
                let QueryResult { response, edition, mentions } = prepared.read(state, false).await;
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
        match state.delivery.answer(public, query.question, edition, operation, place_request, make).await {
            Ok(response) => response,
            Err(not_made) => match &*not_made {
                NotMade::NoPlace(refused) => self.rejection(refused.rejection()),
                NotMade::Failed(response) => self.executed(copy_response(response)),
            },
        }
    }
}

/// Whether some fields of a mutation were executed.
fn is_partly_executed(response: &async_graphql::Response) -> bool {
    matches!(&response.data, Value::Object(fields) if fields.values().any(|field| *field != Value::Null))
}

/// Executes a mutation in a separate task, so that it finishes even if the client disconnects. A failure of the database
/// after a write has the code `OUTCOME_UNKNOWN`: if the client repeated the request, it would write twice.
pub(crate) async fn execute_to_end(
    schema: ExecutableSchema,
    costed: CostedRequest,
) -> async_graphql::Response {
    let executed = async move {
        let (mut response, has_written) = app::noting_writes(costed.execute(&schema)).await;
        if has_written {
            tell_of_write(&mut response.errors);
        }
        response
    };
    match tokio::spawn(executed.in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server is stopping.
            Err(_) => async_graphql::Response::from_errors(vec![ServerError::new(DATABASE_AWAY, None)]),
        },
    }
}

/// Copies an answer for each of the clients that wait for it. Each gets its own request id.
fn copy_response(response: &async_graphql::Response) -> async_graphql::Response {
    let mut copy = async_graphql::Response::new(json::read_back(&response.data));
    copy.errors.clone_from(&response.errors);
    copy
}
