//! What stands before the router: whoever asks what was asked before is answered here, at the cost of
//! sending it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use tower_service::Service;

use crate::delivery::Wanted;
use crate::graphql::media_type::{MediaType, is_json};
use crate::middleware::{self, RequestId};
use crate::{AppState, EXPOSED, PATIENCE, preview, rest};

/// The publication over HTTP, as a service.
#[derive(Clone)]
pub struct Front {
    state: AppState,
    router: Router,
}

impl Front {
    pub(crate) fn new(state: AppState, router: Router) -> Self {
        Self { state, router }
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
        let Self { state, mut router } = self.clone();
        Box::pin(async move {
            match at_once(&state, request.map(Body::new)).await {
                Ok(response) => Ok(response),
                // A router is always ready.
                Err(request) => router.call(request).await,
            }
        })
    }
}

/// The answer, if it is at hand; otherwise the request, whole.
async fn at_once(state: &AppState, request: Request<Body>) -> Result<Response, Request<Body>> {
    let headers = request.headers();
    let is_plain = !headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(preview::HEADER);
    let content_type = match request.uri().path() {
        "/graphql" => MediaType::negotiate(headers).map(MediaType::as_str),
        path if path.starts_with("/v1/") && rest::accepts_json(headers) => Some(rest::JSON),
        _ => None,
    };
    let Some(content_type) = content_type.filter(|_| is_plain) else { return Err(request) };
    match *request.method() {
        Method::GET => {
            let wanted = Wanted::get(&state.delivery, content_type, request.uri(), headers, true);
            match known(state, &wanted).await {
                Some(response) => Ok(labelled(&Method::GET, request.uri(), headers, response)),
                None => Err(request),
            }
        }
        Method::POST
            if request.uri().path() == "/graphql" && is_json(headers) && is_short(state, request.body()) =>
        {
            let (parts, body) = request.into_parts();
            // A body that breaks off is none; the client does not hear what is said of it.
            let body = match tokio::time::timeout(PATIENCE, body.collect()).await {
                Ok(body) => body.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
                Err(_) => return Ok(StatusCode::GATEWAY_TIMEOUT.into_response()),
            };
            let wanted = Wanted::post(&state.delivery, content_type, &body, &parts.headers);
            match known(state, &wanted).await {
                Some(response) => Ok(labelled(&Method::POST, &parts.uri, &parts.headers, response)),
                None => Err(Request::from_parts(parts, Body::from(body))),
            }
        }
        _ => Err(request),
    }
}

async fn known(state: &AppState, wanted: &Wanted<'_>) -> Option<Response> {
    state.delivery.at_once(wanted, state.app.latest().edition.number).await
}

/// Whether a body is known to be within the limit before it is read.
fn is_short(state: &AppState, body: &Body) -> bool {
    body.size_hint().upper().is_some_and(|length| length <= state.limits.anonymous_body as u64)
}

/// The names of [`EXPOSED`].
fn exposed() -> HeaderValue {
    static NAMES: OnceLock<HeaderValue> = OnceLock::new();
    let names = || EXPOSED.map(|name| name.to_string()).join(",");
    NAMES.get_or_init(|| HeaderValue::try_from(names()).unwrap_or(HeaderValue::from_static("*"))).clone()
}

/// What the router's layers would have added.
fn labelled(method: &Method, uri: &Uri, headers: &HeaderMap, mut response: Response) -> Response {
    let id = RequestId::of(headers);
    middleware::told(&id, method, uri, &response);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed());
    id.mark(&mut response);
    response
}
