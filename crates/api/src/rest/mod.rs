//! The REST API: plain JSON over GET, POST, PATCH and DELETE. An endpoint is a stored GraphQL document that the
//! same schema executes, so both APIs have the same rules, limits and visibility. [`write`] contains the endpoints
//! that need an API key.

mod accept;
mod answer;
mod articles;
mod authors;
mod edition;
mod endpoint;
mod link;
mod openapi;
mod problem;
mod query_string;
mod run;
mod schemas;
mod tags;
mod topics;
mod write;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use app::Caller;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, any, get};
use axum::{Extension, RequestPartsExt, Router};
use serde_json::{Value, json};

use self::answer::Answer;
use self::endpoint::Endpoint;
pub(crate) use self::problem::Problem;
use self::query_string::{QueryString, shown};
use crate::AppState;
use crate::admission::{Entrance, Ticket};
use crate::auth::{self, Authentication};
use crate::delivery::{self, Making, Unmade, Wanted, digest};
use crate::fixed::{ASK_FIRST, Fixed};
use crate::graphql::ApiError;
use crate::middleware::RequestId;
use crate::outcome::Outcome;
use crate::visibility::{PreviewClaim, Visibility};

pub(crate) use self::accept::accepts_json;
pub use self::openapi::openapi;

/// The media type of answers.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// All endpoints that read public content, in the order of `OpenAPI`.
static ENDPOINTS: [Endpoint; 9] = [
    articles::ARTICLES,
    articles::ARTICLE,
    tags::TAGS,
    tags::TAG,
    topics::TOPICS,
    topics::TOPIC,
    authors::AUTHORS,
    authors::AUTHOR,
    edition::EDITION,
];

