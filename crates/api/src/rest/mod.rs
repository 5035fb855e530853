//! Reading over REST: plain GETs, plain JSON. An endpoint is a stored GraphQL document, executed by the
//! same schema, so that both have the same rules, limits and visibility.

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

use std::sync::LazyLock;

use app::Caller;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
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
use crate::middleware::RequestId;
use crate::outcome::Outcome;
use crate::visibility::{PreviewClaim, Visibility};

pub(crate) use self::accept::accepts_json;
pub use self::openapi::openapi;

/// What answers are.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// Every endpoint, in the order of `OpenAPI`.
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

/// The routes.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    let mut routes = Router::new().route("/v1", get(index).fallback(method_not_allowed));
    for endpoint in &ENDPOINTS {
        let answer = move |State(state): State<AppState>, request: Parts| async move {
            let request_id = request_id(&request.extensions);
            answer(&state, endpoint, request).await.unwrap_or_else(|problem| problem.response(&request_id))
        };
        routes = routes.route(endpoint.path, get(answer).fallback(method_not_allowed));
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

/// What holds for all of them: they answer JSON, know no previews, and let nobody pass with a wrong key.
async fn gate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    match let_pass(&state, request.headers(), request.extensions()).await {
        Ok(caller) => {
            if let (Some(caller), Some(ticket)) = (&caller, request.extensions().get::<Ticket>()) {
                let ticket = ticket.of_caller(caller);
                request.extensions_mut().insert(ticket);
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
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Option<Caller>, Problem> {
    if !accepts_json(headers) {
        let detail = "answers are `application/json`, and `application/problem+json`: accept them";
        return Err(Problem::bad_request(StatusCode::NOT_ACCEPTABLE, detail));
    }
    let visibility = visibility(extensions)?;
    if *visibility.preview() != PreviewClaim::None {
        let detail =
            "previews are shown over GraphQL: send the token to /graphql, as `X-Preview` or `?preview=`";
        return Err(Problem::parameter("preview", detail));
    }
    let ticket = seen_by_the_front::<Ticket>(extensions)?;
    match auth::authenticate(state, visibility.credentials(), ticket).await {
        Authentication::None => Ok(None),
        // Everything here is public.
        Authentication::Known(caller) | Authentication::Recognised { caller, .. } => Ok(Some(caller)),
        Authentication::Limited { limited, .. } => Err(Problem::rate_limited(limited)),
        Authentication::Refused(message) => {
            let challenge = auth::invalid_token(&message);
            Err(Problem::unauthenticated(message, challenge))
        }
        Authentication::Unavailable(error) => Err(error.into()),
    }
}

/// What the front has seen of who asks for what.
fn visibility(extensions: &Extensions) -> Result<&Visibility, Problem> {
    seen_by_the_front(extensions)
}

/// Something that the front notes of every request.
fn seen_by_the_front<T: Send + Sync + 'static>(extensions: &Extensions) -> Result<&T, Problem> {
    extensions.get().ok_or_else(|| {
        tracing::error!("a request came past the front");
        Problem::internal("something went wrong on our side; the log tells what, under this request id")
    })
}

/// Answers a GET.
async fn answer(
    state: &AppState,
    endpoint: &'static Endpoint,
    mut request: Parts,
) -> Result<Response, Problem> {
    let slug = if endpoint.has_slug() { Some(slug(&mut request).await?) } else { None };
    let query = request.uri.query().unwrap_or_default();
    let given = QueryString::parse(query, endpoint)?;
    let mut variables = given.variables(endpoint)?;
    if let Some(slug) = &slug {
        variables.insert("slug".to_owned(), Value::from(slug.as_str()));
    }
    let visibility = visibility(&request.extensions)?;
    let Some(wanted) = Wanted::get(&state.delivery, visibility, JSON, &request.uri, &request.headers) else {
        // `let_pass` refuses what asks for other content.
        return Err(Problem::internal("only public content is answered here"));
    };
    // Links and redirects say again what was asked, in the same words.
    let question = digest(&[b"rest", request.uri.path().as_bytes(), query.as_bytes()]);
    let asked = run::asked(state, endpoint, variables).await?;
    let ticket = seen_by_the_front::<Ticket>(&request.extensions)?;
    let entrance = Entrance { admission: &state.admission, work: asked.work(), ticket };
    let (asked, given, slug) = (&asked, &given, slug.as_deref());
    let make = move || -> Making<'_, Problem> {
        Box::pin(async move {
            let what = || format!("`{}`", shown(slug.unwrap_or_default()));
            let (answer, edition, mentions) = run::run(state, endpoint, asked, slug).await?;
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
                Answer::Gone => {
                    Err(Problem::gone(format!("{} was withdrawn, and nothing stands in its place", what())))
                }
                Answer::Missing => {
                    Err(Problem::not_found(format!("{} is not the slug of anything published here", what())))
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

/// The slug in the path.
async fn slug(request: &mut Parts) -> Result<String, Problem> {
    let Path(slug) = request.extract::<Path<String>>().await.map_err(|_| {
        let detail = "the address is not UTF-8, percent-encoded";
        Problem::bad_request(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(slug)
}

fn location(address: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(percent_encoded(address))
        .map_err(|_| Problem::internal("the address that it has moved to cannot be told"))
}

/// An address as a header may hold it: editors write letters that are not ASCII.
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

/// `/v1`: what there is.
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

/// `/openapi.json`: the description of all of this, for programs and their makers.
async fn description(headers: HeaderMap) -> Response {
    static DESCRIPTION: LazyLock<Fixed> =
        LazyLock::new(|| Fixed::new(JSON, ASK_FIRST, openapi::openapi().as_bytes()));
    DESCRIPTION.answer(&headers)
}

async fn not_found(Extension(request_id): Extension<RequestId>, uri: Uri) -> Response {
    let path = uri.path();
    let without_slash = path.strip_suffix('/').unwrap_or_default();
    let detail = if is_known(without_slash) {
        format!("there is nothing at this address: leave out the `/` at its end, {without_slash}")
    } else {
        "there is nothing at this address: /v1 tells what there is".to_owned()
    };
    Problem::not_found(detail).response(&request_id)
}

/// The route of a path, if it is one of ours.
pub(crate) fn route(path: &str) -> Option<&'static str> {
    let is_it = |endpoint: &&Endpoint| match endpoint.path.strip_suffix("{slug}") {
        Some(before) => path.strip_prefix(before).is_some_and(|slug| !slug.is_empty() && !slug.contains('/')),
        None => path == endpoint.path,
    };
    ENDPOINTS.iter().find(is_it).map(|endpoint| endpoint.path)
}

fn is_known(path: &str) -> bool {
    path == "/v1" || ENDPOINTS.iter().any(|endpoint| endpoint.path == path)
}

async fn method_not_allowed(Extension(request_id): Extension<RequestId>) -> Response {
    let detail = "this is for reading, by GET and HEAD: writing is done over GraphQL, at /graphql";
    Problem::bad_request(StatusCode::METHOD_NOT_ALLOWED, detail).response(&request_id)
}
