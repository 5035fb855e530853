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
use crate::delivery::{EDITION, NOT_KEPT, STALE, Wanted};
use crate::exchange::{self, Exchange, Pending};
use crate::graphql::ErrorCode;
use crate::graphql::execution::cost;
use crate::graphql::protocol::media_type::{MediaType, is_json};
use crate::middleware::Client;
use crate::outcome::Outcome;
use crate::paced_body::{Late, PacedBody};
use crate::refusal::{rate_limited, refuse};
use crate::visibility::{Audience, Visibility};
use crate::{AppState, PATIENCE, at_least, health, host, rest};

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
        exchange::unreadable_head(&self.state, Client(self.peer), status);
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
            return noted(rate_limited(exchange, request.headers(), &address, limited));
        }
        if let Err(wrong) = host::check(request.version(), request.headers()) {
            let (headers, uri) = (request.headers(), request.uri());
            let (status, code) = (StatusCode::BAD_REQUEST, ErrorCode::BadRequest);
            return noted(refuse(exchange, headers, uri, status, code, wrong));
        }
        if let Err(refusal) = at_least::wait(&self.state, exchange, request.headers(), request.uri()).await {
            return noted(*refusal);
        }
        let (request, late) = paced(request);
        let answered = match at_once(&self.state, exchange, &visibility, request).await {
            Ok(answered) => answered,
            Err(mut request) => {
                request.extensions_mut().insert(exchange.id.clone());
                request.extensions_mut().insert(exchange.ticket.clone());
                request.extensions_mut().insert(visibility);
                // A router is always ready.
                let Ok(response) = self.router.call(request).instrument(exchange.span()).await;
                noted(response)
            }
        };
        match late.and_then(|late| late.refusal(exchange)) {
            Some(refusal) => noted(refusal),
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
            let (client, ticket) = (Client(origin.address), Ticket::of_origin(origin));
            let exchange = Exchange::begin(client, ticket, &request);
            let pending = Pending::new(state.clone(), exchange);
            let (response, outcome) = front.answer(&pending.exchange, request).await;
            let mut response = complete(said_to_be_stale(&state, response));
            pending.answered(outcome, &mut response);
            Ok(response)
        })
    }
}

/// Adds the headers of every answer: browsers must not guess its type, and nobody may cache it unless it says so.
fn complete(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(NOT_KEPT);
    response
}

/// Separates an answer from what is recorded about it.
fn noted(mut response: Response) -> (Response, Outcome) {
    let outcome = response.extensions_mut().remove().unwrap_or_default();
    (response, outcome)
}

/// Requires that the body, if there is one, keeps arriving.
fn paced<B>(request: Request<B>) -> (Request<Body>, Option<Expected>)
where
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    if request.body().is_end_stream() {
        return (request.map(|_| Body::empty()), None);
    }
    let (parts, body) = request.into_parts();
    let (body, late) = PacedBody::new(body);
    let expected = Expected { late, uri: parts.uri.clone(), headers: parts.headers.clone() };
    (Request::from_parts(parts, Body::new(body)), Some(expected))
}

/// A request whose body has not arrived yet.
struct Expected {
    late: Late,
    uri: Uri,
    headers: HeaderMap,
}

impl Expected {
    /// Returns the refusal if the body arrived too slowly, in place of any other answer.
    fn refusal(self, exchange: &Exchange) -> Option<Response> {
        let Self { late, uri, headers } = self;
        if !late.is_so() {
            return None;
        }
        let message = "the body arrived too slowly: send at least a kilobyte per second";
        let (status, code) = (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout);
        let mut refusal = refuse(exchange, &headers, &uri, status, code, message);
        refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        Some(refusal)
    }
}

/// Marks an answer as stale, and forbids caching it, if this node has not heard from its database for too long.
fn said_to_be_stale(state: &AppState, mut response: Response) -> Response {
    if let Some(stale) = state.app.stale()
        && response.headers().contains_key(EDITION)
    {
        let headers = response.headers_mut();
        headers.insert(STALE, HeaderValue::from(stale.as_secs()));
        headers.insert(header::CACHE_CONTROL, NOT_KEPT);
    }
    response
}

/// Returns the cached answer, or the whole request if there is none.
async fn at_once(
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
        "/graphql" if cost::is_asked(headers) => None,
        "/graphql" => MediaType::negotiate(headers).map(MediaType::as_str),
        path if path.starts_with("/v1/") && rest::accepts_json(headers) => Some(rest::JSON),
        _ => None,
    };
    let Some(content_type) = content_type.filter(|_| is_for_everyone) else { return Err(request) };
    match *request.method() {
        Method::GET => {
            let wanted = Wanted::get(&state.delivery, visibility, content_type, request.uri(), headers);
            known(state, wanted).await.ok_or(request)
        }
        Method::POST
            if request.uri().path() == "/graphql" && is_json(headers) && is_short(state, request.body()) =>
        {
            let (parts, body) = request.into_parts();
            // If the body is incomplete, it is treated as empty: the client does not see the answer.
            let body = match tokio::time::timeout(PATIENCE, body.collect()).await {
                Ok(body) => body.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
                Err(_) => {
                    let (status, code) = (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout);
                    let seconds = PATIENCE.as_secs();
                    let message = format!("the body did not arrive within {seconds} seconds");
                    return Ok(noted(refuse(exchange, &parts.headers, &parts.uri, status, code, message)));
                }
            };
            let (address, headers) = (&parts.uri, &parts.headers);
            let wanted = Wanted::post(&state.delivery, visibility, content_type, address, &body, headers);
            match known(state, wanted).await {
                Some(answered) => Ok(answered),
                None => Err(Request::from_parts(parts, Body::from(body))),
            }
        }
        _ => Err(request),
    }
}

async fn known(state: &AppState, wanted: Option<Wanted<'_>>) -> Option<(Response, Outcome)> {
    state.delivery.at_once(&wanted?, state.app.latest().edition.id()).await
}

/// Whether the length of a body is known to be within the limit before it is read.
fn is_short(state: &AppState, body: &Body) -> bool {
    body.size_hint().upper().is_some_and(|length| length <= state.limits.anonymous_body as u64)
}
