//! The publication over HTTP, as a library that makes a service from a publication and a configuration.

mod admission;
mod at_least;
mod auth;
mod authorization;
mod cors;
mod delivery;
mod exchange;
mod files;
mod front;
mod graphiql;
mod graphql;
mod health;
mod host;
mod metrics;
mod outcome;
mod paced_body;
mod preview;
mod proxies;
mod public_url;
mod refusal;
mod rejection;
mod request_body;
mod request_id;
mod rest;
mod source;
mod static_answer;
mod stopping;
mod url_query;
mod visibility;
mod weighted;

use std::sync::Arc;
use std::time::Duration;

use app::App;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, get};
use oidc::Verifier;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use admission::{AdmissionLimits, Rate, RateLimits};
pub use delivery::{AnswerBasis, CacheTags, DeliveryPolicy};
pub use documents::{Limits as DocumentLimits, SchemaError};
pub use exchange::ACCESS;
pub use files::EmbeddedFile;
pub use front::Front;
pub use graphql::sdl;
pub use metrics::Metrics;
pub use proxies::{TrustedProxies, TrustedProxy};
pub use public_url::PublicUrl;
pub use rest::openapi;
pub use source::Source;
pub use stopping::Stopping;

use admission::{Admission, Rates};
use delivery::Delivery;

/// The limits of a request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum body without credentials, in bytes.
    pub anonymous_body: usize,
    /// The maximum body with credentials, in bytes: an article of 1 MiB, escaped as JSON.
    pub body: usize,
    /// The limits of a document.
    pub document: DocumentLimits,
    /// The maximum cost of a request.
    pub cost: u64,
    /// The maximum length of an answer, in bytes.
    pub answer: u64,
}

impl Limits {
    /// The flag that sets [`Self::anonymous_body`].
    pub const ANONYMOUS_BODY_FLAG: &str = "--max-anonymous-body";
    /// The flag that sets [`Self::body`].
    pub const BODY_FLAG: &str = "--max-body";

    /// Returns the maximum body in bytes, and the flag that sets it.
    fn body(&self, shows_key: bool) -> (usize, &'static str) {
        let Self { anonymous_body, body, document: _, cost: _, answer: _ } = self;
        if shows_key { (*body, Self::BODY_FLAG) } else { (*anonymous_body, Self::ANONYMOUS_BODY_FLAG) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous_body: 256 << 10,
            body: 8 << 20,
            document: DocumentLimits::default(),
            cost: 200_000,
            answer: 16 << 20,
        }
    }
}

/// The maximum sizes of the caches, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct CacheBytes {
    /// Answers. 0 turns the cache off.
    pub answers: u64,
    /// Questions of earlier requests.
    pub requests: u64,
    /// Valid documents.
    pub documents: u64,
}

impl Default for CacheBytes {
    fn default() -> Self {
        Self { answers: 32 << 20, requests: 4 << 20, documents: 8 << 20 }
    }
}

/// The configuration of the service.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The limits of a request.
    pub limits: Limits,
    /// The limits of how much runs at once.
    pub admission: AdmissionLimits,
    /// The rate limits.
    pub rates: RateLimits,
    /// The verifier of tokens of an OpenID provider, which are then accepted in addition to API keys.
    pub identity: Option<Verifier>,
    /// How shared caches treat answers.
    pub delivery: DeliveryPolicy,
    /// The sizes of the caches of this node.
    pub caches: CacheBytes,
    /// What answers depend on besides the request and the edition.
    pub basis: AnswerBasis,
    /// The proxies that may say where requests come from.
    pub proxies: TrustedProxies,
    /// The URL under which clients reach this server.
    pub public_url: PublicUrl,
    /// Further files that this server serves.
    pub files: Vec<EmbeddedFile>,
    /// Whether the server is stopping.
    pub stopping: Stopping,
    /// The metrics of the server.
    pub metrics: Metrics,
}

/// The maximum time until an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The state that all handlers share.
#[derive(Clone)]
pub(crate) struct AppState {
    app: App,
    schema: graphql::ExecutableSchema,
    limits: Limits,
    admission: Admission,
    rates: Rates,
    identity: Option<Verifier>,
    documents: Arc<graphql::DocumentCache>,
    introspection: Arc<graphql::Introspection>,
    delivery: Arc<Delivery>,
    proxies: Arc<TrustedProxies>,
    public_url: PublicUrl,
    stopping: Stopping,
    metrics: Metrics,
}

/// Makes the service. Must be called in a Tokio runtime.
pub fn service(app: App, options: Options) -> Result<Front, SchemaError> {
    let Options {
        limits,
        admission,
        rates,
        identity,
        delivery,
        caches,
        basis,
        proxies,
        public_url,
        files,
        stopping,
        metrics,
    } = options;
    let CacheBytes { answers, requests, documents } = caches;
    let state = AppState {
        schema: graphql::executable(&app),
        app,
        limits,
        admission: Admission::new(admission),
        rates: Rates::new(rates),
        identity,
        documents: Arc::new(graphql::DocumentCache::new(graphql::schema()?, limits.document, documents)),
        introspection: Arc::new(graphql::introspection()),
        delivery: Arc::new(Delivery::new(delivery, &basis, answers, requests)),
        proxies: Arc::new(proxies),
        public_url,
        stopping,
        metrics,
    };
    state.metrics.add(metrics::Publication {
        app: state.app.clone(),
        delivery: Arc::clone(&state.delivery),
        documents: Arc::clone(&state.documents),
        admission: state.admission.clone(),
    });
    tokio::spawn(clear_replaced(state.app.clone(), Arc::clone(&state.delivery)));
    let graphql: MethodRouter<AppState> =
        get(graphql::protocol::http::get).post(graphql::protocol::http::post);
    let router = Router::new()
        .route("/", get(start_page))
        .route("/graphql", graphql)
        .merge(rest::routes(&state))
        .merge(graphiql::routes())
        .merge(files::routes(files))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .fallback(not_found)
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .with_state(state.clone());
    Ok(Front::new(state, router))
}

/// Removes all answers whenever the database turns out to have another history of editions.
async fn clear_replaced(app: App, delivery: Arc<Delivery>) {
    let mut histories = app.histories();
    drop(app);
    while histories.replaced().await {
        delivery.clear();
    }
}

/// Redirects to GraphiQL.
async fn start_page(State(state): State<AppState>) -> Redirect {
    Redirect::temporary(&state.public_url.address("/graphiql"))
}

async fn not_found(State(state): State<AppState>) -> impl IntoResponse {
    let [graphql, graphiql, rest, description, alive, ready, metrics] =
        ["/graphql", "/graphiql", "/v1", "/openapi.json", "/healthz", "/readyz", "/metrics"]
            .map(|path| state.public_url.address(path));
    let help = format!(
        "nothing is at this address: GraphQL is at {graphql}, its explorer at {graphiql}, REST at {rest}, its description \
         at {description}, health checks at {alive} and {ready}, metrics at {metrics}\n"
    );
    (StatusCode::NOT_FOUND, help)
}
