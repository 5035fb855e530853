//! What stands before the router: whoever asks what was asked before is answered here, at the cost of
//! sending it.

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

/// The publication over HTTP, as a service.
#[derive(Clone)]
pub struct Front {
    state: AppState,
    router: Router,
    /// Who is at the other end of the connection.
    peer: IpAddr,
}

impl Front {
    pub(crate) fn new(state: AppState, router: Router) -> Self {
        Self { state, router, peer: Ipv4Addr::UNSPECIFIED.into() }
    }

    /// The service for the connections of one address.
    #[must_use]
    pub fn for_peer(&self, peer: IpAddr) -> Self {
        Self { peer, ..self.clone() }
    }

    /// Counts and logs a request whose head could not be read, and which was answered with this status.
    pub fn note_unreadable_head(&self, status: StatusCode) {
        exchange::unreadable_head(&self.state, Client(self.peer), status);
    }

    /// The answer, and what is to be noted of it.
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

/// What every answer says, whoever made it: its type is meant as it is told, and nobody keeps it unless it
/// says otherwise.
fn complete(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(NOT_KEPT);
    response
}

/// An answer, and what was noted on it.
fn noted(mut response: Response) -> (Response, Outcome) {
    let outcome = response.extensions_mut().remove().unwrap_or_default();
    (response, outcome)
}

/// The request, with a body that has to keep coming, if it has one.
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

/// A request whose body is still to come.
struct Expected {
    late: Late,
    uri: Uri,
    headers: HeaderMap,
}

impl Expected {
    /// The answer when the body came too slowly, whatever was made of what there was of it.
    fn refusal(self, exchange: &Exchange) -> Option<Response> {
        let Self { late, uri, headers } = self;
        if !late.is_so() {
            return None;
        }
        let message = "the body came too slowly: send at least a kilobyte a second";
        let (status, code) = (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout);
        let mut refusal = refuse(exchange, &headers, &uri, status, code, message);
        refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        Some(refusal)
    }
}

/// Says so, when this node has not heard from its database for too long, and has nobody keep the answer.
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

/// The answer, if it is at hand; otherwise the request, whole.
async fn at_once(
    state: &AppState,
    exchange: &Exchange,
    visibility: &Visibility,
    request: Request<Body>,
) -> Result<(Response, Outcome), Request<Body>> {
    let headers = request.headers();
    // What has ended is in no answer that is at hand, once that is known.
    let is_for_everyone = visibility.audience() == Audience::Everyone && !state.app.ends_are_late();
    let content_type = match request.uri().path() {
        // What a request costs is in no answer that is at hand.
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
            // A body that breaks off is none; the client does not hear what is said of it.
            let body = match tokio::time::timeout(PATIENCE, body.collect()).await {
                Ok(body) => body.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
                Err(_) => {
                    let (status, code) = (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout);
                    let seconds = PATIENCE.as_secs();
                    let message = format!("the body has not come within {seconds} seconds");
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

/// Whether a body is known to be within the limit before it is read.
fn is_short(state: &AppState, body: &Body) -> bool {
    body.size_hint().upper().is_some_and(|length| length <= state.limits.anonymous_body as u64)
}