/// Makes the routes.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let mut routes = Router::new().route("/v1", get(index).fallback(method_not_allowed));
    let mut by_path: BTreeMap<&str, MethodRouter<AppState>> = BTreeMap::new();
    for endpoint in &ENDPOINTS {
        let answer = move |State(state): State<AppState>, request: Parts| async move {
            let request_id = request_id(&request.extensions);
            answer(&state, endpoint, request).await.unwrap_or_else(|problem| problem.response(&request_id))
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
        .layer(from_fn_with_state(state.clone(), gate))
        .route("/openapi.json", get(description))
}

fn request_id(extensions: &Extensions) -> RequestId {
    extensions.get().cloned().unwrap_or_default()
}

/// Checks what all endpoints require: the client accepts JSON, asks for no preview, and has valid credentials or
/// none.
async fn gate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    match let_pass(&state, request.method(), request.headers(), request.extensions()).await {
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

async fn let_pass(
    state: &AppState,
    method: &Method,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Caller>, Problem> {
    if !accepts_json(headers) {
        let detail = "answers are `application/json` or `application/problem+json`: accept both";
        return Err(Problem::bad_request(StatusCode::NOT_ACCEPTABLE, detail));
    }
    let visibility = visibility(extensions)?;
    if *visibility.preview() != PreviewClaim::None {
        let detail = "previews are only available over GraphQL: send the token to /graphql, as `X-Preview` or `?preview=`";
        return Err(Problem::parameter("preview", detail));
    }
    let ticket = seen_by_the_front::<Ticket>(extensions)?;
    match auth::authenticate(state, visibility.credentials(), ticket).await {
        Authentication::None => Ok(None),
        Authentication::Known(caller) => Ok(Some(caller)),
        // A safe request reads public content only.
        Authentication::Recognised { caller, .. } if method.is_safe() => Ok(Some(caller)),
        Authentication::Recognised { cause, .. } => Err(ApiError::from(cause).into()),
        Authentication::Limited { limited, .. } => Err(Problem::rate_limited(limited)),
        Authentication::Refused(message) => {
            let challenge = auth::invalid_token(&message);
            Err(Problem::unauthenticated(message, challenge))
        }
        Authentication::Unavailable(error) => Err(error.into()),
    }
}

/// Returns what the front has found out about visibility.
fn visibility(extensions: &Extensions) -> Result<&Visibility, Problem> {
    seen_by_the_front(extensions)
}

/// Returns something that the front stores in every request.
fn seen_by_the_front<T: Send + Sync + 'static>(extensions: &Extensions) -> Result<&T, Problem> {
    extensions.get().ok_or_else(|| {
        tracing::error!("a request reached the REST API without passing the front");
        Problem::internal("the server failed: its log has the details under this request id")
    })
}

/// Answers a GET.
async fn answer(
    state: &AppState,
    endpoint: &'static Endpoint,
    mut request: Parts,
) -> Result<Response, Problem> {
    let slug = if endpoint.has_slug() { Some(name_in_path(&mut request).await?) } else { None };
    let query = request.uri.query().unwrap_or_default();
    let given = QueryString::parse(query, endpoint)?;
    let mut variables = given.variables(endpoint)?;
    // Slugs do not contain `_`, and all ids do.
    let is_id = endpoint.has_id() && slug.as_ref().is_some_and(|slug| slug.contains('_'));
    if let Some(slug) = &slug {
        if endpoint.has_id() {
            let by = if is_id { json!({"id": slug}) } else { json!({"slug": slug}) };
            variables.insert("by".to_owned(), by);
            variables.insert("isSlug".to_owned(), Value::Bool(!is_id));
        }
        if !is_id {
            variables.insert("slug".to_owned(), Value::from(slug.as_str()));
        }
    }
    let visibility = visibility(&request.extensions)?;
    let Some(wanted) = Wanted::get(&state.delivery, visibility, JSON, &request.uri, &request.headers) else {
        // `let_pass` has refused requests for other content.
        return Err(Problem::internal("this endpoint serves only public content"));
    };
    // Links and redirects depend on the exact text of the request.
    let question = digest(&[b"rest", request.uri.path().as_bytes(), query.as_bytes()]);
    let asked = run::asked(state, endpoint, variables).await?;
    let ticket = seen_by_the_front::<Ticket>(&request.extensions)?;
    let entrance = Entrance { admission: &state.admission, work: asked.work(), ticket };
    let (asked, given, slug) = (&asked, &given, slug.as_deref());
    let make = move || -> Making<'_, Problem> {
        Box::pin(async move {
            let what = || format!("`{}`", shown(slug.unwrap_or_default()));
            let own = slug.filter(|_| !is_id);
            let (answer, edition, mentions) = run::run(state, endpoint, asked, own).await?;
            match answer {
                Answer::Found(body, page) => {
                    let links = page.and_then(|page| link::links(&page, given));
                    Ok(delivery::Answer::found(body, edition, mentions).with_links(links))
                }
                Answer::Renamed(slug) => {
                    let path = endpoint.path_of(&slug);
                    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
                    Ok(delivery::Answer::moved(location(&address)?, edition, mentions))
                }
                Answer::Elsewhere(address) => {
                    Ok(delivery::Answer::moved(location(&address)?, edition, mentions))
                }
                Answer::Gone => Err(Problem::gone(format!("{} was withdrawn and not replaced", what()))),
                Answer::Missing => {
                    let kind = if is_id { "id" } else { "slug" };
                    Err(Problem::not_found(format!(
                        "{} is not the {kind} of anything that is published",
                        what()
                    )))
                }
            }
        })
    };
    if state.app.ends_are_late() {
        let _place = entrance.enter_soon().await.map_err(Problem::refused)?;
        return Ok(state.delivery.unkept(&wanted, &make().await?));
    }
    let edition = state.app.latest().edition.id();
    let operation = || state.metrics.route(endpoint.path, endpoint.name);
    let answered = state.delivery.answer(&wanted, question, edition, operation, entrance, make).await;
    answered.map_err(|unmade| match &*unmade {
        Unmade::Refused(refused) => Problem::refused(*refused),
        Unmade::Faulty(problem) => problem.clone(),
    })
}

/// Returns the slug or id in the path.
async fn name_in_path(request: &mut Parts) -> Result<String, Problem> {
    let Path(name) = request.extract::<Path<String>>().await.map_err(|_| {
        let detail = "the URL is not percent-encoded UTF-8";
        Problem::bad_request(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(name)
}

fn location(address: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(percent_encoded(address))
        .map_err(|_| Problem::internal("the new address cannot be sent in a header"))
}

/// Percent-encodes an address for a header. Editors may use letters outside ASCII.
fn percent_encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(byte.into())
        } else {
            encoded.push_str(&format!("%{byte:02X}"))
        }
    }
    encoded
}

/// `/v1`: lists the endpoints.
async fn index(headers: HeaderMap) -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let endpoints: serde_json::Map<_, _> =
            ENDPOINTS.iter().map(|endpoint| (endpoint.name.to_owned(), endpoint.path.into())).collect();
        let index = json!({
            "endpoints": endpoints,
            "openapi": "/openapi.json",
            "graphql": "/graphql",
            "graphiql": "/graphiql",
        });
        index.to_string()
    });
    static INDEX: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(JSON, ASK_FIRST, TEXT.as_bytes()));
    INDEX.answer(&headers)
}

/// `/openapi.json`: the `OpenAPI` description.
async fn description(headers: HeaderMap) -> Response {
    static DESCRIPTION: LazyLock<Fixed> =
        LazyLock::new(|| Fixed::new(JSON, ASK_FIRST, openapi::openapi().as_bytes()));
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
    let reads = ENDPOINTS.iter().map(|endpoint| endpoint.path);
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
    if path == "/v1" || ENDPOINTS.iter().any(|endpoint| is_at(path, endpoint.path)) {
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
