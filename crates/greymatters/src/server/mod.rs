//! Accepts connections, answers their requests, and ends them.
//!
//! No client can use much of the server: a connection has timeouts for the head of a request, for progress in its body,
//! and for reading the answer, and its buffers are small. At the limit of connections, those that wait give way.

mod activity;
mod connection;
mod connections;
mod descriptors;
mod listener;
mod signals;
mod stream;
mod unreadable_head;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use api::{Front, Stopping, TrustedProxies};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use connections::Connections;

use crate::connection_options::ConnectionLimits;

pub(crate) use connections::ConnectionCounts;
pub(crate) use descriptors::raise as raise_descriptor_limit;
pub(crate) use signals::{Signal, Signals};

/// How long open requests may take when the server no longer listens.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer in progress.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// A service that answers requests.
pub(crate) trait Answers: Clone + Send + Sync + 'static {
    /// Returns the service for connections from one address.
    fn for_peer(&self, peer: IpAddr) -> Self;

    /// Answers a request.
    fn answer(&self, request: Request<Incoming>) -> Answering;

    /// Records a request whose head could not be read, and the status of the answer.
    fn note_unreadable_head(&self, status: StatusCode);
}

impl Answers for Front {
    fn for_peer(&self, peer: IpAddr) -> Self {
        Self::for_peer(self, peer)
    }

    fn answer(&self, request: Request<Incoming>) -> Answering {
        tower_service::Service::call(&mut self.clone(), request)
    }

    fn note_unreadable_head(&self, status: StatusCode) {
        Self::note_unreadable_head(self, status);
    }
}

/// A running server.
pub(crate) struct Server {
    connections: Arc<Connections>,
    listening: watch::Sender<bool>,
    listeners: JoinSet<()>,
}

impl Server {
    /// Starts to accept connections.
    pub(crate) fn start(
        listeners: Vec<TcpListener>,
        service: &impl Answers,
        limits: ConnectionLimits,
        proxies: TrustedProxies,
        stopping: &Stopping,
    ) -> Self {
        let connections = Connections::new(limits, proxies);
        let (listening, _) = watch::channel(true);
        let mut tasks = JoinSet::new();
        for listener in listeners {
            let door = Door {
                connections: Arc::clone(&connections),
                service: service.clone(),
                stopping: stopping.clone(),
            };
            tasks.spawn(listener::accept(listener, door, listening.subscribe()));
        }
        tokio::spawn(connections::watch(Arc::downgrade(&connections)));
        Self { connections, listening, listeners: tasks }
    }

    /// Returns the counts of connections.
    pub(crate) fn counts(&self) -> ConnectionCounts {
        ConnectionCounts::of(&self.connections)
    }

    /// Accepts connections for the drain time, then stops listening, and waits for open requests. Before the call,
    /// [`Stopping`] must have begun, so that each answer closes its connection.
    pub(crate) async fn stop(mut self, drain: Duration) {
        tokio::time::sleep(drain).await;
        let _ = self.listening.send(false);
        while self.listeners.join_next().await.is_some() {}
        tracing::info!("no longer accepting connections");
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.connections.end_all()).await.is_err() {
            tracing::warn!("open requests were cut off after {SHUTDOWN_TIMEOUT:?}");
        }
    }
}

/// Receives new connections from a listener.
struct Door<S> {
    connections: Arc<Connections>,
    service: S,
    stopping: Stopping,
}

impl<S: Answers> Door<S> {
    /// Serves a connection, or closes it when the limit is reached.
    fn enter(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(open) = self.connections.admit(peer.ip()) else { return };
        let service = self.service.for_peer(peer.ip());
        tokio::spawn(connection::serve(stream, open, service, self.stopping.clone()));
    }

    /// Handles a failure to accept a connection. The usual reason is too many open files, so this ends a connection.
    async fn handle_error(&self, error: &std::io::Error) {
        tracing::warn!(%error, "a connection could not be accepted");
        self.connections.make_room();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
