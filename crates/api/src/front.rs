//! The service in front of the router. It answers cached requests at little more than the cost of sending them.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::Response;
use http_body_util::BodyExt;
use tower_service::Service;
use tracing::Instrument;

use crate::admission::Ticket;
use crate::delivery::{EDITION, NO_STORE, PublicRequest, STALE};
use crate::exchange::{self, Exchange, Pending};
use crate::graphql::ErrorCode;
use crate::graphql::execution::cost;
use crate::graphql::protocol::media_type::{MediaType, is_json};
use crate::outcome::Outcome;
use crate::paced_body::{Late, PacedBody};
use crate::refusal::refuse;
use crate::rejection::Rejection;
use crate::visibility::{Audience, Visibility};
use crate::{AppState, REQUEST_TIMEOUT, at_least, cors, health, host, rest};

/// The publication as an HTTP service.
#[derive(Clone)]
pub struct Front {
    state: AppState,
    router: Router,
    /// The address of the peer of the connection.
    peer: IpAddr,
}

impl Front {
    pub(crate) fn new(state: AppState, router: Router) -> Self {
        Self { state, router, peer: Ipv4Addr::UNSPECIFIED.into() }
    }

    /// Returns the service for connections from one address.
    #[must_use]
    pub fn for_peer(&self, peer: IpAddr) -> Self {
        Self { peer, ..self.clone() }
    }

    /// Counts and logs a request whose head could not be read and which was answered with this status.
    pub fn note_unreadable_head(&self, status: StatusCode) {
        exchange::log_unreadable_head(&self.state, self.peer, status);
    }

    /// Answers a request. Also returns what is recorded about it.
    async fn answer<B>(mut self, exchange: &Exchange, mut request: Request<B>) -> (Response, Outcome)
    where
        B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        let address = request.uri().clone();
        let visibility = Visibility::take(request.headers_mut(), &address);
        if !health::is_check(&address)
            && let Err(limited) = self.state.rates.count(&exchange.ticket)
        {
            return take_outcome(refuse(exchange, request.headers(), &address, limited.rejection()));
        }
        if let Err(wrong) = host::check(request.version(), request.headers()) {
            return take_outcome(refuse(
                exchange,
                request.headers(),
                &address,
                Rejection::bad_request(wrong),
            ));
        }
        if let Err(rejection) = at_least::wait(&self.state, request.headers(), &address).await {
            return take_outcome(refuse(exchange, request.headers(), &address, rejection));
        }
        let (request, late) = require_pace(request);
        let answered = match cached_answer(&self.state, exchange, &visibility, request).await {
            Ok(answered) => answered,
            Err(request) if *request.method() == Method::OPTIONS => {
                take_outcome(cors::preflight(request.headers()))
            }
            Err(mut request) => {
                request.extensions_mut().insert(exchange.id.clone());
                request.extensions_mut().insert(exchange.ticket.clone());
                request.extensions_mut().insert(visibility);
                // A router is always ready.
                let Ok(response) = self.router.call(request).instrument(exchange.span()).await;
                take_outcome(response)
            }
        };
        match late.and_then(|late| late.refusal(exchange)) {
            Some(refusal) => take_outcome(refusal),
            None => answered,
        }
    }
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move {
            let state = front.state.clone();
            let origin = state.proxies.origin(front.peer, request.headers());
            let (client, ticket) = (origin.address, Ticket::of_origin(origin));
            let exchange = Exchange::begin(client, ticket, &request);
            let pending = Pending::new(state.clone(), exchange);
            let (response, outcome) = front.answer(&pending.exchange, request).await;
            let mut response = add_default_headers(mark_stale(&state, response));
            pending.answered(outcome, &mut response);
            Ok(response)
        })
    }
}

/// Adds the headers of every answer: browsers must not guess its type, and nobody may cache it unless it says so.
fn add_default_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    response
}

/// Separates an answer from what is recorded about it.
fn take_outcome(mut response: Response) -> (Response, Outcome) {
    let outcome = response.extensions_mut().remove().unwrap_or_default();
    (response, outcome)
}

