//! The publication over HTTP. A library: a publication and a configuration in, a service out.

mod address;
mod admission;
mod at_least;
mod auth;
mod delivery;
mod exchange;
mod fixed;
mod front;
mod graphiql;
mod graphql;
mod health;
mod host;
mod metrics;
mod middleware;
mod outcome;
mod paced_body;
mod preview;
mod proxies;
mod refusal;
mod request_body;
mod rest;
mod source;
mod stopping;
mod visibility;
mod weighted;

use std::sync::Arc;
use std::time::Duration;

use app::App;
use axum::Router;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, get};
use oidc::Verifier;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

pub use admission::{AdmissionLimits, Rate, RateLimits};
pub use delivery::{AnswerBasis, CacheTags, DeliveryPolicy};
pub use documents::{Limits as DocumentLimits, SchemaError};
pub use exchange::ACCESS;
pub use front::Front;
pub use graphql::sdl;
pub use metrics::Metrics;
pub use proxies::{TrustedProxies, TrustedProxy};
pub use rest::openapi;
pub use source::Source;
pub use stopping::Stopping;

use admission::{Admission, RATE_LIMIT, RATE_LIMIT_POLICY, Rates};
use delivery::Delivery;
use visibility::Visibility;

/// How much a request may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request that shows no key.
    pub anonymous_body: usize,
    /// Bytes of a request that shows one: an article of 1 MiB, and what JSON makes of it.
    pub body: usize,
    /// What a document may ask for.
    pub document: DocumentLimits,
    /// How much a request may cost, where there are many articles.
    pub cost: u64,
    /// How many bytes an answer may have.
    pub answer: u64,
}

impl Limits {
    /// The flag of the program that sets [`Self::anonymous_body`].
    pub const ANONYMOUS_BODY_FLAG: &str = "--max-anonymous-body";
    /// The flag of the program that sets [`Self::body`].
    pub const BODY_FLAG: &str = "--max-body";

    /// How many bytes the body of a request may have, and the flag that sets it.
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

/// How many bytes each of the caches may take.
#[derive(Debug, Clone, Copy)]
pub struct CacheBytes {
    /// Answers; 0 to keep none.
    pub answers: u64,
    /// What requests ask that came before.
    pub requests: u64,
    /// Valid documents.
    pub documents: u64,
}

impl Default for CacheBytes {
    fn default() -> Self {
        Self { answers: 32 << 20, requests: 4 << 20, documents: 8 << 20 }
    }
}

/// How the publication is served.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How much a request may cost.
    pub limits: Limits,
    /// How many reads that are not at hand run at once.
    pub admission: AdmissionLimits,
    /// How often clients may ask.
    pub rates: RateLimits,
    /// Whose tokens are taken beside API keys.
    pub identity: Option<Verifier>,
    /// How answers are kept by caches on the way.
    pub delivery: DeliveryPolicy,
    /// How much is kept here.
    pub caches: CacheBytes,
    /// What answers depend on besides the request and the edition.
    pub basis: AnswerBasis,
    /// Who may tell where requests come from.
    pub proxies: TrustedProxies,
    /// Whether the server is about to stop.
    pub stopping: Stopping,
    /// Where it is counted what the server does.
    pub metrics: Metrics,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every handler has at hand.
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
    stopping: Stopping,
    metrics: Metrics,
}

/// What pages of other sites may read of an answer.
const EXPOSED: [HeaderName; 10] = [
    middleware::REQUEST_ID,
    header::WWW_AUTHENTICATE,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    header::ETAG,
    delivery::EDITION,
    delivery::STALE,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
];

/// The service that serves the publication. It has to be made within a Tokio runtime.
pub fn service(app: App, options: Options) -> Result<Front, SchemaError> {
    let Options { limits, admission, rates, identity, delivery, caches, basis, proxies, stopping, metrics } =
        options;
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
        stopping,
        metrics,
    };
    state.metrics.add(metrics::Publication {
        app: state.app.clone(),
        delivery: Arc::clone(&state.delivery),
        documents: Arc::clone(&state.documents),
        admission: state.admission.clone(),
    });
    tokio::spawn(forget(state.app.clone(), Arc::clone(&state.delivery)));
    let own = [
        middleware::REQUEST_ID,
        at_least::HEADER,
        graphql::execution::cost::HEADER,
        graphql::IdempotencyKey::HEADER,
    ];
    let allowed: Vec<_> = [header::CONTENT_TYPE, header::ACCEPT, header::IF_NONE_MATCH, header::IF_MATCH]
        .into_iter()
        .chain(own)
        .chain(Visibility::HEADERS)
        .collect();
    // Any page may read, and write with a key: nothing here goes by cookies. What pages may read of an answer is
    // said in `exchange`.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(allowed)
        // The answer is the same for every origin: caches need not tell them apart.
        .vary([])
        .max_age(Duration::from_secs(24 * 60 * 60));
    let graphql: MethodRouter<AppState> =
        get(graphql::protocol::http::get).post(graphql::protocol::http::post);
    let router = Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphiql") }))
        .route("/graphql", graphql)
        .merge(rest::routes(&state))
        .merge(graphiql::routes())
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .fallback(not_found)
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE))
        .layer(cors)
        .with_state(state.clone());
    Ok(Front::new(state, router))
}

/// Drops all answers whenever the database turns out to hold another history of editions.
async fn forget(app: App, delivery: Arc<Delivery>) {
    let mut histories = app.histories();
    drop(app);
    while histories.replaced().await {
        delivery.forget();
    }
}

async fn not_found() -> impl IntoResponse {
    let help = "there is nothing here: GraphQL is at /graphql, its explorer at /graphiql, REST at /v1, its description at /openapi.json, health at /healthz and /readyz, metrics at /metrics\n";
    (StatusCode::NOT_FOUND, help)
}
