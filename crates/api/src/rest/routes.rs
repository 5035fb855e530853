//! The routes of the REST API, and what is the same for all of them.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::{Arc, LazyLock};

use app::Caller;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, any, get};
use axum::{Extension, Router};
use serde_json::json;

use super::accept::accepts_json;
use super::problem::Problem;
use super::request::{from_front, request_id};
use super::{JSON, openapi, read, write};
use crate::admission::Ticket;
use crate::outcome::Outcome;
use crate::public_url::PublicUrl;
use crate::request_id::RequestId;
use crate::static_answer::{ASK_FIRST, StaticAnswer};
use crate::visibility::{PREVIEW_PARAMETER, PreviewClaim, Visibility};
use crate::{AppState, auth};

/// The beginning of the paths at which drafts are read.
const DESK: &str = "/v1/desk/";

/// Makes the routes.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let url = state.public_url.clone();
    let index = LazyLock::new(move || StaticAnswer::new(JSON, ASK_FIRST, index(&url)));
    let mut routes = Router::new().route("/v1", get(fixed(index)).fallback(method_not_allowed));
    let mut by_path: BTreeMap<&str, MethodRouter<AppState>> = BTreeMap::new();
    for endpoint in &read::ENDPOINTS {
        let answer = move |State(state): State<AppState>, request: Parts| async move {
            let request_id = request_id(&request.extensions);
            read::answer(&state, endpoint, request)
                .await
                .unwrap_or_else(|problem| problem.response(&request_id))
        };
        let route = by_path.remove(endpoint.path).unwrap_or_default();
        by_path.insert(endpoint.path, route.get(answer));
    }
    for endpoint in &write::ENDPOINTS {
        let answer = move |State(state): State<AppState>, request: Request| async move {
            let request_id = request_id(request.extensions());
            let answered = write::answer(&state, endpoint, request).await;
            answered.unwrap_or_else(|problem| problem.response(&request_id))
        };
        let method = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let route = by_path.remove(endpoint.path).unwrap_or_default();
        by_path.insert(endpoint.path, route.on(method, answer));
    }
    for (path, route) in by_path {
        routes = routes.route(path, route.fallback(method_not_allowed));
    }
    let url = state.public_url.clone();
    let description = LazyLock::new(move || StaticAnswer::new(JSON, ASK_FIRST, openapi::openapi(&url)));
    routes
        .route("/v1/", any(not_found))
        .route("/v1/{*path}", any(not_found))
        .layer(from_fn_with_state(state.clone(), check))
        .route("/openapi.json", get(fixed(description)))
}

/// Makes the handler of an answer that is made once, when it is first requested.
fn fixed<M>(
    answer: LazyLock<StaticAnswer, M>,
) -> impl FnOnce(HeaderMap) -> Ready<Response> + Clone + Send + Sync + 'static
where
    M: FnOnce() -> StaticAnswer + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    move |headers: HeaderMap| ready(answer.answer(&headers))
}

/// Checks what all endpoints require: the client accepts JSON, asks for a preview only where it can read public
/// content, and has valid credentials or none.
async fn check(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (method, uri) = (request.method(), request.uri());
    match authenticate(&state, method, uri, request.headers(), request.extensions()).await {
        Ok(caller) => {
            if let (Some(caller), Some(ticket)) = (&caller, request.extensions().get::<Ticket>()) {
                let ticket = ticket.of_caller(caller);
                request.extensions_mut().insert(ticket);
            }
            if let Some(caller) = &caller {
                request.extensions_mut().insert(caller.clone());
            }
            let mut response = next.run(request).await;
            Outcome::of(&mut response).caller = caller.map(|caller| caller.name.into());
            response
        }
        Err(problem) => problem.response(&request_id(request.extensions())),
    }
}

