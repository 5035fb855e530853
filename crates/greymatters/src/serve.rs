//! `greymatters serve`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use api::{AnswerBasis, Metrics, Stopping};
use app::App;
use oidc::Verifier;
use tokio::net::TcpListener;

use crate::cli::{ServeOptions, ServingOptions};
use crate::database;
use crate::failure::Failure;
use crate::metrics::{self, Counts};
use crate::sample;
use crate::server::{self, Server, Signal, Signals};
use crate::telemetry::LogQueue;

/// Serves a publication.
pub(crate) async fn run(options: ServeOptions, log: &LogQueue) -> Result<(), Failure> {
    let basis = options.answer_basis();
    let ServeOptions { listen, database, serving } = options;
    let identity = serving.oidc.verifier()?;
    let listeners = listen.bind().await?;
    let app = database::open_for_node(&database.database_url, &serving).await?;
    if identity.is_none() && !app.has_keys().await? {
        return Err(Failure::NoKeys);
    }
    let serving = Serving { options: &serving, basis, log };
    serve(listeners, app, identity, serving).await
}

/// Returns the address of the first listener.
pub(crate) fn address(listeners: &[TcpListener]) -> Result<SocketAddr, Failure> {
    let no_listener = || std::io::Error::from(ErrorKind::AddrNotAvailable);
    listeners.first().ok_or_else(no_listener).and_then(TcpListener::local_addr).map_err(Failure::Server)
}

/// The options of a server.
pub(crate) struct Serving<'a> {
    pub(crate) options: &'a ServingOptions,
    /// What answers depend on besides the request and the edition.
    pub(crate) basis: AnswerBasis,
    pub(crate) log: &'a LogQueue,
}

/// Serves until a signal arrives. Then accepts no more connections, and finishes open requests.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    app: App,
    identity: Option<Verifier>,
    serving: Serving<'_>,
) -> Result<(), Failure> {
    let Serving { options, basis, log } = serving;
    // `editorial` and `oidc` were used before, to make `app` and `identity`.
    let ServingOptions { editorial: _, oidc: _, delivery, limits, memory, admission, node, connections } =
        options;
    let connection_limits = connections.limits(server::raise_descriptor_limit());
    let metrics_listeners = match &connections.metrics_listen {
        Some(address) => address.bind().await?,
        None => Vec::new(),
    };
    let mut workers = app.start_workers().await?;
    if let Some(verifier) = identity.clone() {
        // In the background, so that reading works while the provider does not.
        workers.add(async move { verifier.warm_up(App::now()).await });
    }
    let stopping = Stopping::default();
    let metrics = Metrics::default();
    let options = api::Options {
        limits: limits.limits(),
        admission: admission.limits(node.connections()),
        rates: admission.rates(),
        identity,
        delivery: delivery.policy(),
        caches: memory.shares().caches(),
        basis,
        proxies: connections.proxies(),
        public_url: delivery.public_url(),
        files: sample::pictures(),
        stopping: stopping.clone(),
        metrics: metrics.clone(),
    };
    let service =
        api::service(app, options).map_err(|error| Failure::Server(std::io::Error::other(error)))?;
    let addresses: Vec<_> = listeners.iter().map(TcpListener::local_addr).collect();
    let mut signals = Signals::new().map_err(Failure::Server)?;
    let server = Server::start(listeners, &service, connection_limits, connections.proxies(), &stopping);
    metrics.add(Counts { connections: server.counts(), log: log.clone() });
    for listener in &metrics_listeners {
        let address = listener.local_addr().map_err(Failure::Server)?;
        tracing::info!(%address, "serving metrics");
    }
    let _metrics_server = metrics::serve(metrics_listeners, &metrics, &stopping);
    for address in addresses {
        let address = address.map_err(Failure::Server)?;
        tracing::info!(%address, "listening");
    }
    let drain = match signals.next().await {
        Signal::Terminate => connections.drain,
        Signal::Interrupt | Signal::HangUp => Duration::ZERO,
    };
    stopping.begin();
    tracing::info!(?drain, "stopping");
    tokio::select! {
        () = server.stop(drain) => {}
        _ = signals.next() => {
            tracing::warn!("a second signal arrived: open requests were cut off");
        }
    }
    workers.stop().await;
    tracing::info!("stopped");
    Ok(())
}
