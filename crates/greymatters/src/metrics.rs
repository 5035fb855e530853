//! The metrics of the program itself, and the separate address for metrics.

use std::fmt;
use std::net::IpAddr;

use api::{Metrics, Stopping, TrustedProxies};
use axum::Router;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use hyper::body::Incoming;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use tokio::net::TcpListener;
use tower_service::Service;

use crate::connection_options::ConnectionLimits;
use crate::server::{Answering, Answers, ConnectionCounts, Server};
use crate::telemetry::LogQueue;

/// The metrics of connections and of the log.
pub(crate) struct Counts {
    pub(crate) connections: ConnectionCounts,
    pub(crate) log: LogQueue,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts").finish_non_exhaustive()
    }
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let Self { connections, log } = self;
        let open = encoder.encode_descriptor("connections", "Open connections", None, MetricType::Gauge);
        open?.encode_gauge(&connections.open())?;
        let help = "Maximum number of open connections";
        encoder
            .encode_descriptor("connections_max", help, None, MetricType::Gauge)?
            .encode_gauge(&connections.limit())?;
        let help = "Accepted connections";
        let mut accepted =
            encoder.encode_descriptor("connections_accepted", help, None, MetricType::Counter)?;
        accepted.encode_counter::<NoLabelSet, _, u64>(&connections.accepted(), None)?;
        let help = "Connections that the server closed: at the limit, to make room for others, or because they were too slow";
        let mut closed = encoder.encode_descriptor("connections_closed", help, None, MetricType::Counter)?;
        for (reason, count) in connections.closed() {
            closed
                .encode_family(&[("reason", reason)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        let help = "Log lines that were dropped because they came faster than they were written";
        let mut lost = encoder.encode_descriptor("log_lines_lost", help, None, MetricType::Counter)?;
        lost.encode_counter::<NoLabelSet, _, u64>(&log.dropped(), None)
    }
}

/// The maximum number of open connections to the separate address.
const MAX_CONNECTIONS: usize = 32;

/// Serves `/metrics` without a key at these addresses, until the returned server is dropped.
pub(crate) fn serve(listeners: Vec<TcpListener>, metrics: &Metrics, stopping: &Stopping) -> Server {
    let metrics = metrics.clone();
    let router = Router::new()
        .route("/metrics", get(move || async move { metrics.response() }))
        .layer(map_response(with_headers));
    let limits = ConnectionLimits { total: MAX_CONNECTIONS, per_address: MAX_CONNECTIONS };
    Server::start(listeners, &MetricsService(router), limits, TrustedProxies::default(), stopping)
}

/// The service at the separate address.
#[derive(Clone)]
struct MetricsService(Router);

impl Answers for MetricsService {
    fn for_peer(&self, _: IpAddr) -> Self {
        self.clone()
    }

    fn answer(&self, request: Request<Incoming>) -> Answering {
        let answer = self.0.clone().call(request);
        Box::pin(answer)
    }

    fn note_unreadable_head(&self, status: StatusCode) {
        tracing::debug!(%status, "the head of a request for metrics could not be read");
    }
}

/// Adds the headers that every answer has.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
