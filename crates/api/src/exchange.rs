//! What every request and its answer have in common: the id, the client, the log line, the counts, and the headers
//! that pages of other sites may read.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use app::SECRET_PREFIXES;
use axum::http::{Method, Request, StatusCode, Uri};
use axum::response::Response;
use tracing::Span;

use crate::admission::{QuotaState, Ticket};
use crate::graphql::ErrorCode;
use crate::metrics::{CacheState, Operation, micros};
use crate::outcome::Outcome;
use crate::request_id::RequestId;
use crate::{AppState, cors, delivery, rest};

/// The target of the log lines about requests. `--log info,access=off` turns them off.
pub const ACCESS: &str = "access";
/// The maximum length of a path in the log, in characters.
const MAX_LOGGED_PATH: usize = 200;

/// A request that is being answered.
pub(crate) struct Exchange {
    pub(crate) id: RequestId,
    pub(crate) ticket: Ticket,
    client: IpAddr,
    method: Method,
    uri: Uri,
    began: Instant,
}

impl Exchange {
    pub(crate) fn begin<B>(client: IpAddr, ticket: Ticket, request: &Request<B>) -> Self {
        Self {
            ticket,
            id: RequestId::of(request.headers()),
            client,
            method: request.method().clone(),
            uri: request.uri().clone(),
            began: Instant::now(),
        }
    }

    /// Returns the span of the log lines that are written while the request is answered.
    pub(crate) fn span(&self) -> Span {
        let Self { id, ticket: _, client, method, uri, began: _ } = self;
        tracing::info_span!("request", %id, %client, %method, path = logged_path(uri))
    }

    /// Adds the headers that every answer has, counts the answer and logs it.
    fn finish(&self, state: &AppState, outcome: Outcome, response: &mut Response) {
        let headers = response.headers_mut();
        cors::allow(headers);
        let quota_states = self.ticket.quota_states();
        // An answer that shared caches use for everybody must not describe the quota of one client.
        if !quota_states.is_empty() && !delivery::is_shared(headers) {
            QuotaState::write(&quota_states, headers);
        }
        let Outcome { operation, code, cache, caller, cost } = outcome;
        let Self { id, ticket, client, method, uri, began } = self;
        let took = began.elapsed();
        let status = response.status();
        let operation = operation.unwrap_or_else(|| state.metrics.route(route(uri), ""));
        state.metrics.answered(&operation, status, cache, code.as_deref(), took);
        let micros = micros(took);
        let bytes = axum::body::HttpBody::size_hint(response.body()).exact();
        let (status, cache, key) = (status.as_u16(), cache.as_str(), caller.as_deref());
        let (path, code, waited) = (logged_path(uri), code.as_deref(), ticket.waited());
        let name = Some(operation.name()).filter(|name| !name.is_empty());
        // Monitoring requests these routes every few seconds. They are logged at a lower level.
        if is_routine(&operation) {
            tracing::debug!(
                target: ACCESS, %id, %client, %method, path, operation = name, status, code, key, bytes, micros, waited, cost, cache, "answered"
            );
        } else {
            tracing::info!(
                target: ACCESS, %id, %client, %method, path, operation = name, status, code, key, bytes, micros, waited, cost, cache, "answered"
            );
        }
        id.mark(response);
    }

    /// Counts and logs a request whose client has disconnected. If it was a write, it may have taken effect; the
    /// audit log has the answer.
    fn log_disconnect(&self, state: &AppState) {
        let Self { id, ticket, client, method, uri, began } = self;
        let took = began.elapsed();
        let (status, cache) = (client_gone(), CacheState::default());
        state.metrics.answered(&state.metrics.route(route(uri), ""), status, cache, None, took);
        let micros = micros(took);
        let (path, status, waited) = (logged_path(uri), status.as_u16(), ticket.waited());
        tracing::info!(
            target: ACCESS, %id, %client, %method, path, status, micros, waited, cache = cache.as_str(),
            "not answered: the client has disconnected"
        );
    }
}

/// The status that nginx logs for a client that has disconnected. Nobody receives it.
fn client_gone() -> StatusCode {
    StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT)
}

/// A request whose client is still connected. If it is dropped before it is answered, the client has disconnected,
/// and the request is counted and logged as such.
pub(crate) struct Pending {
    state: AppState,
    pub(crate) exchange: Exchange,
    is_answered: bool,
}

impl Pending {
    pub(crate) fn new(state: AppState, exchange: Exchange) -> Self {
        Self { state, exchange, is_answered: false }
    }

    /// Records that the request is answered.
    pub(crate) fn answered(mut self, outcome: Outcome, response: &mut Response) {
        self.is_answered = true;
        self.exchange.finish(&self.state, outcome, response);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_answered {
            self.exchange.log_disconnect(&self.state);
        }
    }
}

/// Counts and logs a request whose head could not be read.
pub(crate) fn log_unreadable_head(state: &AppState, client: IpAddr, status: StatusCode) {
    let code = ErrorCode::BadRequest.as_str();
    let operation = state.metrics.route("other", "");
    let cache = CacheState::default();
    state.metrics.answered(&operation, status, cache, Some(code), Duration::ZERO);
    let (status, cache) = (status.as_u16(), cache.as_str());
    tracing::info!(target: ACCESS, %client, status, code, cache, "answered; the head of the request could not be read");
}

/// Returns the path for the log. The query string may contain a preview token and is not logged. A path that
/// contains a secret by mistake ends where the secret begins.
fn logged_path(uri: &Uri) -> &str {
    let path = uri.path();
    let secret = SECRET_PREFIXES.iter().filter_map(|prefix| Some(path.find(prefix)? + prefix.len())).min();
    let length = path.char_indices().nth(MAX_LOGGED_PATH).map(|(end, _)| end);
    let end = secret.into_iter().chain(length).min();
    end.map_or(path, |end| &path[..end])
}

fn is_routine(operation: &Operation) -> bool {
    ["/healthz", "/readyz", "/metrics"].contains(&operation.route())
}

/// Returns the route of a path: one of a fixed number of names.
fn route(uri: &Uri) -> &'static str {
    let path = uri.path();
    let known = ["/graphql", "/graphiql", "/openapi.json", "/healthz", "/readyz", "/metrics", "/v1", "/"];
    if let Some(known) = known.into_iter().find(|known| *known == path) {
        return known;
    }
    if path.starts_with("/graphiql/") {
        return "/graphiql";
    }
    rest::route(path).unwrap_or("other")
}
