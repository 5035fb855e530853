//! The metrics of the server, for Prometheus (OpenMetrics).

mod publication;
mod tally;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::NoLabelSet;
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

pub(crate) use self::tally::micros;
use self::tally::{Durations, Tally};
use crate::AppState;
use crate::admission::Ticket;
use crate::auth;
use crate::delivery::NO_STORE;
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::request_id::RequestId;
use crate::rest::Problem;
use crate::visibility::Visibility;

pub(crate) use self::publication::Publication;

/// The media type of the metrics (OpenMetrics 1.0).
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The maximum number of operation names. Clients choose them, so their number must be limited.
const NAMES: usize = 100;
/// The maximum length of an operation name, in bytes.
const NAME_LENGTH: usize = 100;
/// The name for all other operations.
const OTHER: &str = "other";

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CacheState {
    /// The answer came from the cache of this node.
    Hit,
    /// The answer was made and cached.
    Miss,
    /// The client already has the answer: 304.
    NotModified,
    /// The answer cannot be cached.
    #[default]
    Bypass,
}

impl CacheState {
    pub(crate) const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::NotModified, Self::Bypass];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::NotModified => "not_modified",
            Self::Bypass => "bypass",
        }
    }
}

/// An operation at a route, with its counts.
#[derive(Debug)]
pub(crate) struct Operation {
    name: Box<str>,
    tally: Tally,
    route: Arc<Route>,
}

impl Operation {
    /// Returns the name. It is empty for an operation without a name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the route.
    pub(crate) fn route(&self) -> &'static str {
        self.route.name
    }
}

/// A route, with the durations of its answers.
#[derive(Debug)]
struct Route {
    name: &'static str,
    durations: [Durations; CacheState::ALL.len()],
}

/// The metrics of the server. All clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    answers: Arc<Answers>,
    refusals: Family<[(&'static str, String); 1], Counter>,
    registry: Mutex<Registry>,
}

/// All answers, by operation.
#[derive(Debug, Default)]
struct Answers {
    routes: RwLock<Vec<Arc<Operation>>>,
    named: RwLock<HashMap<Box<str>, Arc<Operation>>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("greymatters");
        let answers = Arc::<Answers>::default();
        registry.register_collector(Box::new(Arc::clone(&answers)));
        let refusals = Family::default();
        registry.register("http_refusals", "Refused requests, by the code of the error", refusals.clone());
        Self(Arc::new(Shared { answers, refusals, registry: Mutex::new(registry) }))
    }
}

impl Metrics {
    /// Adds a collector. Its metrics get the prefix `greymatters_`.
    pub fn add(&self, collector: impl Collector) {
        let mut registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(collector));
    }

    /// Returns the operation of a route. `operation` is empty if the route has no name for it.
    pub(crate) fn route(&self, route: &'static str, operation: &str) -> Arc<Operation> {
        let is_it = |known: &&Arc<Operation>| known.route.name == route && &*known.name == operation;
        let known = self.0.answers.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter().find(is_it) {
            return Arc::clone(known);
        }
        drop(known);
        let mut routes = self.0.answers.routes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.iter().find(is_it) {
            return Arc::clone(known);
        }
        let shared =
            routes.iter().find(|known| known.route.name == route).map(|known| Arc::clone(&known.route));
        let route = shared.unwrap_or_else(|| Arc::new(Route { name: route, durations: Default::default() }));
        let operation = Arc::new(Operation { name: operation.into(), tally: Tally::default(), route });
        routes.push(Arc::clone(&operation));
        operation
    }

    /// Returns the operation of a GraphQL document. Only the first hundred names of valid documents are
    /// distinguished.
    pub(crate) fn graphql(&self, name: Option<&str>, is_valid: bool) -> Arc<Operation> {
        let unnamed = || self.route("/graphql", "");
        let Some(name) = name.filter(|name| !name.is_empty()) else { return unnamed() };
        let name = if name.len() > NAME_LENGTH { OTHER } else { name };
        let named = &self.0.answers.named;
        if let Some(known) = named.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(known);
        }
        if !is_valid {
            return unnamed();
        }
        let mut named = named.write().unwrap_or_else(PoisonError::into_inner);
        let name = if named.len() < NAMES { name } else { OTHER };
        let operation = named.entry(name.into()).or_insert_with(|| {
            let route = Arc::clone(&unnamed().route);
            Arc::new(Operation { name: name.into(), tally: Tally::default(), route })
        });
        Arc::clone(operation)
    }

    /// Counts an answer.
    pub(crate) fn answered(
        &self,
        operation: &Operation,
        status: StatusCode,
        cache: CacheState,
        code: Option<&str>,
        duration: Duration,
    ) {
        operation.tally.count(status, cache);
        operation.route.durations[cache as usize].count(duration);
        if let Some(code) = code {
            self.0.refusals.get_or_create(&[("code", code.to_owned())]).inc();
        }
    }

    /// Returns all metrics as text.
    fn text(&self) -> Result<String, fmt::Error> {
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }

    /// Answers a caller who may see the metrics.
    #[must_use]
    pub fn response(&self) -> Response {
        match self.text() {
            Ok(text) => (
                [
                    (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
                    (header::CACHE_CONTROL, NO_STORE),
                ],
                text,
            )
                .into_response(),
            Err(error) => {
                tracing::error!(%error, "the metrics could not be encoded");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl Collector for Answers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let named: Vec<_> =
            self.named.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let help = "Answers, by route, name of the operation, status, and whether they came from the cache";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for operation in routes.iter().chain(&named) {
            for (status, cache, count) in operation.tally.counts() {
                let status = status.to_string();
                let labels = [
                    ("route", operation.route.name),
                    ("operation", operation.name()),
                    ("status", status.as_str()),
                    ("cache", cache.as_str()),
                ];
                requests.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        let help = "Time until the first byte of an answer, by route and whether it came from the cache";
        let unit = Unit::Seconds;
        let mut durations =
            encoder.encode_descriptor("http_request_duration", help, Some(&unit), MetricType::Histogram)?;
        let mut written = Vec::new();
        for operation in &routes {
            if written.contains(&operation.route.name) {
                continue;
            }
            written.push(operation.route.name);
            for (seen, cache) in operation.route.durations.iter().zip(CacheState::ALL) {
                let (sum, count, buckets) = seen.totals();
                if count > 0 {
                    let labels = [("route", operation.route.name), ("cache", cache.as_str())];
                    durations
                        .encode_family(&labels)?
                        .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
                }
            }
        }
        Ok(())
    }
}

/// `/metrics`, for any API key.
pub(crate) async fn metrics(
    State(state): State<AppState>,
    Extension(request_id): Extension<RequestId>,
    Extension(visibility): Extension<Visibility>,
    Extension(ticket): Extension<Ticket>,
) -> Response {
    let authentication = auth::authenticate(&state, visibility.credentials(), &ticket).await;
    // The metrics are needed most while the database does not answer, so a recognised key is enough.
    let rejection = match authentication.into_caller(true) {
        Ok(Some(caller)) => {
            let mut response = state.metrics.response();
            Outcome::of(&mut response).caller = Some(caller.name.into());
            return response;
        }
        Ok(None) => {
            let message = "metrics require an API key: send it as `Authorization: Bearer gmk_…`, or use the address \
                           of `--metrics-listen`";
            Rejection::unauthenticated(message, auth::CHALLENGE)
        }
        Err(rejection) => rejection,
    };
    Problem::from(rejection).response(&request_id)
}
