//! The routes of the REST API, and what is the same for all of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
use crate::request_id::RequestId;
use crate::static_answer::{ASK_FIRST, StaticAnswer};
use crate::visibility::{PreviewClaim, Visibility};
use crate::{AppState, auth};

/// The beginning of the paths at which drafts are read.
const DESK: &str = "/v1/desk/";

/// Makes the routes.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let mut routes = Router::new().route("/v1", get(index).fallback(method_not_allowed));
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
    routes
        .route("/v1/", any(not_found))
        .route("/v1/{*path}", any(not_found))
        .layer(from_fn_with_state(state.clone(), check))
        .route("/openapi.json", get(description))
}

/// Checks what all endpoints require: the client accepts JSON, asks for no preview, and has valid credentials or
/// none.
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
    if *visibility.preview() != PreviewClaim::None {
        let detail = "previews are only available over GraphQL: send the token to /graphql, as `X-Preview` or `?preview=`";
        return Err(Problem::parameter("preview", detail));
    }
    let ticket = from_front::<Ticket>(extensions)?;
    let authentication = auth::authenticate(state, visibility.credentials(), ticket).await;
    let reads_public = method.is_safe() && !uri.path().starts_with(DESK);
    Ok(authentication.into_caller(reads_public)?)
}

/// `/v1`: lists the endpoints.
async fn index(headers: HeaderMap) -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let endpoints: serde_json::Map<_, _> =
            read::ENDPOINTS.iter().map(|endpoint| (endpoint.name.to_owned(), endpoint.path.into())).collect();
        let index = json!({
            "endpoints": endpoints,
            "openapi": "/openapi.json",
            "graphql": "/graphql",
            "graphiql": "/graphiql",
        });
        index.to_string()
    });
    static INDEX: LazyLock<StaticAnswer> =
        LazyLock::new(|| StaticAnswer::new(JSON, ASK_FIRST, TEXT.as_bytes()));
    INDEX.answer(&headers)
}

/// `/openapi.json`: the `OpenAPI` description.
async fn description(headers: HeaderMap) -> Response {
    static DESCRIPTION: LazyLock<StaticAnswer> =
        LazyLock::new(|| StaticAnswer::new(JSON, ASK_FIRST, openapi::openapi().as_bytes()));
    DESCRIPTION.answer(&headers)
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