async fn authenticate(
    state: &AppState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Caller>, Problem> {
    if !accepts_json(headers) {
        let detail = "answers are `application/json` or `application/problem+json`: accept both";
        return Err(Problem::bad_request(StatusCode::NOT_ACCEPTABLE, detail));
    }
    let visibility = from_front::<Visibility>(extensions)?;
    let reads_public = method.is_safe() && !uri.path().starts_with(DESK);
    if !reads_public && *visibility.preview() != PreviewClaim::None {
        let detail =
            "previews are only for reading published content: leave out `X-Preview` and `?preview=` here";
        return Err(Problem::parameter(PREVIEW_PARAMETER, detail));
    }
    let ticket = from_front::<Ticket>(extensions)?;
    let authentication = auth::authenticate(state, visibility.credentials(), ticket).await;
    Ok(authentication.into_caller(reads_public)?)
}

/// `/v1`: the list of the endpoints.
fn index(public_url: &PublicUrl) -> String {
    let endpoints: serde_json::Map<_, _> = read::ENDPOINTS
        .iter()
        .map(|endpoint| (endpoint.name.to_owned(), public_url.address(endpoint.path).into()))
        .collect();
    let index = json!({
        "endpoints": endpoints,
        "openapi": public_url.address("/openapi.json"),
        "graphql": public_url.address("/graphql"),
        "graphiql": public_url.address("/graphiql"),
    });
    index.to_string()
}

async fn not_found(Extension(request_id): Extension<RequestId>, uri: Uri) -> Response {
    let path = uri.path();
    let without_slash = path.strip_suffix('/').unwrap_or_default();
    let detail = if is_known(without_slash) {
        format!("nothing is at this address: leave out the `/` at its end, {without_slash}")
    } else {
        "nothing is at this address: /v1 lists the endpoints".to_owned()
    };
    Problem::not_found(detail).response(&request_id)
}

/// Returns the route of a path, if it is a known one.
pub(crate) fn route(path: &str) -> Option<&'static str> {
    paths().find(|known| is_at(path, known))
}

/// Returns the paths of all endpoints. A path with several methods occurs several times.
fn paths() -> impl Iterator<Item = &'static str> {
    let reads = read::ENDPOINTS.iter().map(|endpoint| endpoint.path);
    reads.chain(write::ENDPOINTS.iter().map(|endpoint| endpoint.path))
}

/// Whether a path matches a route, whose parts in braces match any part.
fn is_at(path: &str, route: &str) -> bool {
    let (mut parts, mut known) = (path.split('/'), route.split('/'));
    loop {
        match (parts.next(), known.next()) {
            (None, None) => return true,
            (Some(part), Some(known)) if known.starts_with('{') && !part.is_empty() => {}
            (Some(part), Some(known)) if part == known => {}
            _ => return false,
        }
    }
}

fn is_known(path: &str) -> bool {
    path == "/v1" || paths().any(|known| known == path)
}

/// Returns the methods of a path, in a fixed order.
fn methods(path: &str) -> Vec<&'static str> {
    let mut methods = Vec::new();
    if path == "/v1" || read::ENDPOINTS.iter().any(|endpoint| is_at(path, endpoint.path)) {
        methods.extend(["GET", "HEAD"]);
    }
    for endpoint in write::ENDPOINTS.iter().filter(|endpoint| is_at(path, endpoint.path)) {
        methods.push(endpoint.method.as_str());
        if endpoint.method == Method::GET {
            methods.push("HEAD");
        }
    }
    methods
}

async fn method_not_allowed(Extension(request_id): Extension<RequestId>, uri: Uri) -> Response {
    let methods = methods(uri.path());
    let detail =
        format!("this address accepts {}; /v1 and /openapi.json list the endpoints", methods.join(", "));
    let problem = Problem::bad_request(StatusCode::METHOD_NOT_ALLOWED, detail);
    match HeaderValue::try_from(methods.join(", ")) {
        Ok(allow) => problem.with_header(header::ALLOW, allow).response(&request_id),
        Err(_) => problem.response(&request_id),
    }
}