/// Requires that the body, if there is one, keeps arriving.
fn require_pace<B>(request: Request<B>) -> (Request<Body>, Option<ExpectedBody>)
where
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    if request.body().is_end_stream() {
        return (request.map(|_| Body::empty()), None);
    }
    let (parts, body) = request.into_parts();
    let (body, late) = PacedBody::new(body);
    let expected = ExpectedBody { late, uri: parts.uri.clone(), headers: parts.headers.clone() };
    (Request::from_parts(parts, Body::new(body)), Some(expected))
}

/// A request whose body has not arrived yet.
struct ExpectedBody {
    late: Late,
    uri: Uri,
    headers: HeaderMap,
}

impl ExpectedBody {
    /// Returns the refusal if the body arrived too slowly, in place of any other answer.
    fn refusal(self, exchange: &Exchange) -> Option<Response> {
        let Self { late, uri, headers } = self;
        if !late.is_set() {
            return None;
        }
        let message = "the body arrived too slowly: send at least a kilobyte per second";
        let mut refusal = refuse(exchange, &headers, &uri, timeout(message));
        refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        Some(refusal)
    }
}

/// The rejection of a request whose body did not arrive in time.
fn timeout(message: impl Into<String>) -> Rejection {
    Rejection::request(StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout, message)
}

/// Marks an answer as stale, and forbids caching it, if this node has not heard from its database for too long.
fn mark_stale(state: &AppState, mut response: Response) -> Response {
    if let Some(stale) = state.app.stale()
        && response.headers().contains_key(EDITION)
    {
        let headers = response.headers_mut();
        headers.insert(STALE, HeaderValue::from(stale.as_secs()));
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    response
}

/// Returns the cached answer, or the whole request if there is none.
async fn cached_answer(
    state: &AppState,
    exchange: &Exchange,
    visibility: &Visibility,
    request: Request<Body>,
) -> Result<(Response, Outcome), Request<Body>> {
    let headers = request.headers();
    // Once expiries are overdue, cached answers may contain what has expired.
    let is_for_everyone = visibility.audience() == Audience::Everyone && !state.app.ends_are_late();
    let content_type = match request.uri().path() {
        // Cached answers do not report the cost of the request.
        "/graphql" if cost::is_requested(headers) => None,
        "/graphql" => MediaType::negotiate(headers).map(MediaType::as_str),
        path if path.starts_with("/v1/") && rest::accepts_json(headers) => Some(rest::JSON),
        _ => None,
    };
    let Some(content_type) = content_type.filter(|_| is_for_everyone) else { return Err(request) };
    match *request.method() {
        Method::GET => {
            let public =
                PublicRequest::get(&state.delivery, visibility, content_type, request.uri(), headers);
            look_up(state, public).await.ok_or(request)
        }
        Method::POST
            if request.uri().path() == "/graphql" && is_json(headers) && is_short(state, request.body()) =>
        {
            let (parts, body) = request.into_parts();
            // If the body is incomplete, it is treated as empty: the client does not see the answer.
            let body = match tokio::time::timeout(REQUEST_TIMEOUT, body.collect()).await {
                Ok(body) => body.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
                Err(_) => {
                    let seconds = REQUEST_TIMEOUT.as_secs();
                    let message = format!("the body did not arrive within {seconds} seconds");
                    return Ok(take_outcome(refuse(exchange, &parts.headers, &parts.uri, timeout(message))));
                }
            };
            let (address, headers) = (&parts.uri, &parts.headers);
            let public =
                PublicRequest::post(&state.delivery, visibility, content_type, address, &body, headers);
            match look_up(state, public).await {
                Some(answered) => Ok(answered),
                None => Err(Request::from_parts(parts, Body::from(body))),
            }
        }
        _ => Err(request),
    }
}

async fn look_up(state: &AppState, public: Option<PublicRequest<'_>>) -> Option<(Response, Outcome)> {
    state.delivery.cached(&public?, state.app.latest().edition.id()).await
}

/// Whether the length of a body is known to be within the limit before it is read.
fn is_short(state: &AppState, body: &Body) -> bool {
    body.size_hint().upper().is_some_and(|length| length <= state.limits.anonymous_body as u64)
}
